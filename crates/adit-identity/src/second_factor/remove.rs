//! `POST /identity_/api/second-factor/remove`
//!
//! Takes the second factor and its recovery codes away, from whoever knows the password and has a code: a session left
//! open and a password seen over a shoulder are not enough.

use adit_http::Reply;
use adit_kernel::{Error, Kind, Result};
use http::Method;
use serde::Deserialize;

use super::{accept, is_required, store};
use crate::events;
use crate::passwords::change::confirm;
use crate::sign_in::throttle;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/remove_second_factor",
    method: Method::POST,
    path: "api/second-factor/remove",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveRequest {
    password: String,
    /// Not asked for while the factor is not confirmed.
    code: Option<String>,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: RemoveRequest = visit.json()?;
    confirm(&visit, body.password).await?;
    let user_id = visit.session()?.user_id;
    let account = throttle::account(visit.tenant, &format!("second factor {user_id}"));
    throttle::charge(&visit.env, &account, &visit.neighborhood()).await?;
    let mut tx = visit.env.begin().await?;
    let code = body.code.unwrap_or_default();
    if is_required(&mut tx, user_id).await? && !accept(&mut tx, &visit.env, user_id, &code).await? {
        return Err(Error::new(Kind::Forbidden, "`code` is missing, wrong or was used already."));
    }
    if !store::remove(&mut tx, user_id).await? {
        return Err(Error::missing("There is no second factor."));
    }
    events::note(&mut tx, &visit, "second_factor_removed", user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    throttle::forgive(&visit.env, &account, &visit.neighborhood()).await?;
    Ok(Reply::done()?.into_response())
}
