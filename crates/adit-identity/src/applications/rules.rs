//! Which scopes there are, and what an application's secret looks like.

use adit_kernel::{Error, Random, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The scope that every call of the API needs.
pub const API_ACCESS: &str = "Ixp.ApiAccess";
/// The scope for looking up who there is.
pub const USER: &str = "PM.User";
/// The same, read only.
pub const USER_READ: &str = "PM.User.Read";
/// All scopes, in the order in which they are granted.
pub const SCOPES: [&str; 3] = [API_ACCESS, USER, USER_READ];

/// The scopes in our order, each once.
///
/// # Errors
/// Invalid for none and for one that does not exist.
pub(crate) fn check_scopes(asked: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = asked.iter().find(|scope| !SCOPES.contains(&scope.as_str())) {
        return Err(Error::invalid(format!("`scopes`: `{unknown}` is not one of {}.", SCOPES.join(", "))));
    }
    if asked.is_empty() {
        return Err(Error::invalid(format!("`scopes` must name at least one of {}.", SCOPES.join(", "))));
    }
    Ok(SCOPES.iter().filter(|scope| asked.iter().any(|a| a == *scope)).map(|scope| (*scope).to_owned()).collect())
}

/// A new client id, written as a UUID.
pub(super) fn new_client_id(random: &dyn Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// A new secret.
pub(super) fn new_secret(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a secret. It has 256 random bits, so that a plain digest is as good as a slow one.
pub(crate) fn digest_of(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::{check_scopes, new_client_id};
    use adit_kernel::SeededRandom;

    #[test]
    fn scopes_are_known_and_each_is_held_once() {
        let check = |asked: &[&str]| check_scopes(&asked.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(check(&["PM.User", "Ixp.ApiAccess", "PM.User"]).unwrap(), ["Ixp.ApiAccess", "PM.User"]);
        assert!(check(&[]).is_err());
        assert!(check(&["Ixp.ApiAccess", "everything"]).unwrap_err().message().contains("everything"));
    }

    #[test]
    fn a_client_id_is_a_random_uuid() {
        let random = SeededRandom::new(1);
        let id = new_client_id(&random);
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'));
        assert_ne!(id, new_client_id(&random));
    }
}
