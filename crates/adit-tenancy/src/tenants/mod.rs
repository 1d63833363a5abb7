//! A tenant is the top container: users, projects and all data belong to exactly one.

mod client_subnets;
mod create;
mod default_permissions;
mod delete;
mod domains;
mod entity_def_ids;
mod get;
mod list;
mod provisioning;
mod rules;
mod set_state;
mod store;
mod subdomain;
#[cfg(test)]
mod tests_rules;
mod update;
mod wire;

use adit_http::{Call, Operation, Place};
use adit_kernel::{Id, Permission, Random, Result, Timestamp, catalogue};
use adit_store::{Env, Noun, Subject, Tx};
use serde_json::json;

pub use rules::check_name;
pub use store::{TenantRow, create_default, find, named_or_default, of_domain};

use crate::projects;

/// The project every tenant starts with, open to all its users; clients mean it by a bare name.
pub const DEFAULT_PROJECT: &str = "DefaultProject";

/// Who may look at a tenant's settings besides the deployment's administrators: the tenant's own.
const OWN: &[Permission] = &[Permission::TENANT_ADMIN];

/// The operations on tenants.
pub(crate) fn operations() -> Vec<&'static Operation> {
    let mut operations = vec![
        &list::OPERATION,
        &get::OPERATION,
        &create::OPERATION,
        &update::OPERATION,
        &delete::OPERATION,
        &set_state::OPERATION,
        &subdomain::OPERATION,
    ];
    operations.extend(client_subnets::OPERATIONS);
    operations.extend(default_permissions::OPERATIONS);
    operations.extend(domains::OPERATIONS);
    operations.extend(entity_def_ids::OPERATIONS);
    operations.extend(provisioning::OPERATIONS);
    operations
}

/// The tenant a request is for, by the names in its path or host, or else the default one. While the default tenant is
/// the only one, every name leads to it: whoever brings a cloud address along need not rename anything.
///
/// # Errors
/// 404 for an unknown tenant among several, and for one that is addressed through an organization it does not belong to.
pub async fn place(env: &Env, organization: Option<&str>, name: Option<&str>) -> Result<Place> {
    let mut tx = env.read().await?;
    let found = match name {
        Some(name) => store::find(&mut tx, name).await?,
        None => None,
    };
    let tenant = match (found, name) {
        (Some(tenant), _) => tenant,
        (None, Some(name)) if !store::is_only_default(&mut tx).await? => return Err(catalogue::no_tenant(name)),
        (None, _) => store::named_or_default(&mut tx, None).await?,
    };
    let shown = || name.unwrap_or(&tenant.name).to_owned();
    if tenant.deleted.is_some() || !rules::is_in(&tenant, organization) {
        return Err(catalogue::no_tenant(&shown()));
    }
    Ok(Place { tenant_id: tenant.id, name: tenant.name, is_enabled: tenant.is_enabled, client_subnets: tenant.client_subnets })
}

/// What stands between the address of the server and a path that is for `tenant`: nothing for the default one.
///
/// # Errors
/// 404 when there is no such tenant.
pub async fn prefix(tx: &mut Tx, tenant: Id) -> Result<String> {
    let row = store::by_id(tx, tenant).await?.ok_or_else(|| catalogue::no_tenant(&tenant.to_string()))?;
    let organization = row.account_uuid.as_deref().unwrap_or("adit");
    Ok(if row.is_default { String::new() } else { format!("/{organization}/{}", row.name) })
}

/// What a new user of the tenant gets in each project that is open to all.
pub async fn default_permissions(tx: &mut Tx, tenant: Id) -> Result<Vec<String>> {
    Ok(rules::default_permissions(store::by_id(tx, tenant).await?.and_then(|tenant| tenant.default_permissions)))
}

/// Creates a tenant with its default project.
pub async fn create(tx: &mut Tx, tenant: &TenantRow, random: &dyn Random, now: Timestamp) -> Result<()> {
    store::insert(tx, tenant).await?;
    let project = projects::NewProject { title: "Default project".into(), description: String::new(), user_auto_join: true };
    projects::insert(tx, tenant.id, random.id(), DEFAULT_PROJECT, &project, now).await
}

/// The tenant as the subject of a change.
pub fn subject(tenant: &TenantRow) -> Subject {
    let subnets: Vec<String> = tenant.client_subnets.iter().map(ToString::to_string).collect();
    Subject {
        noun: Noun::Tenant,
        id: tenant.id,
        name: tenant.name.clone(),
        title: tenant.title.clone(),
        parent: None,
        state: json!({
            "name": tenant.name, "title": tenant.title, "description": tenant.description, "is_enabled": tenant.is_enabled,
            "is_deleted": tenant.deleted.is_some(), "support_id": tenant.support_id, "client_subnets": subnets,
            "default_permissions": tenant.default_permissions, "entity_def_ids": tenant.entity_def_ids,
        }),
    }
}

/// The tenant named in the path; deleted ones are not found.
async fn addressed(tx: &mut Tx, call: &Call) -> Result<TenantRow> {
    let name = call.param("name")?;
    let found = store::find(tx, name).await?.filter(|tenant| tenant.deleted.is_none());
    found.ok_or_else(|| catalogue::no_tenant(name))
}
