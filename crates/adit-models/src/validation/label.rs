//! `POST /api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/label-validation`
//!
//! The precision and recall curve of one label.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::{fields_mapping, mapping, wire};
use crate::models;

pub(super) static OPERATION: Operation = Operation {
    id: "get_label_validation",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/label-validation",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    call.query.flag("beta")?;
    let body: wire::GetLabelValidationRequest = call.json()?;
    let mut tx = call.env.read().await?;
    let (dataset, row) = models::at(&call, &mut tx).await?;
    let label = row.report.labels.iter().find(|label| label.name == body.label);
    let label = label.ok_or_else(|| Error::missing(format!("Model version `{}` has no label `{}`.", row.version, body.label)))?;
    let moon_validation = match body.moon {
        Some(_) => crate::fields::store::of_version(&mut tx, dataset.id, row.version).await?,
        None => None,
    };
    let moon_validation = moon_validation.and_then(|known| fields_mapping::moon_of_label(&known, label));
    Reply::ok(wire::GetLabelValidationResponse { label_validation: mapping::label_metrics(label), moon_validation })
}
