//! Sentiment, tone and quality of service: what a version learns about them, serves, and keeps for every comment.

mod gather;
mod properties;
mod rescore;
mod served;
pub(crate) mod store;

pub(crate) use gather::{gather, learn};
pub use properties::{Contribution, LabelImpacts, PropertyValue};
pub use rescore::RescoreDataset;
pub(crate) use served::ServedSentiment;
pub use served::{Judged, Judgement};
pub use store::{KeptScores, PropertyKind, ranked_by_property, scores_of, signed_predictions_of, sum_by_label, sums};
