//! `POST /api/_private/projects/{name}`
//!
//! Changes title, description or auto-join; what is left out stays.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue, names};
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_project",
    method: Method::POST,
    path: "/api/_private/projects/{name}",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let name = call.param("name")?;
    let body: wire::UpdateProjectRequest = call.json()?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    let mut project = store::by_name(&mut tx, tenant, name).await?.ok_or_else(|| catalogue::no_project(name))?;
    project.title = body.project.title.unwrap_or(project.title);
    project.description = body.project.description.unwrap_or(project.description);
    project.user_auto_join = body.project.user_auto_join.unwrap_or(project.user_auto_join);
    names::check_title(&project.title)?;
    names::check_description(&project.description)?;
    project.updated_at = call.env.now();
    store::update(&mut tx, tenant, &project, project.updated_at).await?;
    tx.commit().await?;
    Reply::ok(wire::ProjectResponse { project })
}
