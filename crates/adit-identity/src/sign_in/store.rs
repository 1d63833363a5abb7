//! SQL on failed sign-ins, and on the last one that did not fail.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

/// How many failures there were and when the last one was. Whoever asks for the same while this transaction goes on
/// waits for its end, so that attempts at the same time are counted one after the other.
pub(super) async fn failures(tx: &mut Tx, account: &str, address: &str, now_us: i64) -> Result<(i64, i64)> {
    let sql = "INSERT INTO sign_in_failures (account, address, failures, last_us) VALUES ($1, $2, 0, $3)
        ON CONFLICT (account, address) DO UPDATE SET failures = sign_in_failures.failures RETURNING failures, last_us";
    let row = tx.one(sql, args![account, address, now_us]).await?;
    Ok((row.int(0)?, row.int(1)?))
}

pub(super) async fn set_failures(tx: &mut Tx, account: &str, address: &str, failures: i64, now_us: i64) -> Result<()> {
    let sql = "INSERT INTO sign_in_failures (account, address, failures, last_us) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account, address) DO UPDATE SET failures = excluded.failures, last_us = excluded.last_us";
    tx.execute(sql, args![account, address, failures, now_us]).await?;
    Ok(())
}

pub(super) async fn take_back(tx: &mut Tx, account: &str, address: &str) -> Result<()> {
    let sql = "UPDATE sign_in_failures SET failures = failures - 1 WHERE account = $1 AND address = $2 AND failures > 0";
    tx.execute(sql, args![account, address]).await?;
    Ok(())
}

pub(super) async fn forget(tx: &mut Tx, account: &str, address: &str) -> Result<()> {
    tx.execute("DELETE FROM sign_in_failures WHERE account = $1 AND address = $2", args![account, address]).await?;
    Ok(())
}

pub(super) async fn forget_before(tx: &mut Tx, us: i64) -> Result<()> {
    tx.execute("DELETE FROM sign_in_failures WHERE last_us < $1", args![us]).await?;
    Ok(())
}

/// Notes when a user last signed in.
pub(crate) async fn note_sign_in(tx: &mut Tx, tenant: Id, user: Id, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE users SET last_login_us = $3 WHERE tenant_id = $1 AND id = $2", args![tenant, user, now]).await?;
    Ok(())
}
