//! `GET /api/_private/tenants`
//!
//! Every tenant of the deployment.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenants",
    method: Method::GET,
    path: "/api/_private/tenants",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenants = store::all(&mut tx).await?.into_iter().map(wire::Tenant::from).collect();
    Reply::ok(wire::TenantsResponse { tenants })
}
