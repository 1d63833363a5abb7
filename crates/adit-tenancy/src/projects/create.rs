//! `PUT /api/_private/projects/{name}`
//!
//! Creates a project; the users in `user_ids` become its administrators.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue, names};
use http::Method;

use super::{store, wire};
use crate::{quotas, users};

pub(super) static OPERATION: Operation = Operation {
    id: "create_project",
    method: Method::PUT,
    path: "/api/_private/projects/{name}",
    needs: Needs::Global(Permission::TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let name = call.param("name")?;
    names::check_project(name)?;
    let body: wire::CreateProjectRequest = call.json()?;
    if body.uipath_user_ids.is_some_and(|ids| !ids.is_empty()) {
        return Err(Error::unprocessable("`uipath_user_ids`: users are known by `user_ids` here."));
    }
    let new = store::NewProject {
        title: body.project.title.unwrap_or_default(),
        description: body.project.description.unwrap_or_default(),
        user_auto_join: body.project.user_auto_join.unwrap_or(false),
    };
    names::check_title(&new.title)?;
    names::check_description(&new.description)?;
    let tenant = call.caller.tenant_id;
    let founders = body.user_ids.unwrap_or_default();
    let mut tx = call.env.begin().await?;
    quotas::hold(&mut tx, tenant, quotas::Kind::Projects).await?;
    if store::exists(&mut tx, tenant, name).await? {
        return Err(Error::conflict(format!("The project `{name}` already exists.")));
    }
    let used = store::count(&mut tx, tenant).await? + 1;
    quotas::admit(&mut tx, tenant, quotas::Kind::Projects, used, 1).await?;
    users::check_exist(&mut tx, tenant, &founders).await?;
    store::insert(&mut tx, tenant, call.env.random.id(), name, &new, call.env.now()).await?;
    for founder in founders {
        users::grant(&mut tx, tenant, founder, name, &["role-cm-project-admin"]).await?;
    }
    let project = store::by_name(&mut tx, tenant, name).await?.ok_or_else(|| catalogue::no_project(name))?;
    tx.commit().await?;
    Reply::ok(wire::ProjectResponse { project })
}
