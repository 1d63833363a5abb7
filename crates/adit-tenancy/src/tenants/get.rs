//! `GET /api/_private/tenants/{name}`
//!
//! One tenant, by its name, id or UUID.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{OWN, addressed, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenant",
    method: Method::GET,
    path: "/api/_private/tenants/{name}",
    needs: Needs::Tenant("name", Permission::SUPPORT_TENANT_ADMIN, OWN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenant = addressed(&mut tx, &call).await?;
    Reply::ok(wire::TenantResponse { tenant: tenant.into() })
}
