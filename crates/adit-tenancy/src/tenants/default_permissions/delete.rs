//! `DELETE /api/_private/tenants/{name}/default_project_permissions`
//!
//! Goes back to the built-in default, which is in the reply.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{addressed, rules, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "delete_tenant_default_project_permissions",
    method: Method::DELETE,
    path: "/api/_private/tenants/{name}/default_project_permissions",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    tenant.default_permissions = None;
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::ok(wire::DefaultProjectPermissions { default_project_permissions: rules::default_permissions(None) })
}
