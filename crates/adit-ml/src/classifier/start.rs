//! Where a fit begins: at the weights of an earlier model, as far as its labels and words are known.
//!
//! A fit has one best answer wherever it begins; near to it a few steps are enough. A model that is judged on held-out
//! rows begins only at one that did not see them either: whether a comment is held out depends on its id alone.

use std::collections::HashMap;

use crate::classifier::design::Design;
use crate::classifier::folds::Weights;
use crate::classifier::format::{half, whole};
use crate::classifier::lanes::{LANES, Lanes};
use crate::classifier::model::Model;

/// The weights of the columns kept, the constant last, in half precision: one row a column, as wide as there are labels.
pub(super) fn packed(weights: &Weights, n_labels: usize, n_kept: usize) -> Vec<u16> {
    let last = weights.first().map_or(0, |group| group.len().saturating_sub(1));
    let row = |column: usize| (0..n_labels).map(move |label| half(weights[label / LANES][column][label % LANES]));
    (0..n_kept).chain([last]).flat_map(row).collect()
}

impl Model {
    /// The same model with the fits without each fold, if they are about the same words.
    pub(super) fn with_held_out(&self, design: &Design<'_>, fits: Vec<(usize, &Weights)>) -> Model {
        let n_kept = self.dimension + self.vocabulary.buckets.len();
        let is_about_the_same = self.vocabulary.buckets.is_empty() || self.vocabulary.buckets == design.vocabulary.buckets;
        let fits = fits.into_iter().filter(|_| is_about_the_same && self.dimension == design.dimension);
        let held_out = fits.map(|(fold, weights)| (fold, packed(weights, self.names.len(), n_kept))).collect();
        Model { held_out, ..self.clone() }
    }

    /// The bytes of what only the next training needs.
    #[must_use]
    pub fn n_warm_bytes(&self) -> usize {
        self.held_out.iter().map(|(_, weights)| size_of_val(weights.as_slice())).sum()
    }

    /// The weights that a fit to a design begins at: this model's own, or those of its fit without a fold.
    ///
    /// `None` where vectors are of another length or there was no such fit.
    pub(super) fn start(&self, design: &Design<'_>, names: &[String], fold: Option<usize>, sparse_scale: f32) -> Option<Weights> {
        let weights = match fold {
            None => &self.weights,
            Some(fold) => &self.held_out.iter().find(|held_out| held_out.0 == fold)?.1,
        };
        if self.dimension != design.dimension {
            return None;
        }
        let place: HashMap<&str, usize> = self.names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        let before: Vec<Option<usize>> = names.iter().map(|name| place.get(name.as_str()).copied()).collect();
        let known: HashMap<u32, usize> = self.vocabulary.buckets.iter().copied().zip(self.dimension..).collect();
        let constant = self.dimension + self.vocabulary.buckets.len();
        let words = design.vocabulary.buckets.iter().map(|bucket| known.get(bucket).copied());
        let columns: Vec<Option<usize>> = (0..design.dimension).map(Some).chain(words).chain([Some(constant)]).collect();
        // What a word weighs is the product of both.
        let of_words = if sparse_scale > 0.0 { self.settings.sparse_scale / sparse_scale } else { 0.0 };
        let lanes = |group: usize, at: usize| -> Lanes {
            let Some(column) = columns[at] else { return [0.0; LANES] };
            let is_word = at >= design.dimension && at + 1 < columns.len();
            let scale = if is_word { of_words } else { 1.0 };
            std::array::from_fn(|lane| match before.get(group * LANES + lane) {
                Some(&Some(label)) => scale * whole(weights[column * self.names.len() + label]),
                _ => 0.0,
            })
        };
        let group = |group: usize| (0..columns.len()).map(|at| lanes(group, at)).collect();
        Some((0..names.len().div_ceil(LANES)).map(group).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::classifier::design::Design;
    use crate::classifier::hierarchy::Hierarchy;
    use crate::classifier::{Corpus, Example, LabelSpec, Model, Options, Trained, held_out, train};

    const DIMENSION: usize = 6;

    /// Texts of three labels, more than there are words, so that weights belong to columns.
    fn corpus(n: usize) -> Corpus {
        let words = ["invoice", "parcel", "password"];
        let example = |at: usize| {
            let label = at % 3;
            let noise = |n: usize| ((at * 7 + n * 13) % 17) as f32 / 17.0 - 0.5;
            let mut embedding: Vec<f32> = (0..DIMENSION).map(noise).collect();
            embedding[label] += 0.6;
            let other = if at.is_multiple_of(5) { words[(at / 5) % 3] } else { "please" };
            // Some are annotated wrongly, so that no label is certain.
            let assigned = vec![if at.is_multiple_of(7) { (label + 1) % 3 } else { label }];
            Example {
                uid: format!("s.{at}"),
                text: format!("{} {other}", words[label]),
                embedding,
                assigned,
                ..Example::default()
            }
        };
        let label = |name: &str| LabelSpec { name: name.to_owned(), ..LabelSpec::default() };
        Corpus { labels: words.map(label).to_vec(), examples: (0..n).map(example).collect(), ..Corpus::default() }
    }

    fn trained(corpus: &Corpus, warm: Option<&Model>) -> Trained {
        train(corpus, warm, &Options { threads: 2, seed: 0 }, &|_| true).unwrap()
    }

    fn design<'a>(corpus: &'a Corpus, names: &[String]) -> Design<'a> {
        Design::new(corpus, &Hierarchy::new(names), 2).unwrap()
    }

    #[test]
    fn a_fit_begins_at_the_weights_of_the_same_label_and_word_and_no_other() {
        let mut corpus = corpus(600);
        let model = trained(&corpus, None).model;
        corpus.labels.reverse();
        corpus.labels[1].name = "other".to_owned();
        for example in &mut corpus.examples {
            example.assigned = vec![2 - example.assigned[0]];
            example.text.push_str(" indeed");
        }
        let names: Vec<String> = corpus.labels.iter().map(|label| label.name.clone()).collect();
        let design = design(&corpus, &names);
        let start = model.start(&design, &names, None, model.settings.sparse_scale).unwrap();
        assert_eq!(start[0].len(), design.n_columns());
        let again = super::packed(&start, 3, design.n_columns() - 1);
        let old = |column: usize, label: usize| model.weights[column * 3 + label];
        for column in 0..DIMENSION {
            assert_eq!(again[column * 3..][..3], [old(column, 2), 0, old(column, 0)]);
        }
        let constant = DIMENSION + model.vocabulary.buckets.len();
        assert_eq!(again[again.len() - 3..], [old(constant, 2), 0, old(constant, 0)]);
        let mut n_known = 0;
        for (at, bucket) in design.vocabulary.buckets.iter().enumerate() {
            let known = model.vocabulary.buckets.binary_search(bucket).ok();
            let expected = known.map_or([0; 3], |column| [old(DIMENSION + column, 2), 0, old(DIMENSION + column, 0)]);
            assert_eq!(again[(DIMENSION + at) * 3..][..3], expected);
            n_known += usize::from(known.is_some());
        }
        assert!(n_known > 0 && n_known < design.vocabulary.buckets.len());
    }

    #[test]
    fn what_is_held_out_begins_at_a_fit_that_did_not_see_it() {
        let corpus = corpus(600);
        let model = trained(&corpus, None).model;
        let names: Vec<String> = model.names.clone();
        let start = |model: &Model, fold| model.start(&design(&corpus, &names), &names, fold, model.settings.sparse_scale);
        let mut folds: Vec<usize> = model.held_out.iter().map(|held_out| held_out.0).collect();
        folds.dedup();
        assert_eq!(folds, [0, 1, 2, 3, 4]);
        for (fold, weights) in &model.held_out {
            let start = start(&model, Some(*fold)).unwrap();
            assert_eq!(super::packed(&start, 3, model.dimension + model.vocabulary.buckets.len()), *weights);
            assert_ne!(*weights, model.weights, "fold {fold}");
        }
        let read = Model::from_bytes(&model.to_bytes()).unwrap();
        assert!(start(&read, None).is_some() && start(&read, Some(0)).is_none());
    }

    #[test]
    fn wherever_it_began_a_training_ends_at_the_same_model_and_validation() {
        let more = corpus(630);
        let fewer = Corpus { examples: more.examples[..600].to_vec(), ..more.clone() };
        let before = trained(&fewer, None).model;
        let (cold, warm) = (trained(&more, None), trained(&more, Some(&before)));
        assert_eq!(cold.model.settings, warm.model.settings, "else there is nothing to compare");
        assert_eq!(cold.tested.rows, warm.tested.rows);
        let nearest = |a: &[Vec<f32>], b: &[Vec<f32>]| {
            let pairs = a.iter().flatten().zip(b.iter().flatten());
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        let validation = nearest(&cold.tested.probabilities, &warm.tested.probabilities);
        let scores = |model: &Model| -> Vec<Vec<f32>> {
            more.examples.iter().map(|row| model.predict(&row.text, &row.embedding)).collect()
        };
        let apart = nearest(&scores(&cold.model), &scores(&warm.model));
        assert!(validation < 0.04 && apart < 0.04, "{validation} {apart}");
        let options = Options { threads: 2, seed: 0 };
        let unseen = |corpus: &Corpus, warm| held_out(corpus, &cold.model, warm, &options, &|_| true).unwrap();
        let unseen_before = unseen(&fewer, None).warm;
        assert_eq!(unseen_before.held_out.len(), 5);
        let unseen = [None, Some(&unseen_before)].map(|warm| unseen(&more, warm).probabilities);
        let apart = nearest(&unseen[0], &unseen[1]);
        assert!(apart > 0.0 && apart < 0.04, "{apart}");
    }

    #[test]
    fn a_correction_is_heard_however_near_the_fit_began() {
        let mut corpus = corpus(600);
        let before = trained(&corpus, None).model;
        let at = 302;
        let score = |model: &Model, corpus: &Corpus| model.predict(&corpus.examples[at].text, &corpus.examples[at].embedding);
        let (old, label) = (score(&before, &corpus), corpus.examples[at].assigned[0]);
        corpus.examples[at].assigned = vec![(label + 1) % 3];
        let after = trained(&corpus, Some(&before)).model;
        let new = score(&after, &corpus);
        assert!(new[label] < old[label] && new[(label + 1) % 3] > old[(label + 1) % 3], "{old:?} {new:?}");
    }
}
