//! SQL on second factors.

use adit_kernel::{Id, Result};
use adit_store::seal::Sealed;
use adit_store::{Tx, args};

/// Where the secrets shared with devices lie sealed.
pub(crate) const SECRET: Sealed = Sealed { table: "second_factors", column: "sealed", id: "user_id" };

/// A second factor as stored.
pub(super) struct Factor {
    pub(super) user_id: Id,
    pub(super) sealed: Vec<u8>,
    pub(super) is_confirmed: bool,
}

pub(super) async fn of_user(tx: &mut Tx, user: Id) -> Result<Option<Factor>> {
    let row = tx.first("SELECT user_id, sealed, is_confirmed FROM second_factors WHERE user_id = $1", args![user]).await?;
    row.map(|row| Ok(Factor { user_id: row.id(0)?, sealed: row.blob(1)?, is_confirmed: row.flag(2)? })).transpose()
}

/// Keeps a secret that is not confirmed yet.
pub(super) async fn begin(tx: &mut Tx, user: Id, sealed: Vec<u8>) -> Result<()> {
    let sql = "INSERT INTO second_factors (user_id, sealed, is_confirmed, last_step) VALUES ($1, $2, 0, 0)
        ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0";
    tx.execute(sql, args![user, sealed]).await?;
    Ok(())
}

/// Uses a step up: 1 if it is later than every step before it.
pub(super) async fn use_step(tx: &mut Tx, user: Id, step: i64) -> Result<u64> {
    tx.execute("UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2", args![user, step]).await
}

pub(super) async fn confirm(tx: &mut Tx, user: Id, recovery_digests: Vec<String>) -> Result<()> {
    tx.execute("UPDATE second_factors SET is_confirmed = 1 WHERE user_id = $1", args![user]).await?;
    for digest in recovery_digests {
        tx.execute("INSERT INTO recovery_codes (user_id, digest) VALUES ($1, $2)", args![user, digest]).await?;
    }
    Ok(())
}

pub(super) async fn use_recovery_code(tx: &mut Tx, user: Id, digest: &str) -> Result<u64> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1 AND digest = $2", args![user, digest]).await
}

pub(super) async fn remove(tx: &mut Tx, user: Id) -> Result<bool> {
    Ok(tx.execute("DELETE FROM second_factors WHERE user_id = $1", args![user]).await? > 0)
}
