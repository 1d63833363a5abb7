//! `POST /identity_/api/password`
//!
//! Changes one's own password, and ends one's other sessions.

use adit_http::Reply;
use adit_kernel::{Error, Kind, Result};
use adit_tenancy::users;
use http::Method;
use serde::Deserialize;

use super::{check, set_password};
use crate::events;
use crate::sessions;
use crate::sign_in::throttle;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/change_password",
    method: Method::POST,
    path: "api/password",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    current_password: String,
    new_password: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: ChangeRequest = visit.json()?;
    let user_id = visit.signed()?.caller.user_id;
    confirm(&visit, body.current_password).await?;
    let mut salt = [0; 16];
    visit.env.random.fill(&mut salt);
    let mut tx = visit.env.begin().await?;
    let user = users::by_id(&mut tx, visit.tenant, user_id).await?.ok_or_else(|| Error::internal("no user"))?;
    set_password(&mut tx, &user, &body.new_password, salt, visit.env.now()).await?;
    sessions::end_all(&mut tx, user_id, Some(visit.session()?.id)).await?;
    events::note(&mut tx, &visit, "password_changed", user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}

/// Fails unless `password` is the caller's own; guesses count like those at the sign-in.
pub(crate) async fn confirm(visit: &Visit, password: String) -> Result<()> {
    let user_id = visit.signed()?.caller.user_id;
    let account = throttle::account(visit.tenant, &user_id.to_string());
    let address = visit.neighborhood();
    throttle::charge(&visit.env, &account, &address).await?;
    let mut tx = visit.env.read().await?;
    let is_right = check(&mut tx, user_id, password).await?;
    drop(tx);
    if !is_right {
        return Err(Error::new(Kind::Forbidden, "The password is wrong."));
    }
    throttle::forgive(&visit.env, &account, &address).await
}
