//! A model that learnt from four fifths met some labels more often and others less than they hold in the whole.

use crate::classifier::design::Design;
use crate::validation::N_FOLDS;

/// How far each part's models are off, because their rows hold more or less of a label than all rows do.
pub(super) struct Priors {
    /// For each part and label: log odds of the label in all rows, less those in the rows outside the part.
    shifts: Vec<Vec<f32>>,
}

impl Priors {
    /// Counts how often labels hold; `folds` is the part of each example.
    pub(super) fn new(design: &Design<'_>, folds: &[usize]) -> Priors {
        let n_labels = design.n_positives.len();
        let mut n_rows = [0.0f32; N_FOLDS];
        let mut n_of = vec![vec![0.0f32; n_labels]; N_FOLDS];
        for (labels, &fold) in design.assigned[..design.n_examples].iter().zip(folds) {
            n_rows[fold] += 1.0;
            labels.iter().for_each(|&label| n_of[fold][label] += 1.0);
        }
        let total: f32 = n_rows.iter().sum();
        let log_odds = |n: f32, of: f32| ((n + 0.5) / (of - n + 0.5)).ln();
        let shift = |fold: usize, label: usize| {
            let n: f32 = n_of.iter().map(|part| part[label]).sum();
            log_odds(n, total) - log_odds(n - n_of[fold][label], total - n_rows[fold])
        };
        Priors { shifts: (0..N_FOLDS).map(|fold| (0..n_labels).map(|label| shift(fold, label)).collect()).collect() }
    }

    /// How much the score of every label rises on rows of one part for models of all parts to be comparable
    /// (M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the outputs of a classifier to new a priori
    /// probabilities", 2002).
    pub(super) fn of(&self, fold: usize) -> &[f32] {
        &self.shifts[fold]
    }
}
