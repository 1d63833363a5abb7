//! `POST /api/_private/tenants/{name}/state`
//!
//! Enables or disables a tenant. A disabled one answers every request with 403.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{addressed, rules, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "set_tenant_state",
    method: Method::POST,
    path: "/api/_private/tenants/{name}/state",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::SetTenantStateRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    if !body.enabled {
        rules::check_dispensable(&tenant, call.caller.tenant_id, "disabled")?;
    }
    tenant.is_enabled = body.enabled;
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::done()
}
