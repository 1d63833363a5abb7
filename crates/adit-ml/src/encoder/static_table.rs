//! The static encoder: every token has a vector, a text has their sum, and no network runs.
//!
//! The table lies inside the program; `cargo xtask distil` fits it to the vectors of the default encoder.

use sha2::{Digest, Sha256};

use crate::encoder::tokenizer::Tokenizer;
use crate::encoder::weights::{Weights, WeightsError};
use crate::encoder::{Encoder, VOCABULARY, normalize};

static TABLE: &[u8] = include_bytes!("../../assets/static-minilm.int4.bin");

/// The tensor with a row for each token: in each byte a level of the first half of the row, in the lower four bits, and one
/// of the second half.
pub(super) const TOKENS: &str = "tokens";
/// The tensor with a factor for each token.
pub(super) const SCALES: &str = "scales";
/// What is added to a level, so that it is not below zero; levels reach from -7 to 7.
pub(super) const OFFSET: u8 = 8;

/// Sentence vectors by adding up the vectors of tokens: hundreds of times as fast as a network, and weaker.
///
/// Reads all of a text, however long, on the caller's thread.
pub struct StaticEncoder {
    digest: String,
    tokenizer: Tokenizer,
    levels: Vec<u8>,
    scales: Vec<f32>,
    /// Half the length of the vectors.
    half: usize,
}

impl StaticEncoder {
    /// The encoder with the table that the program carries.
    ///
    /// # Errors
    /// When the table inside the program cannot be read.
    pub fn embedded() -> Result<StaticEncoder, WeightsError> {
        StaticEncoder::open(TABLE)
    }

    /// The encoder with a table that [`distil`](crate::encoder::distil::distil) gave.
    ///
    /// # Errors
    /// When the bytes are no such table.
    pub fn open(file: &[u8]) -> Result<StaticEncoder, WeightsError> {
        let tokenizer = Tokenizer::new(VOCABULARY);
        let weights = Weights::open(file)?;
        let half = weights.shape_of(TOKENS)?.last().copied().unwrap_or_default();
        let levels = weights.bytes(TOKENS, &[tokenizer.n_tokens(), half])?.to_vec();
        let scales = weights.floats(SCALES, &[tokenizer.n_tokens()])?;
        if half == 0 || scales.iter().any(|scale| !scale.is_finite()) {
            return Err(WeightsError::Tensor(TOKENS.to_owned()));
        }
        let digest = format!("static-minilm-{}-int4-{}", half * 2, &hex::encode(Sha256::digest(file))[..16]);
        Ok(StaticEncoder { digest, tokenizer, levels, scales, half })
    }

    /// The size of the table in the program, in bytes.
    #[must_use]
    pub fn n_bytes() -> usize {
        TABLE.len()
    }

    fn encode_one(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; self.half * 2];
        let (first, second) = vector.split_at_mut(self.half);
        for token in self.tokenizer.tokens(text, usize::MAX) {
            let token = token as usize;
            let (row, scale) = (&self.levels[token * self.half..][..self.half], self.scales[token]);
            for ((x, y), byte) in first.iter_mut().zip(second.iter_mut()).zip(row) {
                *x += scale * f32::from((byte & 15).cast_signed() - OFFSET.cast_signed());
                *y += scale * f32::from((byte >> 4).cast_signed() - OFFSET.cast_signed());
            }
        }
        normalize(&mut vector);
        vector
    }
}

impl Encoder for StaticEncoder {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn dimension(&self) -> usize {
        self.half * 2
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| self.encode_one(text)).collect()
    }
}
