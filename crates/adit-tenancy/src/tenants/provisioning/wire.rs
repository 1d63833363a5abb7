//! JSON shapes of provisioning.

use serde::{Deserialize, Serialize};

use crate::tenants::TenantRow;

/// `UiPathTenantServiceStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Enabling,
    Enabled,
    Disabling,
    Disabled,
    Deleting,
    Deleted,
}

impl From<&TenantRow> for Status {
    fn from(tenant: &TenantRow) -> Self {
        match (tenant.deleted, tenant.is_enabled) {
            (Some(_), _) => Self::Deleted,
            (None, true) => Self::Enabled,
            (None, false) => Self::Disabled,
        }
    }
}

/// `UiPathProvisionCreateProperties`.
#[derive(Debug, Deserialize)]
pub(super) struct CreateProperties {
    #[serde(rename = "TenantDisplayName")]
    pub(super) display_name: Option<String>,
}

/// `UiPathProvisionCreateRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreateRequest {
    pub(super) tenant_id: String,
    pub(super) organization_id: String,
    pub(super) service_type: String,
    pub(super) properties: CreateProperties,
}

/// `UiPathProvisionUpdateProperties`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateProperties {
    #[serde(rename = "TenantName")]
    pub(super) name: Option<String>,
}

/// `UiPathProvisionUpdateRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateRequest {
    pub(super) status: Option<Status>,
    pub(super) organization_id: String,
    pub(super) properties: UpdateProperties,
}

/// `UiPathProvisionDeleteRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteRequest {
    pub(super) organization_id: String,
    pub(super) is_hard_delete: bool,
}

/// `UiPathProvisionRestoreRequest`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RestoreRequest {
    pub(super) status: Status,
    pub(super) organization_id: String,
}

/// The state of a tenant after a change.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateResponse {
    tenant_id: String,
    service_type: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_hard_delete: Option<bool>,
}

impl From<&TenantRow> for StateResponse {
    fn from(tenant: &TenantRow) -> Self {
        Self {
            tenant_id: tenant.tenant_uuid.clone().unwrap_or_default(),
            service_type: tenant.service_type.clone(),
            status: tenant.into(),
            is_hard_delete: None,
        }
    }
}

impl StateResponse {
    /// The state after a deletion.
    pub(super) fn deleted(tenant: &TenantRow, is_hard: bool) -> Self {
        Self { status: Status::Deleted, is_hard_delete: Some(is_hard), ..Self::from(tenant) }
    }
}
