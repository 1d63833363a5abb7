//! `PATCH /api/tenantserviceinstances/{service_type}/{tenant_id}`
//!
//! Enables or disables the tenant of a platform, or gives it another name.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, names};
use http::Method;

use super::wire::{self, Status};
use super::{addressed, free_name};
use crate::tenants::{rules, store};

pub(super) static OPERATION: Operation = Operation {
    id: "uipath_provision_update",
    method: Method::PATCH,
    path: "/api/tenantserviceinstances/{service_type}/{tenant_id}",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::UpdateRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call, &body.organization_id).await?;
    if tenant.deleted.is_some() {
        return Err(Error::conflict("The tenant is deleted: restore it first."));
    }
    match body.status {
        None => {}
        Some(Status::Enabling | Status::Enabled) => tenant.is_enabled = true,
        Some(Status::Disabling | Status::Disabled) => {
            rules::check_dispensable(&tenant, call.caller.tenant_id, "disabled")?;
            tenant.is_enabled = false;
        }
        Some(Status::Deleting | Status::Deleted) => {
            return Err(Error::unprocessable("`status`: a tenant is deleted with DELETE."));
        }
    }
    if let Some(title) = body.properties.name.filter(|name| *name != tenant.title) {
        names::check_text(&title, "TenantName", 128)?;
        if rules::name_from(&title).is_none_or(|name| name != tenant.name) {
            tenant.name = free_name(&mut tx, &title, tenant.tenant_uuid.as_deref().unwrap_or_default()).await?;
        }
        tenant.title = title;
    }
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::bare(wire::StateResponse::from(&tenant))
}
