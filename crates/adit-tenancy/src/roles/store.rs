//! SQL on roles.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

/// A role of a tenant's own.
#[derive(Debug, Clone)]
pub struct RoleRow {
    /// The name, by which it is held.
    pub name: String,
    /// Held in the whole tenant, or else in a project.
    pub is_global: bool,
    /// What it grants.
    pub permissions: Vec<String>,
}

/// The roles of a tenant, by name.
pub async fn all(tx: &mut Tx, tenant: Id) -> Result<Vec<RoleRow>> {
    let sql = "SELECT name, is_global, permissions FROM roles WHERE tenant_id = $1 ORDER BY name";
    let rows = tx.all(sql, args![tenant]).await?;
    rows.iter().map(|row| Ok(RoleRow { name: row.text(0)?, is_global: row.flag(1)?, permissions: row.json(2)? })).collect()
}

pub(super) async fn set(tx: &mut Tx, tenant: Id, role: &RoleRow, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO roles (tenant_id, name, is_global, permissions, updated_us) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, name) DO UPDATE SET permissions = excluded.permissions, updated_us = excluded.updated_us";
    tx.execute(sql, args![tenant, &role.name, role.is_global, serde_json::to_string(&role.permissions)?, now]).await?;
    Ok(())
}

/// Removes a role; whoever held it keeps the name, which then grants nothing. False when there was none.
pub async fn delete(tx: &mut Tx, tenant: Id, name: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM roles WHERE tenant_id = $1 AND name = $2", args![tenant, name]).await? > 0)
}
