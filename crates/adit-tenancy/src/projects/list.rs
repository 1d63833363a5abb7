//! `GET /api/_private/projects`
//!
//! Every project the caller holds some permission in.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_all_projects",
    method: Method::GET,
    path: "/api/_private/projects",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let mut projects = store::all(&mut tx, call.caller.tenant_id).await?;
    projects.retain(|project| call.caller.sees_project(&project.name));
    Reply::ok(wire::ProjectsResponse { projects })
}
