//! What the identity provider has said about itself, kept for a while: its addresses and its keys.

use adit_kernel::{Result, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::Mutex;

use super::Provider;
use super::provider::Discovery;

/// How long what the provider said is believed without asking again: a key that it withdraws counts no longer than this.
const FRESH_SECONDS: i64 = 600;
/// An unknown key is asked for, but not more often than this.
const PAUSE_SECONDS: i64 = 30;

struct Said<T> {
    what: T,
    at: Timestamp,
}

impl<T> Said<T> {
    fn is_younger(&self, seconds: i64, now: Timestamp) -> bool {
        now.micros() - self.at.micros() < seconds * 1_000_000
    }
}

/// The memory of one server.
#[derive(Default)]
pub(crate) struct Known {
    description: Mutex<Option<Said<Discovery>>>,
    keys: Mutex<Option<Said<JwkSet>>>,
}

impl Known {
    /// The provider's addresses.
    pub(super) async fn description(&self, provider: &Provider, now: Timestamp) -> Result<Discovery> {
        let mut held = self.description.lock().await;
        if let Some(said) = held.as_ref().filter(|said| said.is_younger(FRESH_SECONDS, now)) {
            return Ok(said.what.clone());
        }
        let what = provider.discover().await?;
        *held = Some(Said { what: what.clone(), at: now });
        Ok(what)
    }

    /// The provider's keys; asked for again when they are old, or when the one that is wanted is not among them.
    pub(super) async fn keys(
        &self,
        provider: &Provider,
        discovery: &Discovery,
        wanted: Option<&str>,
        now: Timestamp,
    ) -> Result<JwkSet> {
        // Who waits here for another's answer finds it when its turn comes.
        let mut held = self.keys.lock().await;
        if let Some(said) = held.as_ref() {
            let is_there = wanted.is_none_or(|kid| said.what.find(kid).is_some());
            let is_enough = if is_there { FRESH_SECONDS } else { PAUSE_SECONDS };
            if said.is_younger(is_enough, now) {
                return Ok(said.what.clone());
            }
        }
        let what = provider.keys(discovery).await?;
        *held = Some(Said { what: what.clone(), at: now });
        Ok(what)
    }
}
