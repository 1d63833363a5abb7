//! `GET /api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}/{label_name}/history`
//!
//! How the set of a label's fields changed from version to version.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;
use serde::Serialize;

use super::history;
use crate::fields::Definition;

pub(in crate::fields) static OPERATION: Operation = Operation {
    id: "get_field_group_history",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}/{label_name}/history",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// `FieldGroupSnapshot`.
#[derive(Debug, PartialEq, Serialize)]
struct Snapshot {
    name: String,
    instructions: String,
    field_ids: Vec<String>,
}

async fn handle(call: Call) -> Result<Reply> {
    let label = call.param("label_name")?.to_owned();
    let snapshot = |definition: &Definition| {
        let form = definition.forms.iter().find(|form| form.label == label)?;
        Some(Snapshot {
            name: form.label.clone(),
            instructions: form.instructions.clone(),
            field_ids: form.fields.iter().map(|field| field.field_id.clone()).collect(),
        })
    };
    let missing = || Error::missing(format!("The dataset has no label `{label}`."));
    let mut tx = call.env.read().await?;
    Reply::ok(history(&call, &mut tx, snapshot, |_| true, missing).await?)
}
