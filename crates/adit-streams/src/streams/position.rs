//! A place in a dataset's comments, and the token that carries it.

use adit_kernel::{Error, Id, Result, Timestamp, catalogue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Everything up to and including `seq` lies behind this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// The ingestion position of the last comment behind this place; 0 is before all comments.
    pub(super) seq: i64,
    /// When that comment was taken in, or when the place was chosen; to the millisecond, which is what a token carries.
    pub(super) at: Timestamp,
}

impl Position {
    /// A place; the time is cut to milliseconds so that a stored place and its token stay the same thing.
    pub(super) fn new(seq: i64, at: Timestamp) -> Self {
        Self { seq, at: Timestamp::from_micros(at.micros().div_euclid(1000) * 1000) }
    }

    /// The token: 24 bytes as URL-safe base64. First the milliseconds like the platform's own tokens,
    /// then the dataset, so that a token of another dataset is noticed, then the position.
    pub(super) fn token(self, dataset_id: Id) -> String {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.at.micros().div_euclid(1000).to_le_bytes());
        bytes[8..16].copy_from_slice(&dataset_id.to_db().to_le_bytes());
        bytes[16..].copy_from_slice(&self.seq.to_le_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token that must belong to `dataset_id` and must not lie beyond `head_seq`.
    ///
    /// # Errors
    /// Invalid: we never issued such a token for this dataset.
    pub(super) fn parse(token: &str, dataset_id: Id, head_seq: i64) -> Result<Self> {
        let refused = || catalogue::bad_continuation("sequence_id");
        let bytes = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| refused())?;
        let bytes: [u8; 24] = bytes.try_into().map_err(|_| refused())?;
        let [ms, dataset, seq] = [number(&bytes, 0)?, number(&bytes, 8)?, number(&bytes, 16)?];
        let us = ms.checked_mul(1000).ok_or_else(refused)?;
        if dataset != dataset_id.to_db() || !(0..=head_seq).contains(&seq) {
            return Err(refused());
        }
        Ok(Self { seq, at: Timestamp::from_micros(us) })
    }
}

fn number(bytes: &[u8; 24], start: usize) -> Result<i64> {
    let part = bytes.get(start..start + 8).and_then(|part| part.try_into().ok());
    part.map(i64::from_le_bytes).ok_or_else(|| Error::internal("a position token has 24 bytes"))
}
