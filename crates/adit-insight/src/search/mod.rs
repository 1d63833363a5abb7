//! Which comments contain these words? An index of stems, kept up by a job, and the judgment on what it finds.

mod index_source;
mod query;
pub(crate) mod store;
mod terms;

pub use index_source::IndexSource;
pub(crate) use query::{Field, SearchQuery};
pub(crate) use terms::Language;
