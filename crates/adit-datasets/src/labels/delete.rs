//! `DELETE /api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}`
//!
//! Deletes a label, everything below it, and their assignments.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Serialize;

use super::get::label_of;
use super::rules::is_in_subtree;
use super::store;
use crate::annotations::forget_labels;
use crate::datasets::{dataset_of, touch};
use crate::{AnnotationsChanged, TaxonomyChanged};

pub(super) const OPERATION: Operation = Operation {
    id: "delete_label_def",
    method: Method::DELETE,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct DeleteLabelDefResponse {
    num_modified: i64,
}

async fn handle(call: Call) -> Result<Reply> {
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    touch(&mut tx, &dataset, now).await?;
    let (root, mut labels) = label_of(&mut tx, &call, dataset.id).await?;
    labels.retain(|label| label.group == root.group && is_in_subtree(&label.name, &root.name));
    let num_modified = forget_labels(&mut tx, &dataset, &labels, now).await?;
    for label in &labels {
        store::delete_label(&mut tx, dataset.id, label.id).await?;
    }
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, now).await?;
    if num_modified > 0 {
        emit(&mut tx, &AnnotationsChanged { dataset_id: dataset.id }, now).await?;
    }
    tx.commit().await?;
    Reply::ok(DeleteLabelDefResponse { num_modified })
}
