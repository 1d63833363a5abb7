//! The loop: an annotation becomes a new version, a version re-predicts its dataset, new comments get vectors.

mod embed_source;
mod judge;
mod predict_dataset;
mod representation;
mod train_dataset;
mod warm;

pub use embed_source::EmbedSource;
pub use predict_dataset::PredictDataset;
pub use train_dataset::TrainDataset;

pub(crate) use representation::Standing;
pub(crate) use train_dataset::{Gathered, SEED, fingerprint, gather, unreviewed, unreviewed_vectors};
pub(crate) use warm::{Purpose, WarmModels};
