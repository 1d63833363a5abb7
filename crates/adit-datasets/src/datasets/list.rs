//! `GET /api/v1/datasets`
//!
//! Lists the datasets the caller may read, in all projects.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Id, Permission, Result};
use adit_store::Tx;
use http::Method;
use serde::Serialize;

use super::get::hidden_sources;
use super::{store, wire};
use crate::labels::store::{groups_by_dataset, labels_by_dataset};

pub(super) const OPERATION: Operation = Operation {
    id: "get_all_datasets",
    method: Method::GET,
    path: "/api/v1/datasets",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
pub(super) struct Datasets {
    pub(super) datasets: Vec<wire::Dataset>,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    Reply::ok(readable(&mut tx, &call, None).await?)
}

/// The datasets of a project, or of all, that the caller may read.
pub(super) async fn readable(tx: &mut Tx, call: &Call, owner: Option<&str>) -> Result<Datasets> {
    let tenant = call.caller.tenant_id;
    let mut datasets = store::datasets_in(tx, tenant, owner).await?;
    datasets.retain(|dataset| call.caller.may(Permission::DATASETS_READ, &dataset.owner));
    let groups = groups_by_dataset(tx, tenant).await?;
    let labels = labels_by_dataset(tx, tenant).await?;
    let mut source_ids: Vec<Id> = datasets.iter().flat_map(|dataset| dataset.source_ids.iter().copied()).collect();
    source_ids.sort_unstable();
    source_ids.dedup();
    let hidden = hidden_sources(tx, call, &source_ids).await?;
    let shown = |dataset: &store::Dataset| {
        let groups = groups.get(&dataset.id).map_or(&[][..], Vec::as_slice);
        dataset.to_wire(groups, labels.get(&dataset.id).map_or(&[][..], Vec::as_slice), &hidden)
    };
    Ok(Datasets { datasets: datasets.iter().map(shown).collect() })
}
