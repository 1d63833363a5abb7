//! How often one address may try, for all servers of the deployment together.
//!
//! A server's own count comes first, so that a flood costs no database. The common one is a time in a row: until when the
//! address would have to be quiet to have its whole budget back. An attempt moves it on by one attempt's share and is
//! refused when that would be further away than the whole budget (the generic cell rate algorithm of ATM Forum TM 4.0).

use adit_http::RateClass;
use adit_kernel::{Result, catalogue};
use adit_store::Env;

use super::store;
use crate::site::Visit;

/// Counts an attempt of `source`, an address or a known browser.
///
/// # Errors
/// 429 with the seconds to wait when the budget is used up.
pub(crate) async fn charge(visit: &Visit, source: &str) -> Result<()> {
    visit.settings.rates.check(RateClass::SignIns, source)?;
    let Some(budget) = visit.settings.rates.budget(RateClass::SignIns) else { return Ok(()) };
    let whole_us = i64::try_from(budget.per.as_micros()).unwrap_or(i64::MAX);
    let share_us = (whole_us / i64::from(budget.calls.max(1))).max(1);
    let now_us = visit.env.now().micros();
    let mut tx = visit.env.begin().await?;
    let Some(used_until_us) = store::use_budget(&mut tx, source, now_us, share_us, whole_us).await? else {
        let used_until_us = store::used_until(&mut tx, source).await?;
        let wait_us = used_until_us.saturating_add(share_us) - now_us.saturating_add(whole_us);
        return Err(catalogue::too_often("sign-ins", u64::try_from(wait_us / 1_000_000 + 1).unwrap_or(1)));
    };
    tx.commit().await?;
    // Whoever begins anew takes those along who have their whole budget back, apart: nobody waits for two rows at once.
    if used_until_us == now_us.saturating_add(share_us) {
        forget_full(&visit.env, now_us).await?;
    }
    Ok(())
}

async fn forget_full(env: &Env, now_us: i64) -> Result<()> {
    let mut tx = env.begin().await?;
    store::forget_full(&mut tx, now_us).await?;
    tx.commit().await
}
