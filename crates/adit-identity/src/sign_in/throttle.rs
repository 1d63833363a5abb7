//! Guessing gets slower per account and address. A stranger's failures never stand in the way of the owner, who comes
//! from another address; and an attempt counts before it is judged, so that many at once count as many.

use adit_kernel::{Id, Result, catalogue};
use adit_store::Env;

use super::store;
use crate::secret;

/// So many failures cost nothing.
const FREE: i64 = 5;
/// The same for wrong codes of one account from all addresses together.
const FREE_EVERYWHERE: i64 = 50;
/// Stands in the place of an address where all count together.
const EVERYWHERE: &str = "everywhere";
/// The longest wait, in seconds.
const LONGEST: i64 = 900;
/// Failures are forgotten after a day.
const MEMORY_MICROS: i64 = 24 * 3_600_000_000;

/// What stands for an account, whether it exists or not.
pub(crate) fn account(tenant: Id, username: &str) -> String {
    secret::kept(&format!("{tenant} {}", username.trim().to_lowercase())).lookup
}

/// Seconds to wait after so many failures, of which the first cost nothing.
fn wait_after(failures: i64, free: i64) -> i64 {
    if failures < free {
        0
    } else {
        1_i64.checked_shl(u32::try_from(failures - free).unwrap_or(63).min(20)).unwrap_or(LONGEST).min(LONGEST)
    }
}

/// Counts an attempt as a failure until [`forgive`] says otherwise.
///
/// # Errors
/// 429 while the wait after the failures before it lasts.
pub(crate) async fn charge(env: &Env, account: &str, address: &str) -> Result<()> {
    charge_beyond(env, account, address, FREE).await
}

/// The same for a code, from whatever address: who knows the password could otherwise try all codes from many. Strangers
/// cannot keep the owner out by it, because they do not know the password.
///
/// # Errors
/// 429 while the wait lasts.
pub(crate) async fn charge_code(env: &Env, account: &str) -> Result<()> {
    charge_beyond(env, account, EVERYWHERE, FREE_EVERYWHERE).await
}

/// Forgets the wrong codes of an account.
pub(crate) async fn forgive_codes(env: &Env, account: &str) -> Result<()> {
    forgive(env, account, EVERYWHERE).await
}

async fn charge_beyond(env: &Env, account: &str, address: &str, free: i64) -> Result<()> {
    let now = env.now();
    let mut tx = env.begin().await?;
    let (failures, last) = store::failures(&mut tx, account, address, now.micros()).await?;
    let failures = if now.micros() - last > MEMORY_MICROS { 0 } else { failures };
    let left = last + wait_after(failures, free) * 1_000_000 - now.micros();
    if failures >= free && left > 0 {
        return Err(catalogue::too_often("sign-ins", u64::try_from(left / 1_000_000 + 1).unwrap_or(1)));
    }
    store::set_failures(&mut tx, account, address, failures + 1, now.micros()).await?;
    store::forget_before(&mut tx, now.micros() - MEMORY_MICROS).await?;
    tx.commit().await
}

/// Takes back what one attempt was charged.
pub(crate) async fn refund(env: &Env, account: &str, address: &str) -> Result<()> {
    let mut tx = env.begin().await?;
    store::take_back(&mut tx, account, address).await?;
    tx.commit().await
}

/// Forgets the failures of an account from an address, after a success.
pub(crate) async fn forgive(env: &Env, account: &str, address: &str) -> Result<()> {
    let mut tx = env.begin().await?;
    store::forget(&mut tx, account, address).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::{FREE, LONGEST, account, wait_after};
    use adit_kernel::Id;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let waits: Vec<i64> = (3..9).map(|failures| wait_after(failures, FREE)).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8]);
        assert_eq!([wait_after(40, FREE), wait_after(1_000_000, FREE)], [LONGEST, LONGEST]);
    }

    #[test]
    fn an_account_is_one_however_it_is_written_and_another_in_another_tenant() {
        assert_eq!(account(Id::new(1), "Ann "), account(Id::new(1), "ann"));
        assert_ne!(account(Id::new(1), "ann"), account(Id::new(2), "ann"));
    }
}
