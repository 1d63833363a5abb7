//! `GET /api/_private/tenants/{name}/domains`
//!
//! The e-mail domains whose users belong to the tenant.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use crate::tenants::{OWN, addressed, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_tenant_domains",
    method: Method::GET,
    path: "/api/_private/tenants/{name}/domains",
    needs: Needs::Tenant("name", Permission::SUPPORT_TENANT_ADMIN, OWN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let tenant = addressed(&mut tx, &call).await?;
    Reply::ok(wire::Domains { domains: store::domains(&mut tx, tenant.id).await? })
}
