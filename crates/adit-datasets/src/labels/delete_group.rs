//! `DELETE /api/_private/datasets/{owner}/{dataset_name}/label-groups/{label_group_name}`
//!
//! Deletes a label group with its labels and their assignments; the group `default` always exists.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::get_group::group_of;
use super::store::{self, labels_of};
use super::{DEFAULT_GROUP, Label};
use crate::annotations::forget_labels;
use crate::datasets::{dataset_of, touch};
use crate::{AnnotationsChanged, TaxonomyChanged};

pub(super) const OPERATION: Operation = Operation {
    id: "delete_label_group",
    method: Method::DELETE,
    path: "/api/_private/datasets/{owner}/{dataset_name}/label-groups/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    touch(&mut tx, &dataset, now).await?;
    let group = group_of(&mut tx, &call, dataset.id).await?;
    if group.name == DEFAULT_GROUP {
        return Err(Error::unprocessable("The label group `default` cannot be deleted."));
    }
    let mut labels: Vec<Label> = labels_of(&mut tx, dataset.id).await?;
    labels.retain(|label| label.group == group.name);
    let n_modified = forget_labels(&mut tx, &dataset, &labels, now).await?;
    store::delete_group(&mut tx, dataset.id, &group.name).await?;
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, now).await?;
    if n_modified > 0 {
        emit(&mut tx, &AnnotationsChanged { dataset_id: dataset.id }, now).await?;
    }
    tx.commit().await?;
    Reply::done()
}
