//! SQL on browsers that know somebody.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

use crate::secret::Kept;

pub(super) async fn by_lookup(tx: &mut Tx, lookup: &str) -> Result<Option<(Id, Vec<u8>, Timestamp)>> {
    let row = tx.first("SELECT user_id, digest, made_us FROM known_devices WHERE lookup = $1", args![lookup]).await?;
    row.map(|row| Ok((row.id(0)?, row.blob(1)?, row.time(2)?))).transpose()
}

pub(super) async fn insert(tx: &mut Tx, kept: &Kept, user: Id, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO known_devices (lookup, digest, user_id, made_us) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![&kept.lookup, kept.digest.clone(), user, now]).await?;
    Ok(())
}

/// Forgets the browsers of a user that are too old, and all but the newest `most`.
pub(super) async fn forget_older(tx: &mut Tx, user: Id, before: Timestamp, most: i64) -> Result<()> {
    tx.execute("DELETE FROM known_devices WHERE user_id = $1 AND made_us < $2", args![user, before]).await?;
    let sql = "DELETE FROM known_devices WHERE user_id = $1 AND lookup NOT IN
        (SELECT lookup FROM known_devices WHERE user_id = $1 ORDER BY made_us DESC, lookup LIMIT $2)";
    tx.execute(sql, args![user, most]).await?;
    Ok(())
}

/// Forgets all browsers of a user.
pub(crate) async fn forget_all(tx: &mut Tx, user: Id) -> Result<()> {
    tx.execute("DELETE FROM known_devices WHERE user_id = $1", args![user]).await?;
    Ok(())
}
