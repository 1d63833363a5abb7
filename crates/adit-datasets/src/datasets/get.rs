//! `GET /api/v1/datasets/{owner}/{dataset_name}`
//!
//! Shows one dataset with its definitions.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Id, Permission, Result};
use adit_store::Tx;
use http::Method;
use serde::Serialize;

use super::store::{Dataset, dataset_of};
use super::wire;
use crate::labels::{labels_of, store::groups_of};

pub(super) const OPERATION: Operation = Operation {
    id: "get_dataset",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// The reply of every operation on one dataset.
#[derive(Serialize)]
pub(super) struct One {
    pub(super) dataset: wire::Dataset,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) num_copied: Option<i64>,
}

pub(super) async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    Reply::ok(shown(&mut tx, &call, &dataset).await?)
}

/// A dataset with its current definitions.
pub(super) async fn shown(tx: &mut Tx, call: &Call, dataset: &Dataset) -> Result<One> {
    let groups = groups_of(tx, dataset.id).await?;
    let labels = labels_of(tx, dataset.id).await?;
    let hidden = hidden_sources(tx, call, &dataset.source_ids).await?;
    Ok(One { dataset: dataset.to_wire(&groups, &labels, &hidden), num_copied: None })
}

/// Those of the sources whose comments the caller may not see.
pub(super) async fn hidden_sources(tx: &mut Tx, call: &Call, ids: &[Id]) -> Result<Vec<Id>> {
    if call.caller.is_tenant_admin() {
        return Ok(Vec::new());
    }
    let mut sources = adit_corpus::sources_by_ids(tx, call.caller.tenant_id, ids).await?;
    sources.retain(|source| !call.caller.may(Permission::SOURCES_READ, &source.owner));
    Ok(sources.into_iter().map(|source| source.id).collect())
}

/// The dataset with its current definitions as a caller sees it who may see all its sources.
pub async fn wire_of(tx: &mut Tx, dataset: &Dataset) -> Result<wire::Dataset> {
    let groups = groups_of(tx, dataset.id).await?;
    let labels = labels_of(tx, dataset.id).await?;
    Ok(dataset.to_wire(&groups, &labels, &[]))
}
