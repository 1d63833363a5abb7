//! The keys that sign access tokens: made here, changed every month, their public halves published.

pub(crate) mod ring_provider;
mod store;

use adit_kernel::{Error, Id, Result, Timestamp};
use adit_store::seal::Keyring;
use adit_store::{Env, Tx};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use store::PRIVATE_KEY;

use store::KeyRow;

/// A key signs for so long; then a new one is made.
const LIFE_MICROS: i64 = 30 * 24 * 3_600_000_000;
/// A key still verifies while tokens that it signed may live: it stays until it has this many successors.
const KEPT: usize = 3;
/// The type of our tokens (RFC 9068), so that no other signed text passes for one.
const TOKEN_TYPE: &str = "at+jwt";

/// The public half of a key (RFC 7517).
#[derive(Debug, Serialize)]
pub(crate) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
    y: String,
}

/// The claims of an access token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) jti: String,
    /// The secret that obtained the token: it dies with the secret.
    pub(crate) sid: String,
    /// The application's tenant: it tells in whose log a token is named whose application is gone. Older tokens lack it.
    #[serde(default)]
    pub(crate) tenant: String,
}

/// Signs claims with the newest key, which is made if there is none young enough.
pub(crate) async fn sign(env: &Env, claims: &Claims) -> Result<String> {
    ring_provider::install();
    let newest = newest(env).await?;
    let private = env.service::<Keyring>()?.open(&PRIVATE_KEY, newest.id, &newest.sealed)?;
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some(TOKEN_TYPE.to_owned());
    header.kid = Some(newest.id.to_string());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&private)).map_err(|e| Error::wrap("cannot sign a token", e))
}

/// The claims of a token that one of our keys signed. `None` when it is not ours. Time is not looked at.
pub(crate) async fn verify<T: DeserializeOwned>(env: &Env, token: &str, audience: &str) -> Result<Option<T>> {
    ring_provider::install();
    let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
    let key_id = header.kid.as_deref().and_then(|kid| kid.parse::<Id>().ok());
    let Some(key_id) = key_id.filter(|_| header.typ.as_deref() == Some(TOKEN_TYPE)) else { return Ok(None) };
    let mut tx = env.read().await?;
    let Some(key) = store::by_id(&mut tx, key_id).await? else { return Ok(None) };
    // The algorithm is ours to choose, never the token's.
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "aud"]);
    // The library asks the system for the time; ours comes from the environment and is compared by the caller.
    validation.validate_exp = false;
    let decoded = jsonwebtoken::decode::<T>(token, &DecodingKey::from_ec_der(&key.public_key), &validation);
    Ok(decoded.ok().map(|decoded| decoded.claims))
}

/// The public halves of all keys whose tokens may still live.
pub(crate) async fn published(env: &Env) -> Result<Vec<Jwk>> {
    newest(env).await?;
    let mut tx = env.read().await?;
    Ok(store::all(&mut tx).await?.iter().filter_map(jwk).collect())
}

fn jwk(key: &KeyRow) -> Option<Jwk> {
    // An uncompressed point: 4, then x and y of 32 bytes each.
    let (x, y) = key.public_key.strip_prefix(&[4])?.split_at_checked(32)?;
    Some(Jwk {
        kty: "EC",
        crv: "P-256",
        usage: "sig",
        alg: "ES256",
        kid: key.id.to_string(),
        x: URL_SAFE_NO_PAD.encode(x),
        y: URL_SAFE_NO_PAD.encode(y),
    })
}

async fn newest(env: &Env) -> Result<KeyRow> {
    let now = env.now();
    let mut tx = env.read().await?;
    if let Some(key) = store::all(&mut tx).await?.into_iter().next()
        && is_young(&key, now)
    {
        return Ok(key);
    }
    drop(tx);
    let mut tx = env.begin().await?;
    // Another request may have been faster.
    let mut keys = store::all(&mut tx).await?;
    if keys.first().is_some_and(|key| is_young(key, now)) {
        return Ok(keys.remove(0));
    }
    let key = make(&mut tx, env, now).await?;
    store::insert(&mut tx, &key).await?;
    for old in keys.iter().skip(KEPT - 1) {
        store::delete(&mut tx, old.id).await?;
    }
    tx.commit().await?;
    Ok(key)
}

fn is_young(key: &KeyRow, now: Timestamp) -> bool {
    now.micros() - key.created.micros() < LIFE_MICROS
}

async fn make(tx: &mut Tx, env: &Env, now: Timestamp) -> Result<KeyRow> {
    let broken = || Error::internal("cannot make a signing key");
    let system = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &system).map_err(|_| broken())?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &system).map_err(|_| broken())?;
    let id = env.random.id();
    let sealed = env.service::<Keyring>()?.seal(tx, env.random.as_ref(), &PRIVATE_KEY, id, document.as_ref()).await?;
    Ok(KeyRow { id, sealed, public_key: pair.public_key().as_ref().to_vec(), created: now })
}
