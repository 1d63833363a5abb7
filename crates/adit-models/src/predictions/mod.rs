//! Predictions: for texts that are not stored, for stored comments, and the kept ones that orders and counts need.

pub(crate) mod embeddings;
mod explain;
mod extractions;
mod latest;
mod predict;
mod predict_comments;
mod predict_extractions;
mod predict_latest;
pub(crate) mod rules;
pub(crate) mod store;
mod wire;

use adit_http::Operation;

pub use explain::{Explained, explained};
pub use extractions::{GroupPredictions, extractions_shown};
pub use latest::LatestPredictor;
pub use predict_extractions::predict_extractions;
pub use store::{count_by_label, predictions_of, ranked_by_any_label, ranked_by_label};

/// The operations that predict.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&predict::OPERATION, &predict_latest::OPERATION, &predict_comments::OPERATION]
}
