//! API tokens: one active per user; only a digest is kept.

mod store;

use adit_kernel::{Error, Id, Random, Result, Timestamp};
use adit_store::Tx;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use store::{TokenRow, all, of_user, revoke};

/// The time of use is written at most this often, so that a request costs no write.
const USE_RESOLUTION_MICROS: i64 = 600_000_000;

/// Who holds a token.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    /// The user.
    pub user_id: Id,
    /// When the token was last used, to ten minutes.
    pub last_used: Option<Timestamp>,
}

impl Holder {
    /// Whether the time of use should be written again.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.last_used.is_none_or(|used| now.micros() - used.micros() >= USE_RESOLUTION_MICROS)
    }
}

/// Gives the user a new token and revokes the one before it. The token is shown to its owner once and not kept.
pub async fn regenerate(tx: &mut Tx, user: Id, random: &dyn Random, now: Timestamp) -> Result<String> {
    regenerate_until(tx, user, random, now, None).await
}

/// The same for a token that ends by itself.
///
/// # Errors
/// Invalid when the end is not in the future.
pub async fn regenerate_until(
    tx: &mut Tx,
    user: Id,
    random: &dyn Random,
    now: Timestamp,
    expires: Option<Timestamp>,
) -> Result<String> {
    if expires.is_some_and(|expires| expires <= now) {
        return Err(Error::invalid("`expires_at` must be in the future."));
    }
    let mut secret = [0; 32];
    random.fill(&mut secret);
    let token = hex::encode(secret);
    keep(tx, user, &token, now, expires).await?;
    Ok(token)
}

/// Makes `token` the user's one active token.
pub async fn import(tx: &mut Tx, user: Id, token: &str, now: Timestamp) -> Result<()> {
    keep(tx, user, token, now, None).await
}

async fn keep(tx: &mut Tx, user: Id, token: &str, now: Timestamp, expires: Option<Timestamp>) -> Result<()> {
    let digest = Sha256::digest(token.as_bytes());
    store::set(tx, user, &lookup_of(&digest), &digest, now, expires).await
}

/// Who holds a token; nobody when it is unknown, revoked or expired.
pub async fn holder(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Option<Holder>> {
    let digest = Sha256::digest(token.as_bytes());
    let Some(stored) = store::by_lookup(tx, &lookup_of(&digest)).await? else { return Ok(None) };
    let is_same: bool = stored.digest.ct_eq(digest.as_slice()).into();
    let is_expired = stored.expires.is_some_and(|expires| expires <= now);
    Ok((is_same && !is_expired).then_some(stored.holder))
}

/// Writes the time of use, unless that was done lately.
pub async fn touch(tx: &mut Tx, user: Id, now: Timestamp) -> Result<()> {
    store::touch(tx, user, now, Timestamp::from_micros(now.micros() - USE_RESOLUTION_MICROS)).await
}

/// Half of the digest finds the row; the whole is then compared in constant time,
/// so that the index's timing says nothing about the other half.
fn lookup_of(digest: &[u8]) -> String {
    hex::encode(&digest[..digest.len() / 2])
}
