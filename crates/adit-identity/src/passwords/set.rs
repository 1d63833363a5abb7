//! `POST /identity_/api/password/set`
//!
//! Sets a password with a one-time link: the first of a new account, or a new one for who forgot it. Ends all sessions.

use adit_http::{Reply, Unproven};
use adit_kernel::{Error, Kind, Result};
use adit_tenancy::users;
use http::Method;
use serde::Deserialize;

use super::set_password;
use crate::events;
use crate::site::{Answer, Guard, Route, Visit, turn_away};
use crate::{links, sessions};

pub(super) static ROUTE: Route = Route {
    name: "identity/set_password",
    method: Method::POST,
    path: "api/password/set",
    guard: Guard::Attempt,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetRequest {
    token: String,
    password: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: SetRequest = visit.json()?;
    let mut salt = [0; 16];
    visit.env.random.fill(&mut salt);
    let mut tx = visit.env.begin().await?;
    let user_id = links::redeem(&mut tx, &body.token, visit.env.now()).await?;
    let found = match user_id {
        Some(id) => users::by_id(&mut tx, visit.tenant, id).await?.filter(|user| !user.is_disabled),
        None => None,
    };
    let Some(user) = found else {
        let error = Error::new(Kind::Forbidden, "The link is not valid: it is unknown, used or expired.");
        turn_away(ROUTE.name, &visit, &error, Unproven::stranger("link unknown, used or expired"));
        return Err(error);
    };
    // A password that breaks the rules rolls back, and the link can be used again.
    set_password(&mut tx, &user, &body.password, salt, visit.env.now()).await?;
    sessions::end_all(&mut tx, user.id, None).await?;
    events::note(&mut tx, &visit, "password_set", user.id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}
