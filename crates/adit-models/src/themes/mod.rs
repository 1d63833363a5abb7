//! Themes: what the comments are about that nobody has reviewed.

mod cluster_dataset;
mod get;
mod interpretation;
mod record;
pub(crate) mod store;
mod suggestions;
mod thread;
mod wire;

use adit_http::Operation;

pub use cluster_dataset::ClusterDataset;
pub(crate) use cluster_dataset::MAX_LACKING;
pub use store::theme_members;

/// The operations on themes.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION, &thread::OPERATION]
}
