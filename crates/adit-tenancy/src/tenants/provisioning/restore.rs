//! `POST /api/tenantserviceinstances/{service_type}/{tenant_id}/restore`
//!
//! Restores a tenant that was deleted, enabled or disabled as asked.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::addressed;
use super::wire::{self, Status};
use crate::tenants::store;

pub(super) static OPERATION: Operation = Operation {
    id: "uipath_provision_restore",
    method: Method::POST,
    path: "/api/tenantserviceinstances/{service_type}/{tenant_id}/restore",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::RestoreRequest = call.json()?;
    let is_enabled = match body.status {
        Status::Enabling | Status::Enabled => true,
        Status::Disabling | Status::Disabled => false,
        Status::Deleting | Status::Deleted => {
            return Err(Error::unprocessable("`status`: a tenant is restored to `Enabled` or `Disabled`."));
        }
    };
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call, &body.organization_id).await?;
    // Asked of a tenant that is not deleted, there is nothing to restore and nothing changes.
    if tenant.deleted.take().is_some() {
        tenant.is_enabled = is_enabled;
        tenant.updated = call.env.now();
        store::update(&mut tx, &tenant).await?;
    }
    tx.commit().await?;
    Reply::bare(wire::StateResponse::from(&tenant))
}
