//! A second factor: codes that change every 30 seconds (RFC 6238), and codes on paper for when the device is lost.

mod begin;
mod confirm;
mod remove;
mod store;

use adit_kernel::{Error, Id, Result};
use adit_store::seal::Keyring;
use adit_store::{Env, Tx};
use totp_rs::{Algorithm, Builder, Secret, Totp};

pub(crate) use store::SECRET;

use crate::secret;
use crate::site::Route;

/// Seconds for which a code is shown.
const STEP_SECONDS: u64 = 30;
/// So many codes on paper.
const RECOVERY_CODES: usize = 10;

/// The routes on the second factor.
pub(crate) fn routes() -> Vec<&'static Route> {
    vec![&begin::ROUTE, &confirm::ROUTE, &remove::ROUTE]
}

/// Whether a user signs in with a second factor.
pub(crate) async fn is_required(tx: &mut Tx, user: Id) -> Result<bool> {
    Ok(store::of_user(tx, user).await?.is_some_and(|factor| factor.is_confirmed))
}

/// Takes a user's second factor away without asking for it: for who lost the device and the paper.
/// `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn reset(tx: &mut Tx, user: Id) -> Result<bool> {
    store::remove(tx, user).await
}

/// Whether a code, from the device or from paper, is good. It is used up by that.
pub(crate) async fn accept(tx: &mut Tx, env: &Env, user: Id, code: &str) -> Result<bool> {
    let Some(factor) = store::of_user(tx, user).await? else { return Ok(false) };
    let plain: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if plain.len() == 6 {
        return accept_step(tx, env, &factor, &plain).await;
    }
    // A recovery code has 80 random bits: its digest may be looked up as it is.
    Ok(store::use_recovery_code(tx, user, &recovery_digest(user, &plain)).await? == 1)
}

async fn accept_step(tx: &mut Tx, env: &Env, factor: &store::Factor, code: &str) -> Result<bool> {
    let secret = env.service::<Keyring>()?.open(&SECRET, factor.user_id, &factor.sealed)?;
    let seconds = u64::try_from(env.now().micros() / 1_000_000).unwrap_or_default();
    let Some(step) = totp(secret).check(code, seconds) else { return Ok(false) };
    // The same code, or one before it, does not count again.
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    Ok(store::use_step(tx, factor.user_id, step).await? == 1)
}

fn totp(secret: Vec<u8>) -> Totp {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(STEP_SECONDS)
        .with_secret(Secret::from(secret))
        .build_noncompliant()
}

fn recovery_digest(user: Id, code: &str) -> String {
    secret::derived(&format!("adit recovery {user}"), &code.to_lowercase())
}

/// New recovery codes, for people to write down, and what is kept of them.
fn recovery_codes(env: &Env, user: Id) -> (Vec<String>, Vec<String>) {
    let code = || {
        let mut bytes = [0; 10];
        env.random.fill(&mut bytes);
        let text = hex::encode(bytes);
        format!("{}-{}-{}-{}", &text[..5], &text[5..10], &text[10..15], &text[15..])
    };
    let shown: Vec<String> = (0..RECOVERY_CODES).map(|_| code()).collect();
    let kept = shown.iter().map(|code| recovery_digest(user, &code.replace('-', ""))).collect();
    (shown, kept)
}

fn absent() -> Error {
    Error::conflict("There is no second factor to confirm: begin first.")
}
