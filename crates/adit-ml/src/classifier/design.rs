//! The matrix of a corpus: one row a comment, dense columns first, then the known words.

use crate::classifier::features::{Counts, Vocabulary, count};
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::{Corpus, LabelSpec, TrainError, Unreviewed, for_each_index};

/// From this many comments on, what occurs in a single one is dropped.
const MANY_TEXTS: usize = 100;
/// With each so many comments more, a word has to occur in one more of them.
const VERY_MANY_TEXTS: usize = 5_000;
/// Unreviewed comments that are looked at.
const MAX_UNREVIEWED: usize = 2_000;

/// The rows, and what is known of every label in each.
pub(super) struct Design<'a> {
    pub(super) dimension: usize,
    /// For each row, its vector, where the corpus has it: of many rows they are the most of what there is.
    dense: Vec<&'a [f32]>,
    pub(super) sparse: Vec<Vec<(u32, f32)>>,
    pub(super) vocabulary: Vocabulary,
    /// How many rows are comments; labels in words follow, then comments that nobody reviewed.
    pub(super) n_examples: usize,
    n_learnt: usize,
    /// For each row, the labels that hold, ancestors included; sorted.
    pub(super) assigned: Vec<Vec<usize>>,
    /// For each row, the labels that a person rejected; sorted.
    pub(super) dismissed: Vec<Vec<usize>>,
    /// For each label, how many comments hold it.
    pub(super) n_positives: Vec<usize>,
    /// For each label, whether a comment or its own words say anything of it.
    pub(super) known: Vec<bool>,
    /// Whether every comment holds exactly one label, so that the highest score is what counts.
    pub(super) is_exclusive: bool,
}

impl<'a> Design<'a> {
    /// Checks the corpus and lays it out.
    pub(super) fn new(corpus: &'a Corpus, hierarchy: &Hierarchy, threads: usize) -> Result<Design<'a>, TrainError> {
        let vectors = corpus.examples.iter().map(|example| example.embedding.len());
        let of_labels = corpus.labels.iter().map(|label| label.embedding.len()).filter(|n| *n > 0);
        let dimension = vectors.chain(of_labels).next().ok_or(TrainError::NoExamples)?;
        let mut dense: Vec<&[f32]> = Vec::with_capacity(corpus.examples.len());
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
            dense.push(&example.embedding);
            let holds = hierarchy.with_ancestors(&example.assigned);
            holds.iter().for_each(|&label| n_positives[label] += 1);
            let mut rejected = example.dismissed.clone();
            rejected.retain(|label| holds.binary_search(label).is_err());
            rejected.sort_unstable();
            assigned.push(holds);
            dismissed.push(rejected);
        }
        let is_exclusive = corpus.labels.len() > 1 && assigned.iter().all(|labels: &Vec<usize>| labels.len() == 1);
        let mut texts: Vec<&str> = corpus.examples.iter().map(|example| example.text.as_str()).collect();
        let described: Vec<String> = corpus.labels.iter().map(|label| LabelSpec::text(&label.name, &label.description)).collect();
        for (label, spec) in corpus.labels.iter().enumerate().filter(|(_, spec)| !spec.embedding.is_empty()) {
            if spec.embedding.len() != dimension || spec.embedding.iter().any(|x| !x.is_finite()) {
                return Err(TrainError::DimensionMismatch { uid: spec.name.clone() });
            }
            dense.push(&spec.embedding);
            assigned.push(hierarchy.with_ancestors(&[label]));
            dismissed.push(Vec::new());
            texts.push(&described[label]);
        }
        let (n_examples, n_learnt) = (corpus.examples.len(), texts.len());
        let says = |label: usize| !corpus.labels[label].embedding.is_empty();
        let known = (0..corpus.labels.len()).map(|label| match n_examples {
            // A parent is then what its children are.
            0 => says(label) && !hierarchy.is_parent(label),
            _ => assigned.iter().any(|labels: &Vec<usize>| labels.binary_search(&label).is_ok()),
        });
        let known = known.collect();
        for row in sampled(&corpus.unreviewed) {
            if row.embedding.len() != dimension || row.embedding.iter().any(|x| !x.is_finite()) {
                return Err(TrainError::DimensionMismatch { uid: "an unreviewed comment".to_owned() });
            }
            dense.push(&row.embedding);
            assigned.push(Vec::new());
            dismissed.push(Vec::new());
            texts.push(&row.text);
        }
        let counts: Vec<Counts> = for_each_index(texts.len(), threads, |idx| count(texts[idx]));
        let vocabulary = Vocabulary::learn(
            &counts[..n_examples],
            if n_examples >= MANY_TEXTS { 2 + (n_examples / VERY_MANY_TEXTS) as u32 } else { 1 },
        );
        // One after the other, so that what was counted goes as the rows come.
        let sparse = counts.into_iter().map(|counts| vocabulary.row(&counts)).collect();
        Ok(Design {
            dimension,
            dense,
            sparse,
            vocabulary,
            n_examples,
            n_learnt,
            assigned,
            dismissed,
            n_positives,
            known,
            is_exclusive,
        })
    }

    /// The rows that say in words what a label is; they are learnt from and never held out.
    pub(super) fn described(&self) -> std::ops::Range<usize> {
        self.n_examples..self.n_learnt
    }

    /// The rows that a fit may see: comments and labels in words.
    pub(super) fn learnt(&self) -> std::ops::Range<usize> {
        0..self.n_learnt
    }

    /// The rows that nobody reviewed.
    pub(super) fn unreviewed(&self) -> std::ops::Range<usize> {
        self.n_learnt..self.n_rows()
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
    pub(super) fn dense_row(&self, row: usize) -> &'a [f32] {
        self.dense[row]
    }
}

/// Evenly spaced unreviewed comments.
fn sampled(unreviewed: &[Unreviewed]) -> impl Iterator<Item = &Unreviewed> {
    unreviewed.iter().step_by(unreviewed.len().div_ceil(MAX_UNREVIEWED).max(1))
}
