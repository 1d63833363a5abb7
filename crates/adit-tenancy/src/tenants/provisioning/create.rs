//! `POST /api/tenantserviceinstances`
//!
//! Creates the tenant that a platform asks for. Asked again with the same ids, nothing changes.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, names};
use adit_store::Note;
use http::Method;

use super::{free_name, wire};
use crate::tenants::{self, TenantRow, rules, store};

pub(super) static OPERATION: Operation = Operation {
    id: "uipath_provision_create",
    method: Method::POST,
    path: "/api/tenantserviceinstances",
    needs: Needs::Global(Permission::SUPPORT_TENANT_ADMIN),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::CreateRequest = call.json()?;
    let uuid = rules::uuid(&body.tenant_id, "tenantId")?;
    let organization = rules::uuid(&body.organization_id, "organizationId")?;
    names::check_resource(&body.service_type, "serviceType")?;
    let title = body.properties.display_name.unwrap_or_default();
    names::check_text(&title, "TenantDisplayName", 128)?;
    let mut tx = call.env.begin().await?;
    if let Some(known) = store::by_uuid(&mut tx, &uuid).await? {
        let is_same = known.account_uuid.as_deref() == Some(organization.as_str()) && known.service_type == body.service_type;
        if !is_same || known.deleted.is_some() {
            return Err(Error::conflict(format!("There is a tenant with the id `{uuid}` already.")));
        }
        return Reply::bare(wire::StateResponse::from(&known));
    }
    let name = free_name(&mut tx, &title, &uuid).await?;
    let now = call.env.now();
    let tenant = TenantRow {
        title,
        account_uuid: Some(organization),
        tenant_uuid: Some(uuid),
        service_type: body.service_type,
        ..TenantRow::new(call.env.random.id(), &name, now)
    };
    tenants::create(&mut tx, &tenant, call.env.random.as_ref(), now).await?;
    tx.note(Note::About(tenants::subject(&tenant)));
    tx.commit().await?;
    Reply::bare(wire::StateResponse::from(&tenant))
}
