//! `POST /identity_/api/password/forgot`
//!
//! Mails a link to set a new password. The answer is the same whether there is such a user or not.

use adit_http::Reply;
use adit_jobs::{Job, JobCtx, enqueue};
use adit_kernel::{Id, Result, names};
use adit_tenancy::{mail, users};
use http::Method;
use serde::{Deserialize, Serialize};

use super::store;
use crate::links;
use crate::secret;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/forgot_password",
    method: Method::POST,
    path: "api/password/forgot",
    guard: Guard::Attempt,
    serve: |visit| Box::pin(serve(visit)),
};

/// A reset link works so long.
const LIFE_SECONDS: i64 = 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgotRequest {
    username: String,
}

/// Looks the user up and mails the link: beside the request, so that its time tells nobody who exists.
#[derive(Serialize, Deserialize)]
pub(super) struct SendResetLink {
    tenant: Id,
    username: String,
    base: String,
}

impl Job for SendResetLink {
    const NAME: &'static str = "send_reset_link";

    fn key(&self) -> String {
        // Asked for twice before it runs, one mail is sent.
        format!("send_reset_link:{}:{}", self.tenant, secret::kept(&self.username).lookup)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let mut tx = ctx.begin().await?;
        ctx.fence(&mut tx).await?;
        let Some(id) = store::find_account(&mut tx, self.tenant, &self.username).await? else { return Ok(()) };
        let Some(user) = users::by_id(&mut tx, self.tenant, id).await? else { return Ok(()) };
        let whose = (self.tenant, id);
        let Some(link) = links::make_beside(&mut tx, &ctx, &self.base, whose, LIFE_SECONDS).await? else { return Ok(()) };
        let letter = mail::Letter {
            recipient: user.email,
            subject: "Set a new password for Adit".into(),
            body: format!(
                "Hello {},\n\nsomebody asked for a new password for your account. To set one, open within an hour:\n\n\
                 {link}\n\nIf you did not ask, you can ignore this mail.\n",
                user.username
            ),
        };
        mail::queue(&mut tx, &ctx, self.tenant, &letter).await?;
        tx.commit().await
    }
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: ForgotRequest = visit.json()?;
    names::check_text(&body.username, "username", 320)?;
    // Never from the request: a forged host name would send the link elsewhere.
    let base = visit.settings.link_base.clone();
    let mut tx = visit.env.begin().await?;
    enqueue(&mut tx, &SendResetLink { tenant: visit.tenant, username: body.username, base }, visit.env.now()).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}
