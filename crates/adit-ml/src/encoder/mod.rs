//! Encoders: text in, one vector of unit length out.

use std::ops::Range;

mod batches;
pub mod distil;
mod forward;
mod hash;
mod minilm;
pub mod multilingual;
mod static_table;
mod threads;
mod tokenizer;
mod weights;

pub use hash::HashEncoder;
pub use minilm::MiniLm;
pub use multilingual::UseMultilingual;
pub use static_table::StaticEncoder;
pub use weights::WeightsError;

/// The word pieces of uncased BERT, one a line; the line's number is the token.
static VOCABULARY: &str = include_str!("../../assets/vocab.txt");

/// Turns texts into vectors whose dot product says how alike the texts are.
///
/// Implementations never fail: every text, the empty one included, has a vector, and it does not
/// depend on the texts that share the call.
///
/// Encoders with threads of their own use them for callers that are no thread of a pool of `rayon`; those that are have
/// everything done by their pool, and with that at the priority of its threads.
pub trait Encoder: Send + Sync {
    /// Names the weights and the way they are used; two encoders with one digest give the same vectors.
    fn digest(&self) -> &str;

    /// The length of every vector.
    fn dimension(&self) -> usize;

    /// One vector of unit length for each text, in order.
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>>;

    /// What each token of the texts means where it stands; `None`, whatever the texts, if this encoder cannot tell.
    ///
    /// Like vectors, states do not depend on the texts that share the call.
    fn token_states(&self, texts: &[&str]) -> Option<Vec<TokenStates>> {
        let _ = texts;
        None
    }
}

/// The tokens of a text, as far as it is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TokenStates {
    /// The bytes of the text that each token stands for, in order; never empty, and on character boundaries.
    pub places: Vec<Range<usize>>,
    /// For each token a row of [`Encoder::dimension`] numbers.
    pub values: Vec<f32>,
}

/// Scales a vector to unit length; a null vector becomes the first axis.
fn normalize(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 1e-12 && length.is_finite() {
        vector.iter_mut().for_each(|x| *x /= length);
        return;
    }
    vector.fill(0.0);
    if let Some(first) = vector.first_mut() {
        *first = 1.0;
    }
}
