//! A model version: what a training produced, pinned or not, starred or not, with tags.

mod delete_tag;
mod get_tags;
mod list;
mod pin;
pub(crate) mod reviewed;
pub(crate) mod store;
mod unpin;
mod update;
mod update_tag;
mod wire;

use std::sync::Arc;

use adit_http::{Call, Operation};
use adit_kernel::{Error, Id, Result, catalogue};
use adit_store::{Env, Tx};
use async_trait::async_trait;

pub use store::usage;
pub(crate) use store::{ModelHead, ModelRow};

use crate::engine::{self, Engine, Served};

/// How many versions of a dataset may be pinned.
pub(crate) const MAX_PINNED: usize = 100;

/// Tags a version can carry.
pub(crate) const TAGS: &[&str] = &["staging", "live"];

/// Which streams use a version; implemented above this area.
#[async_trait]
pub trait StreamUse: Send + Sync {
    /// Names of the streams of the dataset that use the version.
    async fn streams_using(&self, tx: &mut Tx, dataset: Id, version: u32) -> Result<Vec<String>>;
}

/// The [`StreamUse`] service of the environment.
#[derive(Clone)]
pub struct StreamUses(pub Arc<dyn StreamUse>);

pub(crate) async fn streams_using(env: &Env, tx: &mut Tx, dataset: Id, version: u32) -> Result<Vec<String>> {
    match env.service::<StreamUses>() {
        Ok(uses) => uses.0.streams_using(tx, dataset, version).await,
        Err(_) => Ok(Vec::new()),
    }
}

/// The operations on versions and tags.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &list::OPERATION,
        &update::OPERATION,
        &pin::OPERATION,
        &unpin::OPERATION,
        &get_tags::OPERATION,
        &update_tag::OPERATION,
        &delete_tag::OPERATION,
    ]
}

/// The newest version of a dataset, if it has any.
pub async fn latest_version(tx: &mut Tx, dataset: Id) -> Result<Option<u32>> {
    Ok(store::latest_head(tx, dataset).await?.map(|head| head.version))
}

/// Whether a version exists and is pinned; until the transaction ends nobody else pins or unpins it, so that what the
/// caller builds on a pinned version is not left without it.
pub async fn pinned(tx: &mut Tx, dataset: Id, version: u32) -> Result<bool> {
    store::lock(tx, dataset, version).await?;
    Ok(store::head(tx, dataset, version).await?.is_some_and(|head| head.is_pinned))
}

/// A loaded version; `None` when there is none or its weights were let go.
pub async fn served(env: &Env, tx: &mut Tx, dataset: Id, version: u32) -> Result<Option<Arc<Served>>> {
    if store::head(tx, dataset, version).await?.is_none() {
        return Ok(None);
    }
    load(env, tx, dataset, version).await
}

/// A version that exists, through the cache; `None` when its weights were let go.
pub(crate) async fn load(env: &Env, tx: &mut Tx, dataset: Id, version: u32) -> Result<Option<Arc<Served>>> {
    if let Some(served) = env.service::<Engine>()?.cached(dataset, version) {
        return Ok(Some(served));
    }
    let Some(row) = store::by_version(tx, dataset, version).await? else { return Ok(None) };
    engine::load(env, dataset, row).await
}

/// The loaded newest version; the outer option says whether there is a version, the inner one whether it has weights.
pub(crate) async fn newest_served(env: &Env, tx: &mut Tx, dataset: Id) -> Result<Option<Option<Arc<Served>>>> {
    let Some(head) = store::latest_head(tx, dataset).await? else { return Ok(None) };
    load(env, tx, dataset, head.version).await.map(Some)
}

/// The loaded version that a path means: a number, `latest`, or a tag; pinned or not.
///
/// # Errors
/// Missing when there is none or its weights were let go.
pub async fn served_as(env: &Env, tx: &mut Tx, dataset: Id, text: &str) -> Result<Arc<Served>> {
    let head = resolve_head(tx, dataset, text).await?;
    load(env, tx, dataset, head.version).await?.ok_or_else(|| catalogue::no_model(&head.version.to_string()))
}

/// The version a path means: a number, `latest`, or a tag.
pub(crate) async fn resolve(tx: &mut Tx, dataset: Id, text: &str) -> Result<ModelRow> {
    let head = resolve_head(tx, dataset, text).await?;
    store::by_version(tx, dataset, head.version).await?.ok_or_else(|| catalogue::no_model(text))
}

/// The head of the version a path means.
pub(crate) async fn resolve_head(tx: &mut Tx, dataset: Id, text: &str) -> Result<ModelHead> {
    let found = match text {
        "latest" => store::latest_head(tx, dataset).await?,
        tag if TAGS.contains(&tag) => match store::tagged(tx, dataset, tag).await? {
            Some(version) => store::head(tx, dataset, version).await?,
            None => None,
        },
        number => {
            let version = number.parse::<u32>().map_err(|_| {
                Error::invalid(format!("`{number}` is not a model version: a number, `latest`, `live` or `staging` is expected."))
            })?;
            store::head(tx, dataset, version).await?
        }
    };
    found.ok_or_else(|| catalogue::no_model(text))
}

/// The dataset of the call's path and the version it names.
pub(crate) async fn at(call: &Call, tx: &mut Tx) -> Result<(adit_datasets::Dataset, ModelRow)> {
    let dataset = adit_datasets::dataset_at(tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let row = resolve(tx, dataset.id, call.param("model_version")?).await?;
    Ok((dataset, row))
}
