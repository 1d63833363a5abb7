//! Throws derived data away and has it computed again from what is true.

mod store;

use adit_jobs::enqueue;
use adit_kernel::{Result, Timestamp};
use adit_store::Tx;

use crate::ranks::ScoreReviewed;
use crate::training::EmbedSource;

/// Empties vectors, predictions, ranks, doubts and themes of all tenants, and enqueues the jobs that fill them again.
/// Model versions stay; so do the centers that themes began with, which leads to the same themes.
pub async fn rebuild(tx: &mut Tx, now: Timestamp) -> Result<()> {
    store::forget(tx).await?;
    for source_id in adit_corpus::all_source_ids(tx).await? {
        enqueue(tx, &EmbedSource { source_id }, now).await?;
    }
    for dataset_id in store::datasets_with_models(tx).await? {
        enqueue(tx, &ScoreReviewed { dataset_id }, now).await?;
    }
    Ok(())
}
