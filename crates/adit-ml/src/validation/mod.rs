//! How well a model does: curves, average precision, thresholds and the rating, on the test part.

mod curve;
mod groups;
mod interval;
mod measure;
mod outlook;
mod rating;
mod relations;
mod report;

pub use groups::{PartScore, Tested};
pub use interval::{Interval, wilson};
pub use outlook::Outlook;
pub use rating::{Balance, Quality, similarity};
pub use relations::Confusion;
pub use report::{Basis, Decisions, Evidence, Health, LabelReport, OptimalThresholds, Point, Report, Warning};

pub(crate) use curve::{Judged, average_precision};
pub(crate) use measure::{Scored, report};

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

/// SplitMix64's finaliser: the same number always, and any bit of it as good as another.
fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
