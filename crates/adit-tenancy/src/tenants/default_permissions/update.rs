//! `POST /api/_private/tenants/{name}/default_project_permissions`
//!
//! Says what a new user gets in each project that is open to all. Users who are there keep what they have.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{addressed, store, wire};
use crate::users;

pub(super) static OPERATION: Operation = Operation {
    id: "update_tenant_default_project_permissions",
    method: Method::POST,
    path: "/api/_private/tenants/{name}/default_project_permissions",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::DefaultProjectPermissions = call.json()?;
    let permissions = body.default_project_permissions;
    users::check_permission_names(&permissions, "default_project_permissions")?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    tenant.default_permissions = Some(permissions.clone());
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::ok(wire::DefaultProjectPermissions { default_project_permissions: permissions })
}
