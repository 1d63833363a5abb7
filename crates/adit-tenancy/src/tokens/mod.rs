//! API tokens: one active per user; only a digest is kept.

mod store;

use adit_kernel::{Id, Random, Result, Timestamp};
use adit_store::Tx;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Gives the user a new token and revokes the one before it. The token is shown to its owner once and not kept.
pub async fn regenerate(tx: &mut Tx, user: Id, random: &dyn Random, now: Timestamp) -> Result<String> {
    let mut secret = [0; 32];
    random.fill(&mut secret);
    let token = hex::encode(secret);
    import(tx, user, &token, now).await?;
    Ok(token)
}

/// Makes `token` the user's one active token.
pub async fn import(tx: &mut Tx, user: Id, token: &str, now: Timestamp) -> Result<()> {
    let digest = Sha256::digest(token.as_bytes());
    store::set(tx, user, &lookup_of(&digest), &digest, now).await
}

/// The user behind a token.
pub async fn user_of(tx: &mut Tx, token: &str) -> Result<Option<Id>> {
    let digest = Sha256::digest(token.as_bytes());
    let Some((user, stored)) = store::by_lookup(tx, &lookup_of(&digest)).await? else { return Ok(None) };
    let is_same: bool = stored.ct_eq(digest.as_slice()).into();
    Ok(is_same.then_some(user))
}

/// Half of the digest finds the row; the whole is then compared in constant time,
/// so that the index's timing says nothing about the other half.
fn lookup_of(digest: &[u8]) -> String {
    hex::encode(&digest[..digest.len() / 2])
}
