//! SQL on external applications.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, args};

/// An application as stored.
#[derive(Debug, Clone)]
pub struct ApplicationRow {
    /// The user that stands for it.
    pub user_id: Id,
    /// Its tenant.
    pub tenant_id: Id,
    /// The id by which it authenticates.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// The scopes it may ask for.
    pub scopes: Vec<String>,
    /// When it was registered.
    pub created: Timestamp,
    /// Whether its user is disabled.
    pub is_disabled: bool,
}

/// One of an application's secrets.
#[derive(Debug, Clone)]
pub struct SecretRow {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub user_id: Id,
    /// The digest.
    pub digest: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends, if it was rotated out.
    pub expires: Option<Timestamp>,
    /// When it last obtained a token.
    pub last_used: Option<Timestamp>,
}

impl SecretRow {
    /// Whether it still counts.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}

const APPLICATION: &str = "SELECT applications.user_id, applications.tenant_id, applications.client_id, users.username,
        applications.scopes, users.created_us, users.is_disabled
    FROM applications JOIN users ON users.id = applications.user_id";

fn application_of(row: &Row) -> Result<ApplicationRow> {
    Ok(ApplicationRow {
        user_id: row.id(0)?,
        tenant_id: row.id(1)?,
        client_id: row.text(2)?,
        name: row.text(3)?,
        scopes: row.json(4)?,
        created: row.time(5)?,
        is_disabled: row.flag(6)?,
    })
}

pub(super) async fn insert(tx: &mut Tx, tenant: Id, user: Id, client_id: &str, scopes: &[String]) -> Result<()> {
    let sql = "INSERT INTO applications (user_id, tenant_id, client_id, scopes) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![user, tenant, client_id, serde_json::to_string(scopes)?]).await?;
    Ok(())
}

pub(super) async fn all(tx: &mut Tx, tenant: Id) -> Result<Vec<ApplicationRow>> {
    let sql = format!("{APPLICATION} WHERE applications.tenant_id = $1 ORDER BY users.username");
    tx.all(&sql, args![tenant]).await?.iter().map(application_of).collect()
}

/// The application of that client id, in whatever tenant: the id is what tells the tenant.
pub(crate) async fn by_client_id(tx: &mut Tx, client_id: &str) -> Result<Option<ApplicationRow>> {
    let sql = format!("{APPLICATION} WHERE applications.client_id = $1");
    tx.first(&sql, args![client_id]).await?.as_ref().map(application_of).transpose()
}

/// The application that a user stands for.
pub(crate) async fn by_user(tx: &mut Tx, tenant: Id, user: Id) -> Result<Option<ApplicationRow>> {
    let sql = format!("{APPLICATION} WHERE applications.tenant_id = $1 AND applications.user_id = $2");
    tx.first(&sql, args![tenant, user]).await?.as_ref().map(application_of).transpose()
}

/// Deletes the application together with its user, roles and secrets.
pub(super) async fn delete(tx: &mut Tx, tenant: Id, user: Id) -> Result<()> {
    tx.execute("DELETE FROM users WHERE tenant_id = $1 AND id = $2 AND kind = 'application'", args![tenant, user]).await?;
    Ok(())
}

const SECRET: &str = "SELECT id, user_id, digest, created_us, expires_us, last_used_us FROM application_secrets";

fn secret_of(row: &Row) -> Result<SecretRow> {
    Ok(SecretRow {
        id: row.id(0)?,
        user_id: row.id(1)?,
        digest: row.blob(2)?,
        created: row.time(3)?,
        expires: row.opt_int(4)?.map(Timestamp::from_micros),
        last_used: row.opt_int(5)?.map(Timestamp::from_micros),
    })
}

/// An application's secrets, the newest first.
pub(crate) async fn secrets_of(tx: &mut Tx, user: Id) -> Result<Vec<SecretRow>> {
    let sql = format!("{SECRET} WHERE user_id = $1 ORDER BY created_us DESC, id");
    tx.all(&sql, args![user]).await?.iter().map(secret_of).collect()
}

/// One secret.
pub(crate) async fn secret_by_id(tx: &mut Tx, id: Id) -> Result<Option<SecretRow>> {
    tx.first(&format!("{SECRET} WHERE id = $1"), args![id]).await?.as_ref().map(secret_of).transpose()
}

pub(super) async fn insert_secret(tx: &mut Tx, id: Id, user: Id, digest: Vec<u8>, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO application_secrets (id, user_id, digest, created_us) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![id, user, digest, now]).await?;
    Ok(())
}

/// Lets the secrets of an application end at `at` unless they end sooner; those that have ended go.
pub(super) async fn retire_secrets(tx: &mut Tx, user: Id, at: Timestamp, now: Timestamp) -> Result<()> {
    let sql = "UPDATE application_secrets SET expires_us = $2 WHERE user_id = $1 AND (expires_us IS NULL OR expires_us > $2)";
    tx.execute(sql, args![user, at]).await?;
    tx.execute("DELETE FROM application_secrets WHERE user_id = $1 AND expires_us <= $2", args![user, now]).await?;
    Ok(())
}

/// Notes that a secret obtained a token.
pub(crate) async fn touch_secret(tx: &mut Tx, id: Id, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE application_secrets SET last_used_us = $2 WHERE id = $1", args![id, now]).await?;
    Ok(())
}
