//! JSON shapes of tenants.

use adit_kernel::{Field, Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::TenantRow;

/// `FieldUipathContextModel`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UipathContext {
    pub(super) account_id: String,
    pub(super) tenant_id: String,
    pub(super) environment_name: String,
}

/// `Tenant`.
#[derive(Debug, Serialize)]
pub(super) struct Tenant {
    tenant_id: Id,
    name: String,
    title: String,
    description: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    flags: Vec<&'static str>,
    uipath_context: Option<UipathContext>,
    uipath_support_id: Option<String>,
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        let mut flags = Vec::new();
        if row.is_default {
            flags.push("default");
        }
        if !row.is_enabled {
            flags.push("disabled");
        }
        let environment_name = row.environment;
        let context = row.account_uuid.zip(row.tenant_uuid);
        Self {
            tenant_id: row.id,
            name: row.name,
            title: row.title,
            description: row.description,
            created_at: row.created,
            updated_at: row.updated,
            flags,
            uipath_context: context.map(|(account_id, tenant_id)| UipathContext { account_id, tenant_id, environment_name }),
            uipath_support_id: row.support_id,
        }
    }
}

/// `GetTenantsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct TenantsResponse {
    pub(super) tenants: Vec<Tenant>,
}

/// A reply with one tenant.
#[derive(Debug, Serialize)]
pub(super) struct TenantResponse {
    pub(super) tenant: Tenant,
}

/// `TenantNew`.
#[derive(Debug, Deserialize)]
pub(super) struct TenantNew {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) uipath_context: Option<UipathContext>,
    pub(super) uipath_support_id: Option<String>,
}

/// `CreateTenantRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct CreateTenantRequest {
    pub(super) tenant: TenantNew,
}

/// `TenantUpdate`.
#[derive(Debug, Deserialize)]
pub(super) struct TenantUpdate {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) uipath_support_id: Field<String>,
}

/// `UpdateTenantRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateTenantRequest {
    pub(super) tenant: TenantUpdate,
}

/// `SetTenantStateRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct SetTenantStateRequest {
    pub(super) enabled: bool,
}

/// The networks a tenant may be used from, both ways.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClientSubnets {
    pub(super) client_subnets: Vec<String>,
}

/// What new users get, both ways.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DefaultProjectPermissions {
    pub(super) default_project_permissions: Vec<String>,
}

/// A tenant's e-mail domains, both ways.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Domains {
    pub(super) domains: Vec<String>,
}

/// The general fields of a tenant, both ways.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EntityDefIds {
    pub(super) entity_def_ids: Vec<String>,
}

/// `GetSubdomainResponse`.
#[derive(Debug, Serialize)]
pub(super) struct SubdomainResponse {
    pub(super) subdomain: Option<String>,
}
