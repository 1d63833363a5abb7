//! `GET /api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}/{label_name}/fields/{field_id}/history`
//!
//! How a field of a label changed from version to version.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;
use serde::Serialize;

use super::history;
use crate::fields::Definition;

pub(in crate::fields) static OPERATION: Operation = Operation {
    id: "get_field_history",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}/{label_name}/fields/{field_id}/history",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// `FieldSnapshot`.
#[derive(Debug, PartialEq, Serialize)]
struct Snapshot {
    field_id: String,
    field_type_id: String,
    name: String,
    instructions: String,
}

async fn handle(call: Call) -> Result<Reply> {
    let (label, id) = (call.param("label_name")?.to_owned(), call.param("field_id")?.to_owned());
    let snapshot = |definition: &Definition| {
        let form = definition.forms.iter().find(|form| form.label == label)?;
        let field = form.fields.iter().find(|field| field.field_id == id)?;
        Some(Snapshot {
            field_id: field.field_id.clone(),
            field_type_id: field.type_id.clone(),
            name: field.name.clone(),
            instructions: field.instructions.clone(),
        })
    };
    let is_known = |label: &adit_datasets::Label| label.moon_form.iter().flatten().any(|field| field.field_id == id);
    let missing = || Error::missing(format!("Label `{label}` has no field `{id}`."));
    let mut tx = call.env.read().await?;
    Reply::ok(history(&call, &mut tx, snapshot, is_known, missing).await?)
}
