//! `POST /identity_/api/applications/{client_id}/rotate`
//!
//! Gives an application a new secret; the one before it may live on for a stated time.

use adit_http::Reply;
use adit_kernel::Result;
use http::Method;

use super::manage::rotate_secret;
use super::wire::{RegisteredResponse, RotateRequest};
use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/rotate_application",
    method: Method::POST,
    path: "api/applications/{client_id}/rotate",
    guard: Guard::Admin,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let body: RotateRequest = visit.json()?;
    let mut tx = visit.env.begin().await?;
    let made = rotate_secret(&visit.env, &mut tx, visit.tenant, visit.param("client_id")?, body.grace_seconds).await?;
    let details = serde_json::json!({"client_id": made.client_id, "grace_seconds": body.grace_seconds});
    events::note(&mut tx, &visit, "application_secret_rotated", visit.signed()?.caller.user_id, details).await?;
    tx.commit().await?;
    Ok(Reply::ok(RegisteredResponse::from(made))?.into_response())
}
