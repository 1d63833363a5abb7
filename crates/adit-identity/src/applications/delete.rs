//! `DELETE /identity_/api/applications/{client_id}`
//!
//! Deletes an application with its roles and secrets; its tokens end at once.

use adit_http::Reply;
use adit_kernel::Result;
use http::Method;

use super::manage::delete_application;
use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/delete_application",
    method: Method::DELETE,
    path: "api/applications/{client_id}",
    guard: Guard::Admin,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let mut tx = visit.env.begin().await?;
    delete_application(&mut tx, visit.tenant, visit.param("client_id")?).await?;
    let details = serde_json::json!({"client_id": visit.param("client_id")?});
    events::note(&mut tx, &visit, "application_deleted", visit.signed()?.caller.user_id, details).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}
