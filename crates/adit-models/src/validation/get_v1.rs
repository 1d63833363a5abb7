//! `GET /api/v1/datasets/{owner}/{dataset_name}/labellers/{model_version}/validation`
//!
//! The validation of a version in short.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_ml::validation::Health;
use http::Method;

use super::{mapping, wire};
use crate::models;

pub(super) static OPERATION: Operation = Operation {
    id: "get_validation_v1",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/labellers/{model_version}/validation",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let (dataset, row) = models::at(&call, &mut tx).await?;
    let shown = adit_datasets::wire_of(&mut tx, &dataset).await?;
    let report = &row.report;
    let count = |health: Health| report.labels.iter().filter(|label| label.health == health).count();
    let parts = |name: &str| name.split(" > ").map(str::to_owned).collect();
    let validation = wire::ValidationSummaryV1 {
        version: row.version,
        labels: report
            .labels
            .iter()
            .map(|label| wire::LabelSummaryV1 { name: label.name.clone(), parts: parts(&label.name) })
            .collect(),
        entities: shown
            .entity_defs
            .iter()
            .map(|def| wire::EntitySummaryV1 { name: def.name.clone(), title: def.title.clone() })
            .collect(),
        num_reviewed_comments: report.n_reviewed,
        num_labels: report.labels.len(),
        num_amber_labels: count(Health::Amber),
        num_red_labels: count(Health::Red),
        mean_average_precision_safe: report.mean_average_precision,
        dataset_quality: mapping::quality_name(report.quality),
        dataset_score: report.score,
        balance: report.balance.as_ref().map(|balance| balance.score),
        balance_quality: report.balance.as_ref().map(|balance| mapping::quality_of(balance.score)),
        coverage: report.coverage,
        coverage_quality: report.coverage.map(mapping::quality_of),
        underperforming_labels_quality: report.underperforming_score.map(mapping::quality_of),
        all_labels_quality: report.all_labels_score.map(mapping::quality_of),
        interval: report.interval,
        evidence: mapping::evidence_name(report.evidence()),
    };
    Reply::ok(wire::GetValidationV1Response { validation })
}
