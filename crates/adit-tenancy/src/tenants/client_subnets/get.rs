//! `GET /api/_private/tenants/{name}/client_subnets`
//!
//! The networks that the tenant may be used from; from everywhere when empty.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{OWN, addressed, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenant_client_subnets",
    method: Method::GET,
    path: "/api/_private/tenants/{name}/client_subnets",
    needs: Needs::Tenant("name", Permission::SUPPORT_TENANT_ADMIN, OWN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenant = addressed(&mut tx, &call).await?;
    Reply::ok(wire::ClientSubnets { client_subnets: tenant.client_subnets.iter().map(ToString::to_string).collect() })
}
