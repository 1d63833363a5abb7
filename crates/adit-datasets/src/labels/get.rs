//! `GET /api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}`
//!
//! Shows one label, named by the query parameter `label_name`.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Id, Permission, Result};
use adit_store::Tx;
use http::Method;
use serde::Serialize;

use super::get_group::group_of;
use super::store::{Label, labels_of};
use super::wire::LabelDef;
use crate::datasets::dataset_of;

pub(super) const OPERATION: Operation = Operation {
    id: "get_label_def",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct GetLabelDefResponse {
    label: LabelDef,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    let (label, _) = label_of(&mut tx, &call, dataset.id).await?;
    Reply::ok(GetLabelDefResponse { label: label.to_wire() })
}

/// The label a call addresses, and all labels of the dataset.
pub(super) async fn label_of(tx: &mut Tx, call: &Call, dataset_id: Id) -> Result<(Label, Vec<Label>)> {
    let group = group_of(tx, call, dataset_id).await?;
    let name = call.query.get("label_name").ok_or_else(|| Error::invalid("`label_name` is a required query parameter."))?;
    let labels = labels_of(tx, dataset_id).await?;
    let found = labels.iter().find(|label| label.group == group.name && label.name == name).cloned();
    Ok((found.ok_or_else(|| Error::missing(format!("No such label: `{name}`.")))?, labels))
}
