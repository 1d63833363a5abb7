//! SQL on users and their permissions.

use std::collections::BTreeMap;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, args};

/// A user as stored.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// The id.
    pub id: Id,
    /// The name to sign in with.
    pub username: String,
    /// The address.
    pub email: String,
    /// Global permissions as granted.
    pub global_permissions: Vec<String>,
    /// A disabled user's tokens do not work.
    pub is_disabled: bool,
    /// When the user was created.
    pub created: Timestamp,
    /// When the user last signed in.
    pub last_login: Option<Timestamp>,
}

const COLUMNS: &str = "id, username, email, global_permissions, is_disabled, created_us, last_login_us";

fn user_of(row: &Row) -> Result<UserRow> {
    Ok(UserRow {
        id: row.id(0)?,
        username: row.text(1)?,
        email: row.text(2)?,
        global_permissions: row.json(3)?,
        is_disabled: row.flag(4)?,
        created: row.time(5)?,
        last_login: row.opt_int(6)?.map(Timestamp::from_micros),
    })
}

pub(super) async fn by_id(tx: &mut Tx, tenant: Id, id: Id) -> Result<Option<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE tenant_id = $1 AND id = $2");
    tx.first(&sql, args![tenant, id]).await?.as_ref().map(user_of).transpose()
}

/// The user of that name in the tenant.
pub async fn by_username(tx: &mut Tx, tenant: Id, username: &str) -> Result<Option<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE tenant_id = $1 AND username = $2");
    tx.first(&sql, args![tenant, username]).await?.as_ref().map(user_of).transpose()
}

/// Creates a user.
pub async fn insert(tx: &mut Tx, tenant: Id, user: &UserRow) -> Result<()> {
    let sql = "INSERT INTO users (id, tenant_id, username, email, global_permissions, is_disabled, created_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let permissions = serde_json::to_string(&user.global_permissions)?;
    tx.execute(sql, args![user.id, tenant, &user.username, &user.email, permissions, user.is_disabled, user.created]).await?;
    Ok(())
}

/// Grants permissions in a project; those already held stay.
pub async fn grant(tx: &mut Tx, tenant: Id, user: Id, project: &str, permissions: &[&str]) -> Result<()> {
    let sql = "INSERT INTO user_permissions (user_id, tenant_id, project, permission, ordinal) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, project, permission) DO NOTHING";
    for (n, permission) in (0_i64..).zip(permissions) {
        tx.execute(sql, args![user, tenant, project, *permission, n]).await?;
    }
    Ok(())
}

/// Permissions as granted, by project.
pub(super) async fn permissions_of(tx: &mut Tx, user: Id) -> Result<BTreeMap<String, Vec<String>>> {
    let sql = "SELECT project, permission FROM user_permissions WHERE user_id = $1 ORDER BY project, ordinal, permission";
    let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in tx.all(sql, args![user]).await? {
        held.entry(row.text(0)?).or_default().push(row.text(1)?);
    }
    Ok(held)
}

/// Projects open to every user of the tenant.
pub(super) async fn auto_joined(tx: &mut Tx, tenant: Id) -> Result<Vec<String>> {
    let sql = "SELECT name FROM projects WHERE tenant_id = $1 AND user_auto_join = 1";
    tx.all(sql, args![tenant]).await?.iter().map(|row| row.text(0)).collect()
}
