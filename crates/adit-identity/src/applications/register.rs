//! `POST /identity_/api/applications`
//!
//! Registers an external application. Its secret is in this reply and nowhere else.

use adit_http::Reply;
use adit_kernel::Result;
use http::Method;

use super::manage::register_application;
use super::wire::{RegisterRequest, RegisteredResponse};
use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/register_application",
    method: Method::POST,
    path: "api/applications",
    guard: Guard::Admin,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let body: RegisterRequest = visit.json()?;
    let mut tx = visit.env.begin().await?;
    let made = register_application(&visit.env, &mut tx, visit.tenant, &body.name, &body.scopes).await?;
    let details = serde_json::json!({"client_id": made.client_id, "name": body.name, "scopes": body.scopes});
    events::note(&mut tx, &visit, "application_registered", visit.signed()?.caller.user_id, details).await?;
    tx.commit().await?;
    Ok(Reply::ok(RegisteredResponse::from(made))?.into_response())
}
