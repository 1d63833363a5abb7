//! `POST /api/_private/permissions/derived`
//!
//! All that a set of permissions means, implications and roles included.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{PROJECT_PERMISSIONS, Permission, Result, expand_with};
use http::Method;

use super::wire;
use crate::roles;

pub(super) static OPERATION: Operation = Operation {
    id: "get_derived_permissions",
    method: Method::POST,
    path: "/api/_private/permissions/derived",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::PermissionSets = call.json()?;
    body.check()?;
    let mut tx = call.env.read().await?;
    let roles = roles::scoped(&mut tx, call.caller.tenant_id).await?;
    let global: Vec<String> = expand_with(body.global().iter().map(String::as_str), &roles.global).into_iter().collect();
    let mut in_project = expand_with(body.in_project().iter().map(String::as_str), &roles.project);
    if global.iter().any(|name| name == Permission::TENANT_ADMIN.0) {
        // Whoever administers the tenant holds everything in every project.
        in_project.extend(PROJECT_PERMISSIONS.iter().map(|name| (*name).to_owned()));
    }
    Reply::ok(wire::PermissionsResponse::new(global, in_project.into_iter().collect()))
}
