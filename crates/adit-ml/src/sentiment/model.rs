//! What a version knows about sentiment: the base head it began with and what annotations taught it.

use std::sync::Arc;

use crate::classifier::{Curve, FormatError, half};
use crate::sentiment::base::{BaseHead, Valence};
use crate::sentiment::bytes::{Bytes, put_part};

const MAGIC: &[u8; 8] = b"ADITSEN1";

/// The sentiment of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// What the text says before any annotation.
    pub valence: Valence,
    /// From -1 to 1: how well it speaks of whatever it is about, by the dataset's annotations.
    pub overall: f32,
    /// For each label of the model, from -1 to 1: how well it speaks of that, should the label hold.
    pub labels: Vec<f32>,
}

/// Knows the sentiment of texts towards the labels of one dataset; cheap to share, never changes.
#[derive(Debug, Clone)]
pub struct SentimentModel {
    pub(super) base: Arc<BaseHead>,
    /// Whether the base head reads the vectors that it will be given.
    pub(super) base_reads_vectors: bool,
    pub(super) learnt: Option<Learnt>,
}

/// What annotations taught.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Learnt {
    /// How much the base head's log-odds count.
    pub(super) of_base: f32,
    /// What holds of every label; the constant is last.
    pub(super) shared: Vec<f32>,
    /// For each label, what is added for it; the constant is last. Empty where no annotation tells anything.
    pub(super) labels: Vec<Vec<f32>>,
    pub(super) curve: Curve,
}

impl SentimentModel {
    /// A model that knows no more than the base head; vectors come from the encoder with the digest given.
    #[must_use]
    pub fn unlearned(base: Arc<BaseHead>, encoder: &str) -> SentimentModel {
        SentimentModel { base_reads_vectors: base.reads(encoder), base, learnt: None }
    }

    /// Whether annotations taught it anything.
    #[must_use]
    pub fn is_learnt(&self) -> bool {
        self.learnt.is_some()
    }

    /// What a text says, before any annotation; `embedding` is its vector, if it has one by the encoder of the training.
    #[must_use]
    pub fn valence(&self, text: &str, embedding: Option<&[f32]>) -> Valence {
        self.base.valence(text, embedding.filter(|_| self.base_reads_vectors))
    }

    /// The sentiment of a text towards `n_labels` labels, those of the training in its order.
    #[must_use]
    pub fn opinion(&self, text: &str, embedding: Option<&[f32]>, n_labels: usize) -> Opinion {
        let embedding = embedding.filter(|vector| vector.iter().all(|x| x.is_finite()));
        let valence = self.valence(text, embedding);
        let base = base_log_odds(&self.base, text, embedding.filter(|_| self.base_reads_vectors));
        let Some(learnt) = &self.learnt else {
            return Opinion { valence, overall: valence.net(), labels: vec![squashed(base); n_labels] };
        };
        let vector = embedding.unwrap_or_default();
        let common = learnt.of_base.mul_add(base, affine(&learnt.shared, vector));
        let of_label = |label: usize| {
            let own = learnt.labels.get(label).map_or(0.0, |weights| affine(weights, vector));
            2.0f32.mul_add(learnt.curve.probability(common + own), -1.0)
        };
        // What speaks of nothing has no sentiment, however annotations lean.
        let says_anything = valence.positive + valence.negative;
        let overall = says_anything * 2.0f32.mul_add(learnt.curve.probability(common), -1.0);
        Opinion { valence, overall, labels: (0..n_labels).map(of_label).collect() }
    }

    /// The model as bytes; the same model always gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        put_part(&mut out, &self.base.to_bytes());
        out.push(u8::from(self.base_reads_vectors));
        let Some(learnt) = &self.learnt else {
            out.push(0);
            return out;
        };
        out.push(1);
        for x in [learnt.of_base, learnt.curve.slope, learnt.curve.offset] {
            out.extend(half(x).to_le_bytes());
        }
        out.extend((learnt.labels.len() as u32).to_le_bytes());
        for weights in [&learnt.shared].into_iter().chain(&learnt.labels) {
            out.extend((weights.len() as u32).to_le_bytes());
            out.extend(weights.iter().flat_map(|&x| half(x).to_le_bytes()));
        }
        out
    }

    /// Reads a model; never panics, whatever the bytes.
    ///
    /// # Errors
    /// Bytes that are something else, of a version that is not known, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<SentimentModel, FormatError> {
        let mut bytes = Bytes(bytes.strip_prefix(MAGIC).ok_or(FormatError::NotAModel)?);
        let base = Arc::new(BaseHead::from_bytes(bytes.part()?)?);
        let [base_reads_vectors, has_learnt] = bytes.array::<2>()?;
        let learnt = if has_learnt == 1 { Some(learnt(&mut bytes)?) } else { None };
        if !bytes.0.is_empty() || base_reads_vectors > 1 || has_learnt > 1 {
            return Err(FormatError::Damaged);
        }
        Ok(SentimentModel { base, base_reads_vectors: base_reads_vectors == 1, learnt })
    }
}

fn learnt(bytes: &mut Bytes<'_>) -> Result<Learnt, FormatError> {
    let of_base = bytes.half()?;
    let curve = Curve { slope: bytes.half()?, offset: bytes.half()? };
    let n_labels = bytes.count()?;
    let weights = |bytes: &mut Bytes<'_>| {
        let n = bytes.count()?;
        bytes.many(n, Bytes::half)
    };
    Ok(Learnt { of_base, curve, shared: weights(bytes)?, labels: bytes.many(n_labels, weights)? })
}

/// The log-odds of well against ill by the base head, bounded: one word is never certain.
pub(super) fn base_log_odds(base: &BaseHead, text: &str, embedding: Option<&[f32]>) -> f32 {
    const MOST: f32 = 5.0;
    let [well, ill] = base.scores(text, embedding);
    (well - ill).clamp(-MOST, MOST)
}

/// The product with all weights but the last, which is added; missing dimensions count as zeros.
pub(super) fn affine(weights: &[f32], vector: &[f32]) -> f32 {
    let Some((constant, weights)) = weights.split_last() else { return 0.0 };
    weights.iter().zip(vector).map(|(weight, x)| weight * x).sum::<f32>() + constant
}

/// From log-odds to a number between -1 and 1.
pub(super) fn squashed(log_odds: f32) -> f32 {
    (0.5 * log_odds).tanh()
}
