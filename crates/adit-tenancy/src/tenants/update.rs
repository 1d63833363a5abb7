//! `POST /api/_private/tenants/{name}`
//!
//! Changes title, description or support id; what is left out stays, a null support id goes.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, names};
use http::Method;

use super::{addressed, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_tenant",
    method: Method::POST,
    path: "/api/_private/tenants/{name}",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::UpdateTenantRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let mut tenant = addressed(&mut tx, &call).await?;
    tenant.title = body.tenant.title.unwrap_or(tenant.title);
    tenant.description = body.tenant.description.unwrap_or(tenant.description);
    tenant.support_id = body.tenant.uipath_support_id.apply(tenant.support_id);
    names::check_title(&tenant.title)?;
    names::check_description(&tenant.description)?;
    names::check_text(tenant.support_id.as_deref().unwrap_or_default(), "uipath_support_id", 256)?;
    tenant.updated = call.env.now();
    store::update(&mut tx, &tenant).await?;
    tx.commit().await?;
    Reply::ok(wire::TenantResponse { tenant: tenant.into() })
}
