//! SQL on sessions.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, args};

use crate::secret::Kept;

/// A session as stored.
#[derive(Debug, Clone)]
pub(crate) struct SessionRow {
    pub(crate) id: Id,
    pub(crate) user_id: Id,
    pub(crate) is_host_bound: bool,
    pub(crate) created: Timestamp,
    pub(crate) seen: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) address: String,
    pub(crate) agent: String,
}

const COLUMNS: &str = "id, user_id, is_host_bound, created_us, seen_us, expires_us, address, agent";

fn session_of(row: &Row) -> Result<SessionRow> {
    Ok(SessionRow {
        id: row.id(0)?,
        user_id: row.id(1)?,
        is_host_bound: row.flag(2)?,
        created: row.time(3)?,
        seen: row.time(4)?,
        expires: row.time(5)?,
        address: row.text(6)?,
        agent: row.text(7)?,
    })
}

pub(super) async fn insert(tx: &mut Tx, row: &SessionRow, kept: &Kept) -> Result<()> {
    let sql = "INSERT INTO sessions (id, user_id, is_host_bound, created_us, seen_us, expires_us, address, agent, lookup, digest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values = args![
        row.id,
        row.user_id,
        row.is_host_bound,
        row.created,
        row.seen,
        row.expires,
        &row.address,
        &row.agent,
        &kept.lookup,
        kept.digest.clone()
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

pub(super) async fn by_lookup(tx: &mut Tx, lookup: &str) -> Result<Option<(SessionRow, Vec<u8>)>> {
    let row = tx.first(&format!("SELECT {COLUMNS}, digest FROM sessions WHERE lookup = $1"), args![lookup]).await?;
    row.map(|row| Ok((session_of(&row)?, row.blob(8)?))).transpose()
}

/// A user's sessions, the latest first.
pub(super) async fn of_user(tx: &mut Tx, user: Id) -> Result<Vec<SessionRow>> {
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE user_id = $1 ORDER BY seen_us DESC, id");
    tx.all(&sql, args![user]).await?.iter().map(session_of).collect()
}

/// Ends one session of a user.
pub(super) async fn end(tx: &mut Tx, user: Id, id: Id) -> Result<bool> {
    Ok(tx.execute("DELETE FROM sessions WHERE user_id = $1 AND id = $2", args![user, id]).await? > 0)
}

/// Ends all sessions of a user but one.
pub(crate) async fn end_all(tx: &mut Tx, user: Id, but: Option<Id>) -> Result<()> {
    let but = but.unwrap_or(Id::new(0));
    tx.execute("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", args![user, but]).await?;
    Ok(())
}

/// Drops sessions that have ended.
pub(super) async fn delete_ended(tx: &mut Tx, now: Timestamp, idle_since: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE expires_us <= $1 OR seen_us <= $2", args![now, idle_since]).await?;
    Ok(())
}

/// Writes the time of the last request.
pub(crate) async fn touch(tx: &mut Tx, id: Id, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE sessions SET seen_us = $2 WHERE id = $1 AND seen_us < $2", args![id, now]).await?;
    Ok(())
}
