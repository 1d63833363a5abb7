//! A small encoder for tests: hashed character trigrams and words in 64 dimensions.

use crate::encoder::{Encoder, TokenStates, normalize};
use crate::stable_hash::Fnv;

const DIMENSION: usize = 64;

/// Encodes by spelling alone; needs no weights and no time.
#[derive(Debug, Clone, Copy, Default)]
pub struct HashEncoder;

impl HashEncoder {
    /// The encoder; it has no settings.
    #[must_use]
    pub fn new() -> HashEncoder {
        HashEncoder
    }
}

impl Encoder for HashEncoder {
    fn digest(&self) -> &str {
        "hash-trigrams-64-v1"
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts.iter().map(|text| encode_one(text)).collect()
    }

    /// The vector of each word between blanks, whatever stands beside it.
    fn token_states(&self, texts: &[&str]) -> Option<Vec<TokenStates>> {
        let of_text = |text: &&str| {
            let mut states = TokenStates::default();
            for word in text.split_whitespace() {
                let start = word.as_ptr().addr() - text.as_ptr().addr();
                states.places.push(start..start + word.len());
                states.values.extend(encode_one(word));
            }
            states
        };
        Some(texts.iter().map(of_text).collect())
    }
}

fn encode_one(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0; DIMENSION];
    let lower = text.to_lowercase();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        add(&mut vector, word.as_bytes(), 2.0);
        let padded = format!(" {word} ");
        let ends: Vec<usize> = padded.char_indices().map(|(at, _)| at).chain([padded.len()]).collect();
        for window in ends.windows(4) {
            add(&mut vector, &padded.as_bytes()[window[0]..window[3]], 1.0);
        }
    }
    normalize(&mut vector);
    vector
}

fn add(vector: &mut [f32], bytes: &[u8], weight: f32) {
    let hash = Fnv::default().with(bytes).mixed();
    let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
    vector[(hash % DIMENSION as u64) as usize] += sign * weight;
}
