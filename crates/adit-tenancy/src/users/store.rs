//! SQL on users and their permissions.

use std::collections::{BTreeMap, HashMap};

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

/// The user of that id in the tenant.
pub async fn by_id(tx: &mut Tx, tenant: Id, id: Id) -> Result<Option<UserRow>> {
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
        ON CONFLICT (tenant_id, user_id, project, permission) DO NOTHING";
    for (n, permission) in (0_i64..).zip(permissions) {
        tx.execute(sql, args![user, tenant, project, *permission, n]).await?;
    }
    Ok(())
}

/// Permissions as granted, by project.
pub(super) async fn permissions_of(tx: &mut Tx, tenant: Id, user: Id) -> Result<BTreeMap<String, Vec<String>>> {
    let sql = "SELECT project, permission FROM user_permissions WHERE tenant_id = $1 AND user_id = $2
        ORDER BY project, ordinal, permission";
    let mut held: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in tx.all(sql, args![tenant, user]).await? {
        held.entry(row.text(0)?).or_default().push(row.text(1)?);
    }
    Ok(held)
}

/// Permissions as granted, by user and project.
pub(super) async fn all_permissions(tx: &mut Tx, tenant: Id) -> Result<HashMap<Id, BTreeMap<String, Vec<String>>>> {
    let sql = "SELECT user_id, project, permission FROM user_permissions WHERE tenant_id = $1
        ORDER BY user_id, project, ordinal, permission";
    let mut held: HashMap<Id, BTreeMap<String, Vec<String>>> = HashMap::new();
    for row in tx.all(sql, args![tenant]).await? {
        held.entry(row.id(0)?).or_default().entry(row.text(1)?).or_default().push(row.text(2)?);
    }
    Ok(held)
}

/// Replaces the permissions in one project.
pub(super) async fn set_in_project(tx: &mut Tx, tenant: Id, user: Id, project: &str, permissions: &[String]) -> Result<()> {
    let sql = "DELETE FROM user_permissions WHERE tenant_id = $1 AND user_id = $2 AND project = $3";
    tx.execute(sql, args![tenant, user, project]).await?;
    let permissions: Vec<&str> = permissions.iter().map(String::as_str).collect();
    grant(tx, tenant, user, project, &permissions).await
}

/// Projects open to every user of the tenant.
pub(super) async fn auto_joined(tx: &mut Tx, tenant: Id) -> Result<Vec<String>> {
    let sql = "SELECT name FROM projects WHERE tenant_id = $1 AND user_auto_join = 1";
    tx.all(sql, args![tenant]).await?.iter().map(|row| row.text(0)).collect()
}

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// Somebody who may sign in.
    Person,
    /// A program with credentials of its own.
    Application,
}

/// What stands beside the rights that administrators grant.
pub(super) struct Beside {
    pub(super) kind: UserKind,
    pub(super) global: Vec<String>,
    pub(super) projects: BTreeMap<String, Vec<String>>,
}

#[derive(serde::Serialize, serde::Deserialize, Default)]
struct SsoPermissions {
    #[serde(default)]
    global: Vec<String>,
    #[serde(default)]
    projects: BTreeMap<String, Vec<String>>,
}

impl Beside {
    /// A person whom no identity provider grants anything.
    pub(super) fn nothing() -> Self {
        Self { kind: UserKind::Person, global: Vec::new(), projects: BTreeMap::new() }
    }
}

fn beside_of(kind: &str, sso: SsoPermissions) -> Beside {
    let kind = if kind == "application" { UserKind::Application } else { UserKind::Person };
    Beside { kind, global: sso.global, projects: sso.projects }
}

/// The user's kind and what its identity provider grants. A support user brings nothing along from its own tenant.
pub(super) async fn sso_permissions(tx: &mut Tx, tenant: Id, user: Id) -> Result<Beside> {
    let sql = "SELECT kind, sso_permissions FROM users WHERE tenant_id = $1 AND id = $2";
    match tx.first(sql, args![tenant, user]).await? {
        Some(row) => Ok(beside_of(&row.text(0)?, row.json(1)?)),
        None => Ok(Beside::nothing()),
    }
}

/// The same of every user of the tenant.
pub(super) async fn all_beside(tx: &mut Tx, tenant: Id) -> Result<HashMap<Id, Beside>> {
    let rows = tx.all("SELECT id, kind, sso_permissions FROM users WHERE tenant_id = $1", args![tenant]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, beside_of(&row.text(1)?, row.json(2)?)))).collect()
}

/// Replaces what the user's identity provider grants.
pub async fn set_sso_permissions(
    tx: &mut Tx,
    tenant: Id,
    user: Id,
    global: Vec<String>,
    projects: BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let stored = serde_json::to_string(&SsoPermissions { global, projects })?;
    tx.execute("UPDATE users SET sso_permissions = $3 WHERE tenant_id = $1 AND id = $2", args![tenant, user, stored]).await?;
    Ok(())
}

/// Lets a user in no more, or again. Its credentials stay, and count with the next request or no more.
pub async fn set_disabled(tx: &mut Tx, tenant: Id, user: Id, is_disabled: bool) -> Result<()> {
    tx.execute("UPDATE users SET is_disabled = $3 WHERE tenant_id = $1 AND id = $2", args![tenant, user, is_disabled]).await?;
    Ok(())
}

/// Says what a user is.
pub async fn set_kind(tx: &mut Tx, tenant: Id, user: Id, kind: UserKind) -> Result<()> {
    let name = match kind {
        UserKind::Person => "person",
        UserKind::Application => "application",
    };
    tx.execute("UPDATE users SET kind = $3 WHERE tenant_id = $1 AND id = $2", args![tenant, user, name]).await?;
    Ok(())
}

/// The users of the tenant, by name.
pub(super) async fn all(tx: &mut Tx, tenant: Id) -> Result<Vec<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE tenant_id = $1 ORDER BY username");
    tx.all(&sql, args![tenant]).await?.iter().map(user_of).collect()
}

/// The users with this address, however it is capitalized.
pub(super) async fn by_email(tx: &mut Tx, tenant: Id, email: &str) -> Result<Vec<UserRow>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE tenant_id = $1 AND lower(email) = lower($2) ORDER BY created_us");
    tx.all(&sql, args![tenant, email]).await?.iter().map(user_of).collect()
}

/// How many users the tenant has; users of other tenants do not count.
pub(crate) async fn count(tx: &mut Tx, tenant: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM users WHERE tenant_id = $1", args![tenant]).await?.int(0)
}

pub(super) async fn set_global(tx: &mut Tx, tenant: Id, user: Id, permissions: &[String]) -> Result<()> {
    let stored = serde_json::to_string(permissions)?;
    tx.execute("UPDATE users SET global_permissions = $3 WHERE tenant_id = $1 AND id = $2", args![tenant, user, stored]).await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, tenant: Id, user: Id) -> Result<()> {
    tx.execute("DELETE FROM users WHERE tenant_id = $1 AND id = $2", args![tenant, user]).await?;
    Ok(())
}

/// Users of other tenants who may enter this one, with the global permissions they have here.
pub(super) async fn support_users(tx: &mut Tx, tenant: Id) -> Result<Vec<UserRow>> {
    let sql = "SELECT u.id, u.username, u.email, s.global_permissions, u.is_disabled, u.created_us, u.last_login_us
        FROM support_users s JOIN users u ON u.id = s.user_id JOIN tenants t ON t.id = u.tenant_id
        WHERE s.tenant_id = $1 AND t.is_enabled = 1 AND t.deleted_us IS NULL ORDER BY u.username";
    tx.all(sql, args![tenant]).await?.iter().map(user_of).collect()
}

pub(super) async fn support_user(tx: &mut Tx, tenant: Id, user: Id) -> Result<Option<UserRow>> {
    let sql = "SELECT u.id, u.username, u.email, s.global_permissions, u.is_disabled, u.created_us, u.last_login_us
        FROM support_users s JOIN users u ON u.id = s.user_id JOIN tenants t ON t.id = u.tenant_id
        WHERE s.tenant_id = $1 AND s.user_id = $2 AND t.is_enabled = 1 AND t.deleted_us IS NULL";
    tx.first(sql, args![tenant, user]).await?.as_ref().map(user_of).transpose()
}

pub(super) async fn add_support(tx: &mut Tx, tenant: Id, user: Id, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO support_users (tenant_id, user_id, global_permissions, created_us) VALUES ($1, $2, '[]', $3)
        ON CONFLICT (tenant_id, user_id) DO NOTHING";
    tx.execute(sql, args![tenant, user, now]).await?;
    Ok(())
}

pub(super) async fn set_support_global(tx: &mut Tx, tenant: Id, user: Id, permissions: &[String]) -> Result<()> {
    let sql = "UPDATE support_users SET global_permissions = $3 WHERE tenant_id = $1 AND user_id = $2";
    tx.execute(sql, args![tenant, user, serde_json::to_string(permissions)?]).await?;
    Ok(())
}

/// Ends a support user's access; false when there was none.
pub(super) async fn remove_support(tx: &mut Tx, tenant: Id, user: Id) -> Result<bool> {
    tx.execute("DELETE FROM user_permissions WHERE tenant_id = $1 AND user_id = $2", args![tenant, user]).await?;
    Ok(tx.execute("DELETE FROM support_users WHERE tenant_id = $1 AND user_id = $2", args![tenant, user]).await? > 0)
}

/// Makes other writers of the same tenant's users wait until this transaction ends, so that no two of them can each
/// take away the last administrator but one.
pub(super) async fn lock(tx: &mut Tx, tenant: Id) -> Result<()> {
    tx.execute("UPDATE tenants SET updated_us = updated_us WHERE id = $1", args![tenant]).await?;
    Ok(())
}
