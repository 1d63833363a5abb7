//! `PUT /api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}`
//!
//! Creates labels, in the order given; labels that exist get the settings that were sent.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Deserialize;

use super::get_group::group_of;
use super::rules::put_defs;
use super::store::{labels_of, put_labels};
use super::wire::LabelDefNew;
use crate::TaxonomyChanged;
use crate::datasets::{dataset_of, touch};

pub(super) const OPERATION: Operation = Operation {
    id: "create_label_defs_bulk",
    method: Method::PUT,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

/// The contract also allows the shape of an update, in which the name is optional; here a label needs its name.
#[derive(Deserialize)]
struct CreateOrUpdateLabelDefsBulkRequest {
    label_defs: Vec<LabelDefNew>,
}

async fn handle(call: Call) -> Result<Reply> {
    let sent = call.json::<CreateOrUpdateLabelDefsBulkRequest>()?.label_defs;
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    touch(&mut tx, &dataset, now).await?;
    let group = group_of(&mut tx, &call, dataset.id).await?;
    let existing = labels_of(&mut tx, dataset.id).await?;
    let changed = put_defs(&group.name, &existing, sent, &dataset.settings.entity_defs, call.env.random.as_ref())?;
    put_labels(&mut tx, dataset.id, &changed).await?;
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, now).await?;
    tx.commit().await?;
    Reply::done()
}
