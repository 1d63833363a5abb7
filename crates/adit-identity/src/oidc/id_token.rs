//! The identity token: believed only if the provider signed it, for us, now, and for the request that we sent.

use adit_kernel::{Error, Kind, Result, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::keys::ring_provider;
use crate::secret;

/// Signatures that are believed. Symmetric ones and none at all are not.
const BELIEVED: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384];
/// Clocks may differ so much, in seconds.
const LEEWAY: i64 = 60;

/// Who somebody is, as the provider says.
#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub(super) sub: String,
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) email_verified: bool,
    pub(super) preferred_username: Option<String>,
    exp: i64,
    iat: i64,
    nonce: String,
    aud: Value,
    azp: Option<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl Person {
    /// The person's groups.
    pub(super) fn groups(&self, claim: &str) -> Vec<&str> {
        let listed = self.more.get(claim).and_then(Value::as_array);
        listed.map(|groups| groups.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }
}

fn refused(why: &str) -> Error {
    tracing::warn!(reason = why, "an identity token was refused");
    Error::new(Kind::Forbidden, "The identity provider's answer could not be verified.")
}

/// The key that a token names.
///
/// # Errors
/// 403 for what is no token.
pub(super) fn kid(token: &str) -> Result<Option<String>> {
    Ok(jsonwebtoken::decode_header(token).map_err(|_| refused("malformed"))?.kid)
}

/// The person behind a token.
///
/// # Errors
/// 403 when anything about it is wrong; the reason goes to the log.
pub(super) fn verify(token: &str, keys: &JwkSet, issuer: &str, client_id: &str, nonce: &str, now: Timestamp) -> Result<Person> {
    ring_provider::install();
    let header = jsonwebtoken::decode_header(token).map_err(|_| refused("malformed"))?;
    if !BELIEVED.contains(&header.alg) {
        return Err(refused("algorithm"));
    }
    let key = match (&header.kid, keys.keys.as_slice()) {
        (Some(kid), _) => keys.find(kid),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let key = key.and_then(|key| DecodingKey::from_jwk(key).ok()).ok_or_else(|| refused("unknown key"))?;
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[client_id]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Time comes from the environment and is compared below.
    validation.validate_exp = false;
    let decoded = jsonwebtoken::decode::<Person>(token, &key, &validation);
    let person = decoded.map_err(|_| refused("signature or claims"))?.claims;
    let seconds = now.micros() / 1_000_000;
    if person.exp + LEEWAY <= seconds || person.iat - LEEWAY > seconds {
        return Err(refused("time"));
    }
    if !secret::is_same(person.nonce.as_bytes(), nonce.as_bytes()) {
        return Err(refused("nonce"));
    }
    let is_for_others_too = person.aud.as_array().is_some_and(|audience| audience.len() > 1);
    if (is_for_others_too || person.azp.is_some()) && person.azp.as_deref() != Some(client_id) {
        return Err(refused("authorized party"));
    }
    Ok(person)
}
