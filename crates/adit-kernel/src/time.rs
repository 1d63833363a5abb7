//! Time and randomness as arguments: only the binary asks the system for them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Id, Result};

/// An instant in UTC, in microseconds since 1970: what both engines and the wire can carry exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 or ISO 8601; an input without a zone is read as UTC.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        // A query string turns `+00:00` into ` 00:00` when the client does not encode the plus.
        let repaired = trimmed.replace(' ', "T");
        let zoned = DateTime::parse_from_rfc3339(&repaired)
            .or_else(|_| DateTime::parse_from_rfc3339(&trimmed.replace(' ', "+")))
            .map(|at| at.with_timezone(&Utc));
        let parsed = zoned
            .or_else(|_| NaiveDateTime::parse_from_str(&repaired, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc()))
            .ok()
            .or_else(|| NaiveDate::parse_from_str(trimmed, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|at| at.and_utc()));
        parsed
            .filter(|at| (-62_135_596_800..253_402_300_800).contains(&at.timestamp()))
            .map(|at| Self(at.timestamp_micros()))
            .ok_or_else(|| Error::invalid(format!("`{text}` is not a valid timestamp: RFC 3339 is expected.")))
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default();
        let format = match self.0.rem_euclid(1_000_000) {
            0 => SecondsFormat::Secs,
            part if part % 1000 == 0 => SecondsFormat::Millis,
            _ => SecondsFormat::Micros,
        };
        f.write_str(&at.to_rfc3339_opts(format, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A fresh id; never zero.
    fn id(&self) -> Id {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Id::new(u64::from_le_bytes(bytes).max(1))
    }
}

/// A clock that moves only when told; for tests.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock standing at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.micros()))
    }

    /// Moves the clock forward.
    pub fn advance_ms(&self, ms: i64) {
        self.0.fetch_add(ms * 1000, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A repeatable source of bytes (SplitMix64); for tests.
#[derive(Debug)]
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// A source that always yields the same bytes for `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for byte in bytes {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (mixed >> 56) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn timestamps_are_read_in_every_documented_form_and_written_in_utc() {
        let check = |input: &str, expected: &str| assert_eq!(Timestamp::parse(input).unwrap().to_string(), expected);
        check("2024-03-05T09:12:00Z", "2024-03-05T09:12:00Z");
        check("2024-03-05T10:12:00+01:00", "2024-03-05T09:12:00Z");
        check("2024-03-05T10:12:00 01:00", "2024-03-05T09:12:00Z");
        check("2024-03-05T09:12:00.204", "2024-03-05T09:12:00.204Z");
        check("2024-03-05 09:12:00.000001Z", "2024-03-05T09:12:00.000001Z");
        check("2024-03-05", "2024-03-05T00:00:00Z");
        assert!(Timestamp::parse("yesterday").is_err());
        assert!(Timestamp::parse("+262142-01-01T00:00:00Z").is_err());
    }
}
