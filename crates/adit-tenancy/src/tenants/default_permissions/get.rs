//! `GET /api/_private/tenants/{name}/default_project_permissions`
//!
//! What a new user gets in each project that is open to all.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{OWN, addressed, rules, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenant_default_project_permissions",
    method: Method::GET,
    path: "/api/_private/tenants/{name}/default_project_permissions",
    needs: Needs::Tenant("name", Permission::SUPPORT_TENANT_ADMIN, OWN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenant = addressed(&mut tx, &call).await?;
    let default_project_permissions = rules::default_permissions(tenant.default_permissions);
    Reply::ok(wire::DefaultProjectPermissions { default_project_permissions })
}
