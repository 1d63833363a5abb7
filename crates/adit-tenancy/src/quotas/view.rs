//! Limits and what is in use, side by side.

use adit_http::Call;
use adit_kernel::{Error, Id, Result, catalogue};
use adit_store::Tx;

use super::wire::{Quota, QuotasResponse};
use super::{Kind, Usages, store};
use crate::tenants;

/// The largest number that clients can read.
const MAX_LIMIT: i64 = 2_147_483_647;

/// All quotas of a tenant.
pub(super) async fn all(tx: &mut Tx, call: &Call, tenant: Id) -> Result<QuotasResponse> {
    let usages = call.env.service::<Usages>()?;
    let mut used = Vec::new();
    for usage in &usages.0 {
        used.extend(usage(tx, tenant).await?);
    }
    let mut quotas = Vec::with_capacity(Kind::ALL.len());
    for kind in Kind::ALL {
        let limit = store::limit(tx, tenant, *kind).await?;
        quotas.push(Quota {
            quota_kind: kind.name(),
            hard_limit: limit.map_or(kind.default_limit(), |limit| limit.hard),
            current_max_usage: used.iter().find(|(used, _)| used == kind).map_or(0, |(_, amount)| *amount),
            auto_increase_up_to: limit.and_then(|limit| limit.auto_increase_up_to),
        });
    }
    Ok(QuotasResponse { quotas })
}

/// The tenant that the path names by id, UUID or name.
pub(super) async fn target(tx: &mut Tx, call: &Call) -> Result<Id> {
    let name = call.param("target_tenant_id")?;
    let found = tenants::find(tx, name).await?.filter(|tenant| tenant.deleted.is_none());
    Ok(found.ok_or_else(|| catalogue::no_tenant(name))?.id)
}

/// A limit that can be kept and read.
pub(super) fn checked(value: i64, field: &str) -> Result<i64> {
    if (0..=MAX_LIMIT).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid(format!("`{field}` must be from 0 to {MAX_LIMIT}, not {value}.")))
}
