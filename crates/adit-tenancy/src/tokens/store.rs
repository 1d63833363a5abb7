//! SQL on tokens.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

pub(super) async fn set(tx: &mut Tx, user: Id, lookup: &str, digest: &[u8], now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO tokens (user_id, lookup, digest, created_us) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id) DO UPDATE SET lookup = excluded.lookup, digest = excluded.digest, created_us = excluded.created_us";
    tx.execute(sql, args![user, lookup, digest, now]).await?;
    Ok(())
}

pub(super) async fn by_lookup(tx: &mut Tx, lookup: &str) -> Result<Option<(Id, Vec<u8>)>> {
    let row = tx.first("SELECT user_id, digest FROM tokens WHERE lookup = $1", args![lookup]).await?;
    row.map(|row| Ok((row.id(0)?, row.blob(1)?))).transpose()
}
