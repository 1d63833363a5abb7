//! The continuation of a page of comments: where it ended, and the bounds it began with.

use adit_kernel::{Result, Timestamp, catalogue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::store::TimeBounds;

/// A place between two comments. It stays valid when comments around it are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Timestamp and position of the last comment of the page.
    pub(crate) last: (Timestamp, i64),
    /// The bounds of the first page: clients send the lower one only there.
    pub(crate) bounds: TimeBounds,
}

type Fields = (i64, i64, Option<i64>, Option<i64>);

impl Cursor {
    /// The token that stands for it.
    pub(crate) fn encode(&self) -> Result<String> {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::micros);
        let fields: Fields = (self.last.0.micros(), self.last.1, micros(self.bounds.minimum), micros(self.bounds.maximum));
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&fields)?))
    }

    /// The cursor a token stands for; the error names the `field` it came in.
    pub(crate) fn decode(token: &str, field: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| catalogue::bad_continuation(field))?;
        let (at, seq, least, most): Fields = serde_json::from_slice(&bytes).map_err(|_| catalogue::bad_continuation(field))?;
        let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Ok(Self { last: (Timestamp::from_micros(at), seq), bounds: TimeBounds { minimum: time(least), maximum: time(most) } })
    }
}
