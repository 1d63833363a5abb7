//! SQL on projects.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, args};

use super::wire::Project;

/// What a new project is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewProject {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) user_auto_join: bool,
}

const COLUMNS: &str = "id, name, title, description, created_us, updated_us, user_auto_join";

fn project_of(row: &Row) -> Result<Project> {
    Ok(Project {
        id: row.id(0)?,
        name: row.text(1)?,
        title: row.text(2)?,
        description: row.text(3)?,
        created_at: row.time(4)?,
        updated_at: row.time(5)?,
        user_auto_join: row.flag(6)?,
    })
}

/// Whether a project exists in the tenant.
pub async fn exists(tx: &mut Tx, tenant: Id, name: &str) -> Result<bool> {
    Ok(tx.first("SELECT 1 FROM projects WHERE tenant_id = $1 AND name = $2", args![tenant, name]).await?.is_some())
}

pub(super) async fn all(tx: &mut Tx, tenant: Id) -> Result<Vec<Project>> {
    let sql = format!("SELECT {COLUMNS} FROM projects WHERE tenant_id = $1 ORDER BY name");
    tx.all(&sql, args![tenant]).await?.iter().map(project_of).collect()
}

pub(super) async fn by_name(tx: &mut Tx, tenant: Id, name: &str) -> Result<Option<Project>> {
    let sql = format!("SELECT {COLUMNS} FROM projects WHERE tenant_id = $1 AND name = $2");
    tx.first(&sql, args![tenant, name]).await?.as_ref().map(project_of).transpose()
}

/// Creates a project.
pub(crate) async fn insert(tx: &mut Tx, tenant: Id, id: Id, name: &str, new: &NewProject, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO projects (tenant_id, name, id, title, description, user_auto_join, created_us, updated_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    tx.execute(sql, args![tenant, name, id, &new.title, &new.description, new.user_auto_join, now]).await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, tenant: Id, project: &Project, now: Timestamp) -> Result<()> {
    let sql = "UPDATE projects SET title = $3, description = $4, user_auto_join = $5, updated_us = $6 WHERE tenant_id = $1 AND name = $2";
    let values = args![tenant, &project.name, &project.title, &project.description, project.user_auto_join, now];
    tx.execute(sql, values).await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, tenant: Id, name: &str) -> Result<()> {
    tx.execute("DELETE FROM projects WHERE tenant_id = $1 AND name = $2", args![tenant, name]).await?;
    Ok(())
}

/// How many projects the tenant has.
pub(crate) async fn count(tx: &mut Tx, tenant: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM projects WHERE tenant_id = $1", args![tenant]).await?.int(0)
}

pub(super) async fn count_users(tx: &mut Tx, tenant: Id, name: &str) -> Result<i64> {
    let sql = "SELECT COUNT(DISTINCT user_id) FROM user_permissions WHERE tenant_id = $1 AND project = $2";
    tx.one(sql, args![tenant, name]).await?.int(0)
}
