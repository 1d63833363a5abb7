//! The system's time and randomness: the only place that asks for them.

use std::time::{SystemTime, UNIX_EPOCH};

use adit_kernel::{Clock, Random, Timestamp};

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The system's random source.
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness tokens and ids would be guessable: better no process than such a one.
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
