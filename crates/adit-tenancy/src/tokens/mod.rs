//! API tokens: one active per user; only a digest is kept, for a year also of those that count no more.

mod store;

use adit_kernel::{Error, Id, Random, Result, Timestamp};
use adit_store::Tx;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use store::{Ended, TokenRow, all, of_user};

/// The time of use is written at most this often, so that a request costs no write.
const USE_RESOLUTION_MICROS: i64 = 600_000_000;

/// The digest of a token that counts no more is kept so long.
const MEMORY_MICROS: i64 = 365 * 24 * 3_600_000_000;

/// What is known of a token.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It is the active token of a user.
    Active(Holder),
    /// It was the active token of that user until its time came.
    Expired(Id),
    /// It was a user's token and was taken away.
    Revoked(Ended),
    /// It is nobody's.
    Unknown,
}

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
    retire(tx, user, now).await?;
    store::set(tx, user, &lookup_of(&digest), &digest, now, expires).await
}

/// Takes a user's token away; false when there was none.
pub async fn revoke(tx: &mut Tx, user: Id, now: Timestamp) -> Result<bool> {
    retire(tx, user, now).await?;
    store::delete(tx, user).await
}

/// Remembers whose the user's token was; to be followed by what makes it count no more.
pub(crate) async fn retire(tx: &mut Tx, user: Id, now: Timestamp) -> Result<()> {
    store::forget_ended(tx, Timestamp::from_micros(now.micros() - MEMORY_MICROS)).await?;
    store::remember_ended(tx, user, now).await
}

/// What is known of a token.
pub async fn standing(tx: &mut Tx, token: &str, now: Timestamp) -> Result<Standing> {
    let digest = Sha256::digest(token.as_bytes());
    let is_same = |stored: &[u8]| -> bool { stored.ct_eq(digest.as_slice()).into() };
    let lookup = lookup_of(&digest);
    if let Some(stored) = store::by_lookup(tx, &lookup).await?.filter(|stored| is_same(&stored.digest)) {
        let is_expired = stored.expires.is_some_and(|expires| expires <= now);
        let holder = stored.holder;
        return Ok(if is_expired { Standing::Expired(holder.user_id) } else { Standing::Active(holder) });
    }
    let ended = store::ended_by_lookup(tx, &lookup).await?.filter(|(stored, _)| is_same(stored));
    Ok(ended.map_or(Standing::Unknown, |(_, ended)| Standing::Revoked(ended)))
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
