//! Argon2id, with the parameters OWASP names: 19 MiB, two passes, one lane.

use adit_kernel::{Error, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Memory in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// So many digests at the same time: who floods the sign-in waits for himself instead of using up the memory.
static SLOTS: Semaphore = Semaphore::const_new(4);
/// Stands in for the salt of a user who is not there.
const NOBODYS_SALT: [u8; 16] = *b"adit nobody salt";

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::wrap("the password parameters", e))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn beside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _slot = SLOTS.acquire().await.map_err(|e| Error::wrap("a slot for a password", e))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::wrap("a password", e))?
}

/// The digest of a password, as PHC text.
pub(super) async fn make(password: String, salt: [u8; 16]) -> Result<String> {
    beside(move || digest(&password, &salt)).await
}

fn digest(password: &str, salt: &[u8]) -> Result<String> {
    let made: PasswordHash =
        argon2()?.hash_password_with_salt(password.as_bytes(), salt).map_err(|e| Error::wrap("a password", e))?;
    Ok(made.to_string())
}

/// Whether a password fits a digest. Without a digest the same work is done in vain, so that time does not tell who exists.
pub(crate) async fn is_right(password: String, stored: Option<String>) -> Result<bool> {
    beside(move || {
        let Some(stored) = stored else {
            digest(&password, &NOBODYS_SALT)?;
            return Ok(false);
        };
        let parsed = PasswordHash::new(&stored).map_err(|e| Error::wrap("a stored password", e))?;
        Ok(argon2()?.verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::{is_right, make};

    #[tokio::test]
    async fn a_digest_names_its_parameters_and_fits_one_password_only() {
        let hash = make("correct horse battery".into(), [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_right("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!is_right("correct horse batterY".into(), Some(hash.clone())).await.unwrap());
        assert!(!is_right("correct horse battery".into(), None).await.unwrap());
        assert_ne!(hash, make("correct horse battery".into(), [8; 16]).await.unwrap());
    }
}
