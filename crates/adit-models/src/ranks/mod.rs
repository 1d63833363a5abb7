//! In which order should people look at comments, and which annotations may be wrong? Derived; jobs fill it.

mod score_reviewed;
mod spread;
pub(crate) mod store;

pub use score_reviewed::ScoreReviewed;
pub(crate) use spread::spread;
pub use store::{Rank, doubted, doubts_of, rank_of, ranked, ranked_near};

use adit_datasets::Dataset;
use adit_ml::selection;

/// The probability at which models of a dataset are least sure of a label.
pub fn least_sure_at(dataset: &Dataset) -> f64 {
    f64::from(if dataset.has_sentiment { selection::CENTER_WITH_SENTIMENT } else { selection::CENTER })
}
