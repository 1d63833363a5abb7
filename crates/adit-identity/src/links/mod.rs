//! One-time links with which a person sets a password.

mod store;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Env, Tx};

use crate::secret;

/// The token of a new link for a user; links before it end.
pub async fn issue(tx: &mut Tx, env: &Env, user: Id, life_seconds: i64) -> Result<String> {
    let token = secret::fresh(env.random.as_ref());
    let kept = secret::kept(&token);
    let expires = Timestamp::from_micros(env.now().micros() + life_seconds * 1_000_000);
    store::delete_of(tx, user).await?;
    store::insert(tx, &kept, user, expires).await?;
    Ok(token)
}

/// The address that a link opens. The token stands behind `#`: browsers send it to nobody.
pub fn address(base: &str, token: &str) -> String {
    format!("{base}/identity_/set-password#{token}")
}

/// Uses a link up; whose it was, if it was good.
pub(crate) async fn redeem(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Option<Id>> {
    let kept = secret::kept(token);
    let Some((user, digest, expires)) = store::by_lookup(tx, &kept.lookup).await? else { return Ok(None) };
    if !secret::is_same(&digest, &kept.digest) || expires <= now {
        return Ok(None);
    }
    // Of two who use it at the same time one deletes it.
    Ok((store::delete(tx, &kept.lookup).await? == 1).then_some(user))
}
