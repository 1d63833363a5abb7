//! The matrix of a corpus: one row a comment, dense columns first, then the known words.

use crate::classifier::features::{Counts, Vocabulary, count};
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::{Corpus, TrainError, for_each_index};

/// From this many comments on, what occurs in a single one is dropped.
const MANY_TEXTS: usize = 100;

/// The rows, and what is known of every label in each.
pub(super) struct Design {
    pub(super) dimension: usize,
    pub(super) dense: Vec<f32>,
    pub(super) sparse: Vec<Vec<(u32, f32)>>,
    pub(super) vocabulary: Vocabulary,
    /// For each row, the labels that hold, ancestors included; sorted.
    pub(super) assigned: Vec<Vec<usize>>,
    /// For each row, the labels that a person rejected; sorted.
    pub(super) dismissed: Vec<Vec<usize>>,
    /// For each label, how many rows hold it.
    pub(super) n_positives: Vec<usize>,
    /// Whether every row holds exactly one label, so that the highest score is what counts.
    pub(super) is_exclusive: bool,
}

impl Design {
    /// Checks the corpus and lays it out.
    pub(super) fn new(corpus: &Corpus, hierarchy: &Hierarchy, threads: usize) -> Result<Design, TrainError> {
        let first = corpus.examples.first().ok_or(TrainError::NoExamples)?;
        let dimension = first.embedding.len();
        let mut dense = Vec::with_capacity(corpus.examples.len() * dimension);
        let mut n_positives = vec![0; corpus.labels.len()];
        let (mut assigned, mut dismissed) = (Vec::new(), Vec::new());
        for example in &corpus.examples {
            let named = example.assigned.iter().chain(&example.dismissed);
            if let Some(&label_idx) = named.clone().find(|idx| **idx >= corpus.labels.len()) {
                return Err(TrainError::UnknownLabel { uid: example.uid.clone(), label_idx });
            }
            if example.embedding.len() != dimension || example.embedding.iter().any(|x| !x.is_finite()) {
                return Err(TrainError::DimensionMismatch { uid: example.uid.clone() });
            }
            dense.extend_from_slice(&example.embedding);
            let holds = hierarchy.with_ancestors(&example.assigned);
            holds.iter().for_each(|&label| n_positives[label] += 1);
            let mut rejected = example.dismissed.clone();
            rejected.retain(|label| holds.binary_search(label).is_err());
            rejected.sort_unstable();
            assigned.push(holds);
            dismissed.push(rejected);
        }
        let counts: Vec<Counts> = for_each_index(corpus.examples.len(), threads, |idx| count(&corpus.examples[idx].text));
        let vocabulary = Vocabulary::learn(&counts, if counts.len() >= MANY_TEXTS { 2 } else { 1 });
        let sparse = counts.iter().map(|counts| vocabulary.row(counts)).collect();
        let is_exclusive = corpus.labels.len() > 1 && assigned.iter().all(|labels: &Vec<usize>| labels.len() == 1);
        Ok(Design { dimension, dense, sparse, vocabulary, assigned, dismissed, n_positives, is_exclusive })
    }

    /// The number of rows.
    pub(super) fn n_rows(&self) -> usize {
        self.sparse.len()
    }

    /// The number of columns, the constant one at the end included.
    pub(super) fn n_columns(&self) -> usize {
        self.dimension + self.vocabulary.buckets.len() + 1
    }

    /// The dense part of a row.
    pub(super) fn dense_row(&self, row: usize) -> &[f32] {
        &self.dense[row * self.dimension..(row + 1) * self.dimension]
    }
}
