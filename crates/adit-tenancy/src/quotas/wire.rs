//! JSON shapes of quotas.

use adit_kernel::Field;
use serde::{Deserialize, Serialize};

/// `Quota`.
#[derive(Debug, Serialize)]
pub(super) struct Quota {
    pub(super) quota_kind: &'static str,
    pub(super) hard_limit: i64,
    pub(super) current_max_usage: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auto_increase_up_to: Option<i64>,
}

/// A reply with all quotas.
#[derive(Debug, Serialize)]
pub(super) struct QuotasResponse {
    pub(super) quotas: Vec<Quota>,
}

/// `SetTenantQuotaRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct SetTenantQuotaRequest {
    pub(super) requested_limit: i64,
}

/// `SetTenantQuotaResponse`.
#[derive(Debug, Serialize)]
pub(super) struct SetTenantQuotaResponse {
    pub(super) hard_limit: i64,
    pub(super) requested_limit: i64,
}

/// `SetQuotaForTenantRequest`: an absent ceiling stays, a null one goes.
#[derive(Debug, Deserialize)]
pub(super) struct SetQuotaForTenantRequest {
    pub(super) hard_limit: i64,
    #[serde(default)]
    pub(super) auto_increase_up_to: Field<i64>,
}
