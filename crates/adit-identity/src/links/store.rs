//! SQL on one-time links.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

use crate::secret::Kept;

pub(super) async fn insert(tx: &mut Tx, kept: &Kept, user: Id, expires: Timestamp) -> Result<()> {
    let sql = "INSERT INTO one_time_links (lookup, digest, user_id, expires_us) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![&kept.lookup, kept.digest.clone(), user, expires]).await?;
    Ok(())
}

pub(super) async fn by_lookup(tx: &mut Tx, lookup: &str) -> Result<Option<(Id, Vec<u8>, Timestamp)>> {
    let row = tx.first("SELECT user_id, digest, expires_us FROM one_time_links WHERE lookup = $1", args![lookup]).await?;
    row.map(|row| Ok((row.id(0)?, row.blob(1)?, row.time(2)?))).transpose()
}

/// How many links of a user work, after those that have ended are gone.
pub(super) async fn count(tx: &mut Tx, user: Id, now: Timestamp) -> Result<i64> {
    tx.execute("DELETE FROM one_time_links WHERE user_id = $1 AND expires_us <= $2", args![user, now]).await?;
    tx.one("SELECT COUNT(*) FROM one_time_links WHERE user_id = $1", args![user]).await?.int(0)
}

pub(super) async fn delete(tx: &mut Tx, lookup: &str) -> Result<u64> {
    tx.execute("DELETE FROM one_time_links WHERE lookup = $1", args![lookup]).await
}

pub(super) async fn delete_of(tx: &mut Tx, user: Id) -> Result<()> {
    tx.execute("DELETE FROM one_time_links WHERE user_id = $1", args![user]).await?;
    Ok(())
}
