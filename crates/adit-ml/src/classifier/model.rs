//! A trained model: scores of a text for every label.

use rten_simd::SimdOp;
use sha2::{Digest, Sha256};

use crate::classifier::calibrate::Curve;
use crate::classifier::design::Design;
use crate::classifier::features::{Vocabulary, count};
use crate::classifier::folds::Weights;
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::lanes::{AddRows, TOGETHER};
use crate::classifier::memory::Memory;
use crate::classifier::solver::Settings;
use crate::classifier::start::packed;
use crate::classifier::train::probabilities;
use crate::classifier::{Corpus, for_each_index};

/// Scores texts for the labels that it was trained on; cheap to share, never changes.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) names: Vec<String>,
    pub(super) dimension: usize,
    pub(super) vocabulary: Vocabulary,
    /// One row of half-precision weights a column, as wide as there are labels; the constant is last.
    pub(super) weights: Vec<u16>,
    /// Folds with the weights of the fit that did not see them, as wide and long as `weights`.
    ///
    /// Only for the training that comes next; a model read back has none.
    pub(super) held_out: Vec<(usize, Vec<u16>)>,
    pub(super) memory: Option<Memory>,
    pub(super) curves: Vec<Curve>,
    /// Whether the label had an example or said something.
    pub(super) known: Vec<bool>,
    pub(super) settings: Settings,
    pub(super) n_examples: usize,
    pub(super) seed: u64,
    pub(super) fingerprint: String,
    pub(super) hierarchy: Hierarchy,
}

/// What a fresh model is made of.
pub(super) struct Parts<'a> {
    pub(super) names: Vec<String>,
    pub(super) design: &'a Design<'a>,
    pub(super) corpus: &'a Corpus,
    pub(super) weights: &'a Weights,
    pub(super) held_out: Vec<(usize, &'a Weights)>,
    pub(super) memory: Option<Memory>,
    pub(super) curves: Vec<Curve>,
    pub(super) settings: Settings,
    pub(super) seed: u64,
}

impl Model {
    /// The names of the labels, in the order of the scores.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.names
    }

    /// The length of the embeddings that it takes.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The seed that it was trained with.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// A SHA-256 in hex of the data that it was trained on.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How many reviewed comments it was trained on.
    #[must_use]
    pub fn n_examples(&self) -> usize {
        self.n_examples
    }

    /// The probability of each label, from 0 to 1; a child's is never above its parent's.
    ///
    /// An embedding of another length is cut or padded with zeros.
    #[must_use]
    pub fn predict(&self, text: &str, embedding: &[f32]) -> Vec<f32> {
        self.predict_few(&[(text, embedding)]).pop().unwrap_or_default()
    }

    /// As [`Model::predict`] for many rows, on up to `threads` threads.
    #[must_use]
    pub fn predict_many(&self, rows: &[(&str, &[f32])], threads: usize) -> Vec<Vec<f32>> {
        let few: Vec<&[(&str, &[f32])]> = rows.chunks(TOGETHER).collect();
        for_each_index(few.len(), threads, |at| self.predict_few(few[at])).into_iter().flatten().collect()
    }

    /// As [`Model::predict`] for a few rows; what neighbours say is looked up for all of them together.
    fn predict_few(&self, rows: &[(&str, &[f32])]) -> Vec<Vec<f32>> {
        let embeddings: Vec<&[f32]> = rows.iter().map(|(_, embedding)| *embedding).collect();
        let shares = self.memory.as_ref().map(|memory| memory.shares(&embeddings, self.names.len()));
        let shares = |at: usize| shares.as_ref().and_then(|shares| shares.get(at)).map(Vec::as_slice);
        rows.iter().enumerate().map(|(at, (text, embedding))| self.probabilities(text, embedding, shares(at))).collect()
    }

    /// The probability of each label, given what neighbours say, if anything is remembered of them.
    fn probabilities(&self, text: &str, embedding: &[f32], shares: Option<&[f32]>) -> Vec<f32> {
        let n_labels = self.names.len();
        let mut scores = vec![0.0f32; n_labels];
        let mut add = |column: usize, numbers: &[f32]| {
            let weights = &self.weights[column * n_labels..][..numbers.len() * n_labels];
            AddRows { weights, numbers, sums: &mut scores }.dispatch();
        };
        add(self.dimension + self.vocabulary.buckets.len(), &[1.0]);
        let finite = |&x: &f32| if x.is_finite() { x } else { 0.0 };
        add(0, &embedding.iter().take(self.dimension).map(finite).collect::<Vec<f32>>());
        if !self.vocabulary.buckets.is_empty() {
            for (column, x) in self.vocabulary.row(&count(text)) {
                add(self.dimension + column as usize, &[x * self.settings.sparse_scale]);
            }
        }
        if let Some(shares) = shares {
            scores.iter_mut().zip(shares).for_each(|(score, share)| *score += self.settings.neighbors * share);
        }
        probabilities(&scores, &self.curves, &self.known, &self.hierarchy)
    }

    /// How it was fitted, for the next training.
    pub(super) fn settings(&self) -> Settings {
        self.settings
    }

    /// Puts a fresh model together; the sparse columns stay out where they are not used.
    pub(super) fn assemble(parts: Parts<'_>) -> Model {
        let Parts { names, design, corpus, weights, held_out, memory, curves, settings, seed } = parts;
        let uses_words = settings.sparse_scale > 0.0;
        let vocabulary = if uses_words { design.vocabulary.clone() } else { Vocabulary::new(Vec::new(), Vec::new()) };
        let n_kept = if uses_words { design.n_columns() - 1 } else { design.dimension };
        let packed = |weights: &Weights| packed(weights, names.len(), n_kept);
        Model {
            weights: packed(weights),
            held_out: held_out.into_iter().map(|(fold, weights)| (fold, packed(weights))).collect(),
            known: design.known.clone(),
            hierarchy: Hierarchy::new(&names),
            names,
            dimension: design.dimension,
            vocabulary,
            memory,
            curves,
            settings,
            n_examples: design.n_examples,
            seed,
            fingerprint: fingerprint(corpus),
        }
    }
}

/// A digest of labels and examples; lengths go in first, so that no two corpora run together.
fn fingerprint(corpus: &Corpus) -> String {
    let mut digest = Sha256::new();
    let mut add = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    for label in &corpus.labels {
        add(label.name.as_bytes());
        add(label.description.as_bytes());
        add(&label.embedding.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
    }
    for example in &corpus.examples {
        add(example.uid.as_bytes());
        add(example.text.as_bytes());
        add(&example.embedding.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
        for labels in [&example.assigned, &example.dismissed] {
            add(&labels.iter().flat_map(|&label| (label as u64).to_le_bytes()).collect::<Vec<u8>>());
        }
    }
    for row in &corpus.unreviewed {
        add(row.text.as_bytes());
        add(&row.embedding.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
    }
    hex::encode(digest.finalize())
}
