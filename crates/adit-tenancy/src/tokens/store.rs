//! SQL on tokens.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, args};

use super::Holder;

/// What may be shown of a token.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// Whose it is.
    pub user_id: Id,
    /// The user's name.
    pub username: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// When it was last used, to ten minutes.
    pub last_used: Option<Timestamp>,
}

pub(super) struct Stored {
    pub(super) holder: Holder,
    pub(super) digest: Vec<u8>,
    pub(super) expires: Option<Timestamp>,
}

pub(super) async fn set(
    tx: &mut Tx,
    user: Id,
    lookup: &str,
    digest: &[u8],
    now: Timestamp,
    expires: Option<Timestamp>,
) -> Result<()> {
    let sql = "INSERT INTO tokens (user_id, lookup, digest, created_us, expires_us) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id) DO UPDATE SET lookup = excluded.lookup, digest = excluded.digest, created_us = excluded.created_us,
            expires_us = excluded.expires_us, last_used_us = NULL";
    tx.execute(sql, args![user, lookup, digest, now, expires]).await?;
    Ok(())
}

pub(super) async fn by_lookup(tx: &mut Tx, lookup: &str) -> Result<Option<Stored>> {
    let sql = "SELECT user_id, digest, expires_us, last_used_us FROM tokens WHERE lookup = $1";
    let row = tx.first(sql, args![lookup]).await?;
    row.map(|row| {
        Ok(Stored {
            holder: Holder { user_id: row.id(0)?, last_used: opt_time(&row, 3)? },
            digest: row.blob(1)?,
            expires: opt_time(&row, 2)?,
        })
    })
    .transpose()
}

pub(super) async fn touch(tx: &mut Tx, user: Id, now: Timestamp, before: Timestamp) -> Result<()> {
    let sql = "UPDATE tokens SET last_used_us = $2 WHERE user_id = $1 AND (last_used_us IS NULL OR last_used_us <= $3)";
    tx.execute(sql, args![user, now, before]).await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, user: Id) -> Result<bool> {
    Ok(tx.execute("DELETE FROM tokens WHERE user_id = $1", args![user]).await? > 0)
}

/// Whose a token was that was taken away.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The user's tenant.
    pub tenant_id: Id,
    /// The user, who may be gone.
    pub user_id: Id,
    /// Its name then.
    pub username: String,
    /// Its address then.
    pub email: String,
}

/// Copies a user's token to those that count no more.
pub(super) async fn remember_ended(tx: &mut Tx, user: Id, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO ended_tokens (lookup, digest, tenant_id, user_id, username, email, ended_us)
        SELECT tokens.lookup, tokens.digest, users.tenant_id, users.id, users.username, users.email, $2
        FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.user_id = $1
        ON CONFLICT (lookup) DO UPDATE SET ended_us = excluded.ended_us";
    tx.execute(sql, args![user, now]).await?;
    Ok(())
}

/// A token that counts no more, with its digest.
pub(super) async fn ended_by_lookup(tx: &mut Tx, lookup: &str) -> Result<Option<(Vec<u8>, Ended)>> {
    let sql = "SELECT digest, tenant_id, user_id, username, email FROM ended_tokens WHERE lookup = $1";
    let row = tx.first(sql, args![lookup]).await?;
    row.map(|row| {
        let ended = Ended { tenant_id: row.id(1)?, user_id: row.id(2)?, username: row.text(3)?, email: row.text(4)? };
        Ok((row.blob(0)?, ended))
    })
    .transpose()
}

pub(super) async fn forget_ended(tx: &mut Tx, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM ended_tokens WHERE ended_us < $1", args![before]).await?;
    Ok(())
}

const COLUMNS: &str = "users.id, users.username, tokens.created_us, tokens.expires_us, tokens.last_used_us";

/// The tokens of a tenant, by user name, without anything that could be used.
pub async fn all(tx: &mut Tx, tenant: Id) -> Result<Vec<TokenRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tokens JOIN users ON users.id = tokens.user_id WHERE users.tenant_id = $1 ORDER BY users.username"
    );
    tx.all(&sql, args![tenant]).await?.iter().map(token_of).collect()
}

/// A user's token, without anything that could be used.
pub async fn of_user(tx: &mut Tx, tenant: Id, user: Id) -> Result<Option<TokenRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tokens JOIN users ON users.id = tokens.user_id WHERE users.tenant_id = $1 AND users.id = $2"
    );
    tx.first(&sql, args![tenant, user]).await?.as_ref().map(token_of).transpose()
}

fn token_of(row: &Row) -> Result<TokenRow> {
    Ok(TokenRow {
        user_id: row.id(0)?,
        username: row.text(1)?,
        created: row.time(2)?,
        expires: opt_time(row, 3)?,
        last_used: opt_time(row, 4)?,
    })
}

fn opt_time(row: &Row, column: usize) -> Result<Option<Timestamp>> {
    Ok(row.opt_int(column)?.map(Timestamp::from_micros))
}
