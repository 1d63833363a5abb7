//! Random secrets that a caller holds and the database does not: half of the digest finds the row, the whole is compared
//! in constant time.

use adit_kernel::Random;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is kept of a secret.
pub(crate) struct Kept {
    pub(crate) lookup: String,
    pub(crate) digest: Vec<u8>,
}

/// A new secret of 256 random bits.
pub(crate) fn fresh(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of `secret`.
pub(crate) fn kept(secret: &str) -> Kept {
    let digest = Sha256::digest(secret.as_bytes()).to_vec();
    Kept { lookup: hex::encode(&digest[..digest.len() / 2]), digest }
}

/// Whether two texts or digests are the same, in a time that does not tell where they differ.
pub(crate) fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// A token that only somebody who holds `secret` can name, and that tells nothing about it.
pub(crate) fn derived(purpose: &str, secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(purpose).chain_update([0]).chain_update(secret).finalize())
}
