//! `GET /api/_private/projects/{name}`
//!
//! One project.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Result, catalogue};
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_project",
    method: Method::GET,
    path: "/api/_private/projects/{name}",
    needs: Needs::SeesProject("name"),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let name = call.param("name")?;
    let mut tx = call.env.read().await?;
    let project = store::by_name(&mut tx, call.caller.tenant_id, name).await?;
    Reply::ok(wire::ProjectResponse { project: project.ok_or_else(|| catalogue::no_project(name))? })
}
