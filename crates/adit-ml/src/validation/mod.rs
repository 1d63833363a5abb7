//! How well a model does: curves, average precision, thresholds and the rating, on the test part.

mod curve;
mod rating;
mod report;

pub use rating::{Balance, Quality, coverage, similarity};
pub use report::{Health, LabelReport, OptimalThresholds, Report, Warning};

pub(crate) use curve::average_precision;
pub(crate) use report::{Evidence, report};

use crate::stable_hash::fnv1a;

/// Into how many parts the comments fall.
pub(crate) const N_FOLDS: usize = 5;
/// The part that tests.
pub(crate) const TEST_FOLD: usize = 0;

/// Whether a comment belongs to the test part: FNV-1a (64 bits) of its id is a multiple of five.
#[must_use]
pub fn is_test(uid: &str) -> bool {
    fold(uid) == TEST_FOLD
}

/// The part that a comment belongs to for good.
pub(crate) fn fold(uid: &str) -> usize {
    (fnv1a(uid.as_bytes()) % N_FOLDS as u64) as usize
}
