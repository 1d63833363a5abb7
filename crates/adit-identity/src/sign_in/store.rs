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

/// Uses one share of an address's budget; until when it is used then, or `None` when there is no room.
pub(super) async fn use_budget(tx: &mut Tx, address: &str, now_us: i64, share_us: i64, whole_us: i64) -> Result<Option<i64>> {
    let sql = "INSERT INTO attempt_budgets (address, used_until_us) VALUES ($1, $2)
        ON CONFLICT (address) DO UPDATE SET used_until_us =
            CASE WHEN attempt_budgets.used_until_us > $3 THEN attempt_budgets.used_until_us + $4 ELSE excluded.used_until_us END
        WHERE attempt_budgets.used_until_us <= $5 RETURNING used_until_us";
    let latest = now_us.saturating_add(whole_us).saturating_sub(share_us);
    let row = tx.first(sql, args![address, now_us.saturating_add(share_us), now_us, share_us, latest]).await?;
    row.map(|row| row.int(0)).transpose()
}

/// Until when an address's budget is used.
pub(super) async fn used_until(tx: &mut Tx, address: &str) -> Result<i64> {
    tx.one("SELECT used_until_us FROM attempt_budgets WHERE address = $1", args![address]).await?.int(0)
}

/// Drops the rows of addresses that have their whole budget back.
pub(super) async fn forget_full(tx: &mut Tx, now_us: i64) -> Result<()> {
    tx.execute("DELETE FROM attempt_budgets WHERE used_until_us < $1", args![now_us]).await?;
    Ok(())
}

/// Notes when a user last signed in.
pub(crate) async fn note_sign_in(tx: &mut Tx, tenant: Id, user: Id, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE users SET last_login_us = $3 WHERE tenant_id = $1 AND id = $2", args![tenant, user, now]).await?;
    Ok(())
}
