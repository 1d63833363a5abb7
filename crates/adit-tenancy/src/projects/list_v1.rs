//! `GET /api/v1/projects`
//!
//! Name, title and description of every project the caller holds some permission in.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::Result;
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_all_projects_v1",
    method: Method::GET,
    path: "/api/v1/projects",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let visible = store::all(&mut tx, call.caller.tenant_id).await?;
    let projects = visible
        .into_iter()
        .filter(|project| call.caller.sees_project(&project.name))
        .map(|project| wire::ProjectV1 { name: project.name, title: project.title, description: project.description })
        .collect();
    Reply::ok(wire::ProjectsResponse { projects })
}
