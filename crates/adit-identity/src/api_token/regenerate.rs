//! `POST /identity_/api/token`
//!
//! Makes a new API token, which revokes the one before; it is in this reply and nowhere else.

use adit_http::Reply;
use adit_kernel::{Result, Timestamp};
use adit_tenancy::tokens;
use http::Method;
use serde::Deserialize;

use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/regenerate_token",
    method: Method::POST,
    path: "api/token",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegenerateRequest {
    expires_at: Option<Timestamp>,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: RegenerateRequest = visit.json()?;
    let user = visit.session()?.user_id;
    let mut tx = visit.env.begin().await?;
    let made = tokens::regenerate_until(&mut tx, user, visit.env.random.as_ref(), visit.env.now(), body.expires_at).await?;
    events::note(&mut tx, &visit, "token_regenerated", user, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::ok(serde_json::json!({ "api_token": made, "expires_at": body.expires_at }))?.into_response())
}
