//! SQL on tenants.

use adit_kernel::{Error, Id, Random, Result, Timestamp};
use adit_store::{Tx, args};

use super::DEFAULT_PROJECT;
use crate::projects;

/// The tenant of that name, or else the default tenant.
pub async fn named_or_default(tx: &mut Tx, name: Option<&str>) -> Result<Id> {
    if let Some(name) = name
        && let Some(row) = tx.first("SELECT id FROM tenants WHERE name = $1", args![name]).await?
    {
        return row.id(0);
    }
    let row = tx.first("SELECT id FROM tenants WHERE is_default = 1 ORDER BY created_us LIMIT 1", vec![]).await?;
    row.ok_or_else(|| Error::internal("there is no default tenant"))?.id(0)
}

/// Creates the default tenant and its default project unless they exist; returns the tenant.
pub async fn create_default(tx: &mut Tx, random: &dyn Random, now: Timestamp) -> Result<Id> {
    if let Some(row) = tx.first("SELECT id FROM tenants WHERE is_default = 1", vec![]).await? {
        return row.id(0);
    }
    let id = random.id();
    let sql = "INSERT INTO tenants (id, name, is_default, created_us) VALUES ($1, $2, 1, $3)";
    tx.execute(sql, args![id, "default", now]).await?;
    let project = projects::NewProject { title: "Default project".into(), description: String::new(), user_auto_join: true };
    projects::insert(tx, id, random.id(), DEFAULT_PROJECT, &project, now).await?;
    Ok(id)
}
