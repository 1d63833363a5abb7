//! `POST /api/_private/permissions/reduced`
//!
//! The fewest permissions that mean the same as a set.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{PROJECT_PERMISSIONS, Permission, Result, expand_with, reduce_permissions};
use http::Method;

use super::wire;
use crate::roles;

pub(super) static OPERATION: Operation = Operation {
    id: "get_reduced_permissions",
    method: Method::POST,
    path: "/api/_private/permissions/reduced",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::PermissionSets = call.json()?;
    body.check()?;
    let mut tx = call.env.read().await?;
    let roles = roles::scoped(&mut tx, call.caller.tenant_id).await?;
    let global = reduce_permissions(body.global(), &roles.global);
    let mut in_project = reduce_permissions(body.in_project(), &roles.project);
    if expand_with(global.iter().map(String::as_str), &roles.global).contains(Permission::TENANT_ADMIN.0) {
        in_project.retain(|name| !PROJECT_PERMISSIONS.contains(&name.as_str()));
    }
    Reply::ok(wire::PermissionsResponse::new(global, in_project))
}
