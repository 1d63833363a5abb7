//! `DELETE /api/tenantserviceinstances/{service_type}/{tenant_id}`
//!
//! Deletes the tenant of a platform: for good, or so that it can be restored.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{addressed, wire};
use crate::tenants::{rules, store};

pub(super) static OPERATION: Operation = Operation {
    id: "uipath_provision_delete",
    method: Method::DELETE,
    path: "/api/tenantserviceinstances/{service_type}/{tenant_id}",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::DeleteRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call, &body.organization_id).await?;
    rules::check_dispensable(&tenant, call.caller.tenant_id, "deleted")?;
    if body.is_hard_delete {
        store::delete(&mut tx, tenant.id).await?;
    } else if tenant.deleted.is_none() {
        tenant.deleted = Some(call.env.now());
        tenant.updated = call.env.now();
        store::update(&mut tx, &tenant).await?;
    }
    tx.commit().await?;
    Reply::bare(wire::StateResponse::deleted(&tenant, body.is_hard_delete))
}
