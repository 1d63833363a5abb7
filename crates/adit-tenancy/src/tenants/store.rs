//! SQL on tenants.

use adit_kernel::{Error, Id, Random, Result, Timestamp, catalogue};
use adit_store::{Row, Tx, args};
use ipnet::IpNet;
use uuid::Uuid;

use crate::quotas;

/// A tenant as stored.
#[derive(Debug, Clone)]
pub struct TenantRow {
    /// The id.
    pub id: Id,
    /// The name, a label of a host name.
    pub name: String,
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
    /// Requests that name no tenant are for this one.
    pub is_default: bool,
    /// A disabled tenant answers 403.
    pub is_enabled: bool,
    /// When it was created.
    pub created: Timestamp,
    /// When its settings last changed.
    pub updated: Timestamp,
    /// When it was deleted; it can be restored.
    pub deleted: Option<Timestamp>,
    /// The organization, for tenants of a platform.
    pub account_uuid: Option<String>,
    /// The id by which a platform knows the tenant.
    pub tenant_uuid: Option<String>,
    /// The platform's environment.
    pub environment: String,
    /// What the platform calls this service.
    pub service_type: String,
    /// An id for support.
    pub support_id: Option<String>,
    /// Networks it may be used from; everywhere when empty.
    pub client_subnets: Vec<IpNet>,
    /// What a new user gets in projects open to all; unset means the built-in default.
    pub default_permissions: Option<Vec<String>>,
    /// General fields that datasets of the tenant may use.
    pub entity_def_ids: Vec<String>,
}

impl TenantRow {
    /// An enabled tenant with nothing but a name.
    pub fn new(id: Id, name: &str, now: Timestamp) -> Self {
        Self {
            id,
            name: name.to_owned(),
            title: String::new(),
            description: String::new(),
            is_default: false,
            is_enabled: true,
            created: now,
            updated: now,
            deleted: None,
            account_uuid: None,
            tenant_uuid: None,
            environment: String::new(),
            service_type: String::new(),
            support_id: None,
            client_subnets: Vec::new(),
            default_permissions: None,
            entity_def_ids: Vec::new(),
        }
    }
}

const COLUMNS: &str = "id, name, title, description, is_default, is_enabled, created_us, updated_us, deleted_us, account_uuid,
    tenant_uuid, environment, service_type, support_id, client_subnets, default_permissions, entity_def_ids";

fn tenant_of(row: &Row) -> Result<TenantRow> {
    Ok(TenantRow {
        id: row.id(0)?,
        name: row.text(1)?,
        title: row.text(2)?,
        description: row.text(3)?,
        is_default: row.flag(4)?,
        is_enabled: row.flag(5)?,
        created: row.time(6)?,
        updated: row.time(7)?,
        deleted: row.opt_int(8)?.map(Timestamp::from_micros),
        account_uuid: row.opt_text(9)?,
        tenant_uuid: row.opt_text(10)?,
        environment: row.text(11)?,
        service_type: row.text(12)?,
        support_id: row.opt_text(13)?,
        client_subnets: row.json(14)?,
        default_permissions: row.opt_text(15)?.map(|text| serde_json::from_str(&text)).transpose()?,
        entity_def_ids: row.json(16)?,
    })
}

/// The tenant of that name, id or UUID; deleted ones included.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<TenantRow>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE name = $1");
    if let Some(row) = tx.first(&sql, args![name.to_ascii_lowercase()]).await? {
        return tenant_of(&row).map(Some);
    }
    if name.len() == 16
        && let Ok(id) = name.parse::<Id>()
    {
        return by_id(tx, id).await;
    }
    let Ok(uuid) = name.parse::<Uuid>() else { return Ok(None) };
    by_uuid(tx, &uuid.to_string()).await
}

pub(super) async fn by_id(tx: &mut Tx, id: Id) -> Result<Option<TenantRow>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE id = $1");
    tx.first(&sql, args![id]).await?.as_ref().map(tenant_of).transpose()
}

pub(super) async fn by_uuid(tx: &mut Tx, uuid: &str) -> Result<Option<TenantRow>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE tenant_uuid = $1");
    tx.first(&sql, args![uuid]).await?.as_ref().map(tenant_of).transpose()
}

/// The tenant of that name, or the default tenant where no name is given.
///
/// # Errors
/// 404 for an unknown name.
pub async fn named_or_default(tx: &mut Tx, name: Option<&str>) -> Result<TenantRow> {
    if let Some(name) = name {
        return find(tx, name).await?.ok_or_else(|| catalogue::no_tenant(name));
    }
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE is_default = 1 ORDER BY created_us LIMIT 1");
    let row = tx.first(&sql, vec![]).await?;
    tenant_of(&row.ok_or_else(|| Error::internal("there is no default tenant"))?)
}

/// Whether the default tenant is and always was alone.
pub(super) async fn is_only_default(tx: &mut Tx) -> Result<bool> {
    Ok(tx.one("SELECT COUNT(*) FROM tenants", vec![]).await?.int(0)? == 1)
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<TenantRow>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE deleted_us IS NULL ORDER BY name");
    tx.all(&sql, vec![]).await?.iter().map(tenant_of).collect()
}

/// Creates the default tenant and its default project unless they exist; returns the tenant.
pub async fn create_default(tx: &mut Tx, random: &dyn Random, now: Timestamp) -> Result<Id> {
    if let Some(row) = tx.first("SELECT id FROM tenants WHERE is_default = 1", vec![]).await? {
        return row.id(0);
    }
    let tenant = TenantRow { is_default: true, ..TenantRow::new(random.id(), "default", now) };
    super::create(tx, &tenant, random, now).await?;
    Ok(tenant.id)
}

pub(super) async fn insert(tx: &mut Tx, tenant: &TenantRow) -> Result<()> {
    let sql = "INSERT INTO tenants (id, name, is_default, created_us) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![tenant.id, &tenant.name, tenant.is_default, tenant.created]).await?;
    update(tx, tenant).await
}

/// Writes every setting of the tenant.
pub(super) async fn update(tx: &mut Tx, tenant: &TenantRow) -> Result<()> {
    let sql = "UPDATE tenants SET name = $2, title = $3, description = $4, is_enabled = $5, updated_us = $6, deleted_us = $7,
        account_uuid = $8, tenant_uuid = $9, environment = $10, service_type = $11, support_id = $12, client_subnets = $13,
        default_permissions = $14, entity_def_ids = $15 WHERE id = $1";
    let values = args![
        tenant.id,
        &tenant.name,
        &tenant.title,
        &tenant.description,
        tenant.is_enabled,
        tenant.updated,
        tenant.deleted,
        tenant.account_uuid.clone(),
        tenant.tenant_uuid.clone(),
        &tenant.environment,
        &tenant.service_type,
        tenant.support_id.clone(),
        serde_json::to_string(&tenant.client_subnets)?,
        tenant.default_permissions.as_ref().map(serde_json::to_string).transpose()?,
        serde_json::to_string(&tenant.entity_def_ids)?
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Removes the tenant and everything in it.
pub(super) async fn delete(tx: &mut Tx, id: Id) -> Result<()> {
    quotas::forget_tenant(tx, id).await?;
    tx.execute("DELETE FROM tenants WHERE id = $1", args![id]).await?;
    Ok(())
}

pub(super) async fn domains(tx: &mut Tx, tenant: Id) -> Result<Vec<String>> {
    let sql = "SELECT domain FROM tenant_domains WHERE tenant_id = $1 ORDER BY ordinal";
    tx.all(sql, args![tenant]).await?.iter().map(|row| row.text(0)).collect()
}

/// The tenant that has a domain, in lower case; neither a deleted nor a disabled one.
pub async fn of_domain(tx: &mut Tx, domain: &str) -> Result<Option<Id>> {
    let sql = "SELECT t.id FROM tenant_domains d JOIN tenants t ON t.id = d.tenant_id
        WHERE d.domain = $1 AND t.is_enabled = 1 AND t.deleted_us IS NULL";
    tx.first(sql, args![domain]).await?.map(|row| row.id(0)).transpose()
}

/// Replaces the tenant's domains.
///
/// # Errors
/// 409 when another tenant has one of them.
pub(super) async fn set_domains(tx: &mut Tx, tenant: Id, domains: &[String]) -> Result<()> {
    tx.execute("DELETE FROM tenant_domains WHERE tenant_id = $1", args![tenant]).await?;
    for (ordinal, domain) in (0_i64..).zip(domains) {
        if tx.first("SELECT 1 FROM tenant_domains WHERE domain = $1", args![domain]).await?.is_some() {
            return Err(Error::conflict(format!("`domains`: `{domain}` belongs to another tenant.")));
        }
        let sql = "INSERT INTO tenant_domains (domain, tenant_id, ordinal) VALUES ($1, $2, $3)";
        tx.execute(sql, args![domain, tenant, ordinal]).await?;
    }
    Ok(())
}
