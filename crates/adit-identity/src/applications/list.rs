//! `GET /identity_/api/applications`
//!
//! The external applications of the tenant, without their secrets.

use adit_http::Reply;
use adit_kernel::Result;
use http::Method;

use super::manage::list_applications;
use super::wire::{Application, ApplicationsResponse};
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/list_applications",
    method: Method::GET,
    path: "api/applications",
    guard: Guard::Admin,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let mut tx = visit.env.read().await?;
    let listed = list_applications(&mut tx, visit.tenant).await?;
    Ok(Reply::ok(ApplicationsResponse { applications: listed.into_iter().map(Application::of).collect() })?.into_response())
}
