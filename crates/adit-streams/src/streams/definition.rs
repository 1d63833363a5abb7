//! The checks of a stream's definition that need another area: its filter and its model version.

use adit_corpus::filter::CommentFilter;
use adit_kernel::{Error, Id, Result, catalogue};
use adit_store::Tx;
use serde_json::Value;

use super::rules::Definition;
use super::wire::TriggerNew;

/// Refuses a filter that could not be applied later.
pub(super) fn check_filter(sent: &TriggerNew) -> Result<()> {
    let Some(filter) = &sent.comment_filter else { return Ok(()) };
    let filter: CommentFilter =
        serde_json::from_value(filter.clone()).map_err(|e| Error::invalid(format!("`comment_filter` cannot be read: {e}.")))?;
    filter.check()
}

/// The filter of a stored stream, ready to be applied.
pub(super) fn filter(stored: &Value) -> Result<CommentFilter> {
    Ok(serde_json::from_value(stored.clone())?)
}

/// Refuses a model version that is not there or not pinned.
pub(super) async fn check_model(tx: &mut Tx, dataset_id: Id, definition: &Definition) -> Result<()> {
    let Some(model) = &definition.model else { return Ok(()) };
    if adit_models::pinned(tx, dataset_id, model.version).await? {
        return Ok(());
    }
    Err(catalogue::model_not_pinned(model.version))
}
