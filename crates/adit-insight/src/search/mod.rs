//! Which comments contain these words? An index of stems, kept up by a job, and the judgment on what it finds.

mod index_source;
mod query;
pub(crate) mod store;
mod terms;

use adit_jobs::enqueue;
use adit_kernel::{Result, Timestamp};
use adit_store::Tx;

pub use index_source::IndexSource;
pub(crate) use query::{Field, SearchQuery};
pub(crate) use terms::Language;

/// Empties the search index of all tenants and enqueues the jobs that fill it again.
pub async fn rebuild(tx: &mut Tx, now: Timestamp) -> Result<()> {
    store::forget_all(tx).await?;
    for source_id in adit_corpus::all_source_ids(tx).await? {
        enqueue(tx, &IndexSource { source_id }, now).await?;
    }
    Ok(())
}
