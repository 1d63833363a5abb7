//! What a text's words and vector say before anybody annotated anything: well, ill, or neither.
//!
//! A softmax regression over three outcomes whose neither has a score of 0, fitted once to public data by the example
//! `valence` and carried inside the program. Where another encoder made the vectors, words alone decide.

use std::collections::HashMap;

use crate::classifier::{FormatError, half};
use crate::sentiment::bytes::{Bytes, put_part};
use crate::sentiment::words;
use crate::stable_hash::StableBuild;

static EMBEDDED: &[u8] = include_bytes!("../../assets/valence.bin");
const MAGIC: &[u8; 8] = b"ADITVAL1";

/// How likely a text speaks well, or ill, of anything; the rest is the chance that it does neither.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valence {
    /// From 0 to 1.
    pub positive: f32,
    /// From 0 to 1; with `positive` never above 1.
    pub negative: f32,
}

impl Valence {
    /// From -1, surely ill, to 1, surely well; around 0 where neither or both are likely.
    #[must_use]
    pub fn net(self) -> f32 {
        self.positive - self.negative
    }
}

/// The fitted weights; cheap to read, never changes.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseHead {
    /// The encoder whose vectors it reads.
    pub(super) encoder: String,
    /// For each dimension of a vector, the weights of well and ill; the constants are last.
    pub(super) dense: Vec<[f32; 2]>,
    /// The constants where there is no vector.
    pub(super) alone: [f32; 2],
    /// The words it knows.
    pub(super) words: Vec<String>,
    /// For each word, its weights beside a vector, then without one.
    pub(super) of_words: Vec<[[f32; 2]; 2]>,
    pub(super) places: HashMap<String, u32, StableBuild>,
}

impl Default for BaseHead {
    /// A head that knows nothing: everything is as likely as not.
    fn default() -> BaseHead {
        BaseHead::empty("", 0, Vec::new())
    }
}

impl BaseHead {
    /// The weights that the program carries.
    ///
    /// # Errors
    /// None in a program that was built from these sources: a test reads them.
    pub fn embedded() -> Result<BaseHead, FormatError> {
        BaseHead::from_bytes(EMBEDDED)
    }

    /// Whether it reads the vectors of the encoder with this digest.
    #[must_use]
    pub fn reads(&self, encoder: &str) -> bool {
        self.encoder == encoder
    }

    /// What a text says; `embedding` is its vector by the encoder that [`BaseHead::reads`], else nothing.
    #[must_use]
    pub fn valence(&self, text: &str, embedding: Option<&[f32]>) -> Valence {
        let [well, ill] = self.scores(text, embedding);
        let most = well.max(ill).max(0.0);
        let (well, ill, neither) = ((well - most).exp(), (ill - most).exp(), (-most).exp());
        let sum = well + ill + neither;
        Valence { positive: well / sum, negative: ill / sum }
    }

    /// The scores of well and ill, where neither has 0.
    pub(super) fn scores(&self, text: &str, embedding: Option<&[f32]>) -> [f32; 2] {
        let dimension = self.dense.len() - 1;
        let embedding = embedding.filter(|vector| vector.len() == dimension && vector.iter().all(|x| x.is_finite()));
        let mut scores = if embedding.is_some() { self.dense[dimension] } else { self.alone };
        for (x, weights) in embedding.into_iter().flatten().zip(&self.dense) {
            (0..2).for_each(|side| scores[side] += x * weights[side]);
        }
        let column = usize::from(embedding.is_none());
        let known = self.known_words(text);
        let share = 1.0 / (known.len().max(1) as f32).sqrt();
        for word in known {
            (0..2).for_each(|side| scores[side] += share * self.of_words[word as usize][column][side]);
        }
        scores
    }

    /// The known words of a text, each once.
    pub(super) fn known_words(&self, text: &str) -> Vec<u32> {
        let mut known = Vec::new();
        words::each(text, &mut |word| known.extend(self.places.get(word).copied()));
        known.sort_unstable();
        known.dedup();
        known
    }

    /// A head that knows these words and nothing of them.
    pub(super) fn empty(encoder: &str, dimension: usize, words: Vec<String>) -> BaseHead {
        BaseHead {
            encoder: encoder.to_owned(),
            dense: vec![[0.0; 2]; dimension + 1],
            alone: [0.0; 2],
            places: words.iter().cloned().zip(0..).collect(),
            of_words: vec![[[0.0; 2]; 2]; words.len()],
            words,
        }
    }

    /// The weights as bytes, in half precision; the same weights always give the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put_part(&mut out, self.encoder.as_bytes());
        put_part(&mut out, self.words.join("\n").as_bytes());
        out.extend((self.dense.len() as u32).to_le_bytes());
        let weights = self.dense.iter().chain([&self.alone]).chain(self.of_words.iter().flatten()).flatten();
        out.extend(weights.flat_map(|&weight| half(weight).to_le_bytes()));
        out
    }

    /// Reads weights; never panics, whatever the bytes.
    ///
    /// # Errors
    /// Bytes that are something else, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<BaseHead, FormatError> {
        let mut bytes = Bytes(bytes.strip_prefix(MAGIC).ok_or(FormatError::NotAModel)?);
        let (encoder, words) = (bytes.text()?, bytes.text()?);
        let n_rows = bytes.count()?;
        let dense = bytes.many(n_rows, Bytes::pair)?;
        let alone = bytes.pair()?;
        let words: Vec<String> = if words.is_empty() { Vec::new() } else { words.split('\n').map(str::to_owned).collect() };
        let of_words = bytes.many(words.len(), |bytes| Ok([bytes.pair()?, bytes.pair()?]))?;
        if dense.is_empty() || !bytes.0.is_empty() {
            return Err(FormatError::Damaged);
        }
        Ok(BaseHead { dense, alone, of_words, ..BaseHead::empty(&encoder, 0, words) })
    }
}
