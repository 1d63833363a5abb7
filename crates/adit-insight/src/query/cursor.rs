//! The continuation token: where in an order the last page ended. Survives deletions, for it names no row.

use adit_kernel::{Result, catalogue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The place after which the next page begins; the numbers mean what the order makes of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Which stretch of the order, for orders that have several.
    pub(crate) stretch: u8,
    /// The key of the last comment looked at.
    pub(crate) key: f64,
    /// An exact key where a float would not do: a timestamp or a hash.
    pub(crate) exact: i64,
    /// The position of the last comment looked at.
    pub(crate) seq: i64,
}

impl Cursor {
    /// The opaque text for callers.
    pub(crate) fn encode(self, order: &str) -> String {
        // The key travels as its bits: printed and parsed it could move by the last digit, and a comment come twice.
        let text = serde_json::json!([order, self.stretch, self.key.to_bits(), self.exact, self.seq]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads a token back; it must come from the same order.
    pub(crate) fn decode(token: &str, order: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| catalogue::bad_continuation("continuation"))?;
        let parsed: Result<(String, u8, u64, i64, i64), _> = serde_json::from_slice(&bytes);
        match parsed {
            Ok((made_for, stretch, key, exact, seq)) if made_for == order => {
                Ok(Self { stretch, key: f64::from_bits(key), exact, seq })
            }
            _ => Err(catalogue::bad_continuation("continuation")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_token_is_good_for_its_own_order_only() {
        let cursor = Cursor { stretch: 1, key: 0.123_456_789, exact: i64::MAX, seq: 7 };
        let token = cursor.encode("by_label:A > B");
        assert_eq!(Cursor::decode(&token, "by_label:A > B").unwrap(), cursor);
        assert!(Cursor::decode(&token, "recent").is_err());
        assert!(Cursor::decode("%%%", "recent").is_err());
    }
}
