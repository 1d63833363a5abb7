//! How a platform provisions tenants here. These replies have no envelope: `status` is the tenant's state (NOTES 4).
//!
//! Every change is complete when it is answered, so the transient states are never reported and no call back is made.

mod create;
mod delete;
mod restore;
mod update;
mod wire;

use adit_http::{Call, Operation};
use adit_kernel::{Error, Result};
use adit_store::Tx;

use super::{TenantRow, rules, store};

/// The operations of the platform.
pub(super) static OPERATIONS: [&Operation; 4] = [&create::OPERATION, &update::OPERATION, &delete::OPERATION, &restore::OPERATION];

/// The tenant that the path and the organization in the body name together.
async fn addressed(tx: &mut Tx, call: &Call, organization: &str) -> Result<TenantRow> {
    let uuid = rules::uuid(call.param("tenant_id")?, "tenant_id")?;
    let organization = rules::uuid(organization, "organizationId")?;
    let service = call.param("service_type")?;
    let is_meant =
        |tenant: &TenantRow| tenant.service_type == service && tenant.account_uuid.as_deref() == Some(organization.as_str());
    let found = store::by_uuid(tx, &uuid).await?.filter(is_meant);
    found.ok_or_else(|| Error::missing(format!("No such tenant: `{uuid}` of the service `{service}` in this organization.")))
}

/// A name that no tenant has: from the title where that can be, else from the id.
async fn free_name(tx: &mut Tx, title: &str, uuid: &str) -> Result<String> {
    let short = uuid.get(..8).unwrap_or(uuid);
    let base = rules::name_from(title).unwrap_or_else(|| format!("tenant-{short}"));
    if store::find(tx, &base).await?.is_none() {
        return Ok(base);
    }
    let longer = format!("{base}-{short}");
    if store::find(tx, &longer).await?.is_none() { Ok(longer) } else { Ok(format!("tenant-{uuid}")) }
}
