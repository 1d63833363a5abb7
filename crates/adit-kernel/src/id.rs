//! The platform's ids: 64 bits, written as sixteen lower-case hex digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// An id of a project, source, dataset, user, stream … as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u64);

impl Id {
    /// An id from its bits.
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits as the signed integer that databases store.
    pub const fn to_db(self) -> i64 {
        self.0.cast_signed()
    }

    /// The id from what a database stored.
    pub const fn from_db(stored: i64) -> Self {
        Self(stored.cast_unsigned())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Id {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_hex = !text.is_empty() && text.len() <= 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hex {
            return Err(Error::invalid(format!("`{text}` is not an id: 1 to 16 hexadecimal digits are expected.")));
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| Error::invalid(format!("`{text}` is not an id.")))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn an_id_survives_text_and_database() {
        let id: Id = "aa9dda7c059e5a8d".parse().unwrap();
        assert_eq!(id.to_string(), "aa9dda7c059e5a8d");
        assert_eq!(Id::from_db(id.to_db()), id);
        assert!("".parse::<Id>().is_err());
        assert!("xyz".parse::<Id>().is_err());
        assert!("00000000000000000".parse::<Id>().is_err());
    }
}
