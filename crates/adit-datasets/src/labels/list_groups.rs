//! `GET /api/_private/datasets/{owner}/{dataset_name}/label-groups`
//!
//! Lists the label groups of a dataset with their labels.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Serialize;

use super::store::{groups_of, labels_of};
use super::wire::LabelGroup;
use crate::datasets::dataset_of;

pub(super) const OPERATION: Operation = Operation {
    id: "get_all_label_groups",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/label-groups",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct GetAllLabelGroupsResponse {
    label_groups: Vec<LabelGroup>,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    let labels = labels_of(&mut tx, dataset.id).await?;
    let groups = groups_of(&mut tx, dataset.id).await?;
    Reply::ok(GetAllLabelGroupsResponse { label_groups: groups.iter().map(|group| group.to_wire(&labels)).collect() })
}
