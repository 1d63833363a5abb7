//! `PUT /api/_private/tenants/{name}`
//!
//! Creates a tenant with its default project. Its first user comes from `adit admin create-user --tenant`.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, names};
use http::Method;

use super::{TenantRow, rules, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "create_tenant",
    method: Method::PUT,
    path: "/api/_private/tenants/{name}",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let name = call.param("name")?;
    rules::check_name(name)?;
    let body: wire::CreateTenantRequest = call.json()?;
    let now = call.env.now();
    let mut tenant = TenantRow::new(call.env.random.id(), name, now);
    tenant.title = body.tenant.title.unwrap_or_default();
    tenant.description = body.tenant.description.unwrap_or_default();
    tenant.support_id = body.tenant.uipath_support_id;
    names::check_title(&tenant.title)?;
    names::check_description(&tenant.description)?;
    names::check_text(tenant.support_id.as_deref().unwrap_or_default(), "uipath_support_id", 256)?;
    if let Some(context) = body.tenant.uipath_context {
        tenant.account_uuid = Some(rules::uuid(&context.account_id, "account_id")?);
        tenant.tenant_uuid = Some(rules::uuid(&context.tenant_id, "tenant_id")?);
        names::check_text(&context.environment_name, "environment_name", 256)?;
        tenant.environment = context.environment_name;
    }
    let mut tx = call.env.begin().await?;
    let is_taken = store::find(&mut tx, name).await?.is_some();
    if is_taken {
        return Err(Error::conflict(format!("The tenant `{name}` already exists.")));
    }
    if let Some(uuid) = &tenant.tenant_uuid
        && store::by_uuid(&mut tx, uuid).await?.is_some()
    {
        return Err(Error::conflict(format!("`uipath_context`: there is a tenant with the id `{uuid}` already.")));
    }
    super::create(&mut tx, &tenant, call.env.random.as_ref(), now).await?;
    tx.commit().await?;
    Reply::ok(wire::TenantResponse { tenant: tenant.into() })
}
