//! `GET /identity_/api/session`
//!
//! Whose session this is, and the token that writes must repeat.

use adit_http::{Credentials, Reply};
use adit_kernel::{Error, Id, Result, Timestamp};
use adit_tenancy::users;
use http::Method;
use serde::Serialize;

use super::csrf_of;
use crate::second_factor;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/get_session",
    method: Method::GET,
    path: "api/session",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Serialize)]
struct SessionResponse {
    session_id: Id,
    user_id: Id,
    username: String,
    email: String,
    csrf_token: String,
    expires_at: Timestamp,
    has_second_factor: bool,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let session = visit.session()?;
    let Credentials::Session(credentials) = Credentials::of(&visit.head)? else {
        return Err(Error::internal("a session without a cookie"));
    };
    let mut tx = visit.env.read().await?;
    let user = users::by_id(&mut tx, visit.tenant, session.user_id).await?.ok_or_else(|| Error::internal("no user"))?;
    let reply = SessionResponse {
        session_id: session.id,
        user_id: user.id,
        csrf_token: csrf_of(credentials.secret),
        expires_at: session.expires,
        has_second_factor: second_factor::is_required(&mut tx, user.id).await?,
        username: user.username,
        email: user.email,
    };
    Ok(Reply::ok(reply)?.into_response())
}
