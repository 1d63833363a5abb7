//! Finds the dataset and the stream of a path, and guards the comments behind them.

use std::collections::HashMap;

use adit_corpus::Source;
use adit_datasets::Dataset;
use adit_http::{Call, Caller};
use adit_kernel::{Id, Permission, Result, catalogue, names};
use adit_store::Tx;

use super::definition;
use super::rules::Definition;
use super::spelling::Spelling;
use super::store::{self, StreamRow};

/// The dataset of the path.
pub(super) async fn dataset(call: &Call, tx: &mut Tx) -> Result<Dataset> {
    let found = adit_datasets::dataset_at(tx, call.caller.tenant_id, &call.address()?).await?;
    found.ok_or_else(|| call.no_dataset())
}

/// The name in the path. What cannot be a name names no stream; some of it could not even be looked up.
pub(super) fn name(call: &Call, spelling: Spelling) -> Result<&str> {
    let name = call.param(spelling.parameter())?;
    names::check_resource(name, "stream name").map_err(|_| catalogue::no_stream(name))?;
    Ok(name)
}

/// The stream of the path.
pub(super) async fn stream(call: &Call, tx: &mut Tx, dataset: &Dataset, spelling: Spelling) -> Result<StreamRow> {
    let name = name(call, spelling)?;
    store::by_name(tx, dataset.id, name).await?.ok_or_else(|| catalogue::no_stream(name))
}

/// The stream of the path, held against changes by others until this transaction ends.
pub(super) async fn locked_stream(call: &Call, tx: &mut Tx, dataset: &Dataset, spelling: Spelling) -> Result<StreamRow> {
    let name = name(call, spelling)?;
    store::locked_by_name(tx, dataset.id, name).await?.ok_or_else(|| catalogue::no_stream(name))
}

/// The dataset's sources, all of which the caller must be allowed to read.
///
/// A stream has one cursor for all its consumers: leaving out the sources that one consumer may not read
/// would lose their comments for everybody else, so such a consumer is refused.
pub(super) async fn readable_sources(call: &Call, tx: &mut Tx, dataset: &Dataset) -> Result<Vec<Source>> {
    let sources = adit_corpus::sources_by_ids(tx, call.caller.tenant_id, &dataset.source_ids).await?;
    for source in &sources {
        call.caller.require(Permission::SOURCES_READ, &source.owner)?;
    }
    Ok(sources)
}

/// Refuses a filter by sensitive user properties that the caller may not see: which comments pass would tell their values.
pub(super) async fn check_filter_is_seen(call: &Call, tx: &mut Tx, dataset: &Dataset, definition: &Definition) -> Result<()> {
    let Some(stored) = &definition.comment_filter else { return Ok(()) };
    let filter = definition::filter(stored)?;
    for source in adit_corpus::sources_by_ids(tx, call.caller.tenant_id, &dataset.source_ids).await? {
        let view = adit_corpus::view_for(&call.caller, &source, false);
        if filter.property_names().any(|name| view.hides(name)) {
            return Err(catalogue::forbidden_in(Permission::SOURCES_READ_SENSITIVE.0, &source.owner));
        }
    }
    Ok(())
}

/// By source, the sensitive user properties that the caller may not see.
pub(super) fn hidden_properties(caller: &Caller, sources: Vec<Source>) -> HashMap<Id, Vec<String>> {
    let is_hidden = |source: &Source| !caller.may(Permission::SOURCES_READ_SENSITIVE, &source.owner);
    sources.into_iter().filter(is_hidden).map(|source| (source.id, source.sensitive_properties)).collect()
}
