//! How jobs write what they found out about a dataset.

use adit_jobs::JobCtx;
use adit_kernel::Result;
use adit_store::Tx;

use super::store::{self, Dataset};

/// Begins a transaction in which a job writes into a dataset: the job still has its lease, and the dataset stays until the
/// end. `None` when the dataset was deleted meanwhile: there is nothing left to write about.
///
/// # Errors
/// Internal when another worker has the job by now.
pub async fn begin_for(ctx: &JobCtx, dataset: &Dataset) -> Result<Option<Tx>> {
    let mut tx = ctx.begin().await?;
    ctx.fence(&mut tx).await?;
    Ok(store::holds(&mut tx, dataset).await?.then_some(tx))
}
