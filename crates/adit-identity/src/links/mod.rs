//! One-time links with which a person sets a password.

mod store;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Env, Tx};
use adit_tenancy::tenants;

use crate::{passwords, secret};

/// So many links of one user work at a time, where they do not end one another.
const MOST: i64 = 3;

/// A link to set a first password works for a day.
pub const FIRST_SECONDS: i64 = 24 * 3600;

/// The token of a new link for a user; links before it end.
pub async fn issue(tx: &mut Tx, env: &Env, user: Id, life_seconds: i64) -> Result<String> {
    store::delete_of(tx, user).await?;
    add(tx, env, user, life_seconds).await
}

async fn add(tx: &mut Tx, env: &Env, user: Id, life_seconds: i64) -> Result<String> {
    let token = secret::fresh(env.random.as_ref());
    let kept = secret::kept(&token);
    let expires = Timestamp::from_micros(env.now().micros() + life_seconds * 1_000_000);
    store::insert(tx, &kept, user, expires).await?;
    Ok(token)
}

/// The address of a new link for a user of a tenant; links before it end.
pub async fn make(tx: &mut Tx, env: &Env, base: &str, (tenant, user): (Id, Id), life_seconds: i64) -> Result<String> {
    let token = issue(tx, env, user, life_seconds).await?;
    address(tx, base, tenant, &token).await
}

/// The same where anybody may have asked: links before it go on working, so that a stranger ends nobody's, and while
/// there are several already, no more are made.
pub(crate) async fn make_beside(
    tx: &mut Tx,
    env: &Env,
    base: &str,
    (tenant, user): (Id, Id),
    life_seconds: i64,
) -> Result<Option<String>> {
    if store::count(tx, user, env.now()).await? >= MOST {
        return Ok(None);
    }
    let token = add(tx, env, user, life_seconds).await?;
    address(tx, base, tenant, &token).await.map(Some)
}

/// The token stands behind `#`: browsers send it to nobody.
async fn address(tx: &mut Tx, base: &str, tenant: Id, token: &str) -> Result<String> {
    let prefix = tenants::prefix(tx, tenant).await?;
    Ok(format!("{base}{prefix}/identity_/set-password#{token}"))
}

/// Ends all links of a user.
pub(crate) async fn end_all(tx: &mut Tx, user: Id) -> Result<()> {
    store::delete_of(tx, user).await
}

/// The address of a link for somebody who has no password yet.
pub async fn first(tx: &mut Tx, env: &Env, base: &str, tenant: Id, user: Id) -> Result<Option<String>> {
    if passwords::hash_of(tx, user).await?.is_some() {
        return Ok(None);
    }
    make(tx, env, base, (tenant, user), FIRST_SECONDS).await.map(Some)
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
