//! How good a version is, in the shapes callers expect, and how far training and prediction have come.

mod fields_mapping;
mod fields_wire;
mod get;
mod get_v1;
mod label;
mod mapping;
mod status;
mod wire;

use std::collections::HashMap;

use adit_http::Operation;
use adit_kernel::{Id, Result};
use adit_ml::validation::LabelReport;
use adit_store::Tx;
use serde_json::Value;

use crate::models;

pub(crate) use mapping::{judgement, quality_of};
pub(crate) use wire::Kinded;

/// How healthy the labels are that the newest version knows, by name, in the wire's shape, with the balanced threshold.
pub async fn health_of_labels(tx: &mut Tx, dataset: Id) -> Result<HashMap<String, (Value, Option<f32>)>> {
    let Some(row) = models::store::latest(tx, dataset).await? else { return Ok(HashMap::new()) };
    let one = |label: &LabelReport| {
        let threshold = label.optimal.map(|optimal| optimal.balanced);
        Ok((label.name.clone(), (serde_json::to_value(mapping::health(label))?, threshold)))
    };
    row.report.labels.iter().map(one).collect()
}

/// How healthy the fields are that the newest version knows, by the definition of their type, in the wire's shape.
pub async fn health_of_fields(tx: &mut Tx, dataset: Id) -> Result<HashMap<String, Value>> {
    let Some(version) = models::latest_version(tx, dataset).await? else { return Ok(HashMap::new()) };
    let known = crate::fields::store::of_version(tx, dataset, version).await?.unwrap_or_default();
    let stats = fields_mapping::entities(&known).entities_by_def_id;
    stats.into_iter().map(|(id, stat)| Ok((id, serde_json::to_value(stat.health)?))).collect()
}

/// The operations on validation and status.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION, &get_v1::OPERATION, &label::OPERATION, &status::OPERATION]
}
