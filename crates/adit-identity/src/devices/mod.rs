//! Browsers that know somebody: a cookie that a sign-in leaves behind, and that outlives the session.
//!
//! It opens nothing. Attempts that bring it are counted apart from those of the address, so that who guesses from the same
//! address, behind the same proxy for example, cannot keep the owner out (OWASP: "device cookies").

mod store;

use adit_http::cookie as cookie_value;
use adit_kernel::{Error, Id, Result, Timestamp};
use adit_store::Tx;
use http::HeaderValue;

pub(crate) use store::forget_all;

use crate::secret;
use crate::site::Visit;

/// How long a browser is known.
const LIFE_SECONDS: i64 = 180 * 24 * 3600;
/// So many browsers of one person are known; the oldest is forgotten first.
const MOST: i64 = 20;

fn cookie_name(visit: &Visit) -> &'static str {
    if visit.settings.is_https { "__Host-adit_device" } else { "adit_device" }
}

/// Whose attempts the attempts of this browser count with: its own, if the account has signed in here before, or those of
/// its address.
pub(crate) async fn source(tx: &mut Tx, visit: &Visit, account: Option<Id>) -> Result<String> {
    Ok(match known(tx, visit, account).await? {
        Some(lookup) => format!("device {lookup}"),
        None => visit.neighborhood(),
    })
}

async fn known(tx: &mut Tx, visit: &Visit, account: Option<Id>) -> Result<Option<String>> {
    let Some((account, value)) = account.zip(cookie_value(&visit.head.headers, cookie_name(visit))) else { return Ok(None) };
    let kept = secret::kept(value);
    let Some((user, digest, made)) = store::by_lookup(tx, &kept.lookup).await? else { return Ok(None) };
    let is_fresh = visit.env.now().micros() - made.micros() < LIFE_SECONDS * 1_000_000;
    let is_same = secret::is_same(&digest, &kept.digest);
    Ok((is_same && is_fresh && user == account).then_some(kept.lookup))
}

/// Makes this browser known to somebody who has just signed in here; the cookie to set, unless it is known already.
pub(crate) async fn remember(tx: &mut Tx, visit: &Visit, user: Id) -> Result<Option<HeaderValue>> {
    if known(tx, visit, Some(user)).await?.is_some() {
        return Ok(None);
    }
    let now = visit.env.now();
    let value = secret::fresh(visit.env.random.as_ref());
    store::insert(tx, &secret::kept(&value), user, now).await?;
    store::forget_older(tx, user, Timestamp::from_micros(now.micros() - LIFE_SECONDS * 1_000_000), MOST).await?;
    let secure = if visit.settings.is_https { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LIFE_SECONDS}{secure}", cookie_name(visit));
    HeaderValue::from_str(&text).map(Some).map_err(|e| Error::wrap("a cookie", e))
}
