//! `GET /api/_private/datasets/{owner}/{dataset_name}/label-groups/{label_group_name}`
//!
//! Shows one label group with its labels.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Id, Permission, Result};
use adit_store::Tx;
use http::Method;
use serde::Serialize;

use super::store::{Group, groups_of, labels_of};
use super::wire::LabelGroup;
use crate::datasets::dataset_of;

pub(super) const OPERATION: Operation = Operation {
    id: "get_label_group",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/label-groups/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// The reply of every operation on one group.
#[derive(Serialize)]
pub(super) struct One {
    pub(super) label_group: LabelGroup,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    let group = group_of(&mut tx, &call, dataset.id).await?;
    let labels = labels_of(&mut tx, dataset.id).await?;
    Reply::ok(One { label_group: group.to_wire(&labels) })
}

/// The group a call addresses.
pub(super) async fn group_of(tx: &mut Tx, call: &Call, dataset_id: Id) -> Result<Group> {
    let spellings = call.param_spellings("label_group_name")?;
    let groups = groups_of(tx, dataset_id).await?;
    let found = spellings.iter().find_map(|name| groups.iter().find(|group| group.name == *name));
    found.cloned().ok_or_else(|| Error::missing(format!("No such label group: `{}`.", spellings.join("` or `"))))
}
