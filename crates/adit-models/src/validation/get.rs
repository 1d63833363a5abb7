//! `GET /api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/validation`
//!
//! The whole validation of a version.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{fields_mapping, mapping, wire};
use crate::models;

pub(super) static OPERATION: Operation = Operation {
    id: "get_validation",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/validation",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    call.query.flag("beta")?;
    let mut tx = call.env.read().await?;
    let (dataset, row) = models::at(&call, &mut tx).await?;
    let shown = adit_datasets::wire_of(&mut tx, &dataset).await?;
    let known = crate::fields::store::of_version(&mut tx, dataset.id, row.version).await?.unwrap_or_default();
    let report = &row.report;
    // A source that the caller may not read is not named.
    let sources = adit_corpus::sources_by_ids(&mut tx, call.caller.tenant_id, &dataset.source_ids).await?;
    let source_name = |id: &str| {
        let source = sources.iter().find(|source| source.id.to_string() == id)?;
        call.caller.may(Permission::SOURCES_READ, &source.owner).then(|| format!("{}/{}", source.owner, source.name))
    };
    let validation = wire::ValidationSummary {
        fingerprint: row.fingerprint.clone(),
        model_kind: "cm",
        version: row.version,
        training_time: row.training_ms as f64 / 1000.0,
        input_updated_at: row.input_at,
        trained_time: row.trained_at,
        entities: fields_mapping::entities(&known),
        train_size: report.n_train,
        test_size: report.n_test,
        reviewed_size: report.n_reviewed,
        min_comments_threshold: mapping::MIN_TRAINING_EXAMPLES,
        mean_average_precision_safe: report.mean_average_precision,
        recalls: mapping::recall_grid(),
        mean_precision_curve_safe: mapping::mean_precision_curve(report),
        labels: report.labels.iter().map(|label| (label.name.clone(), mapping::label_summary(report, label))).collect(),
        model_rating: mapping::rating(report),
        cooccurrence: mapping::cooccurrence(report),
        has_uninformative: report.n_uninformative > 0,
        interval: report.interval,
        effective_size: report.effective_size,
        evidence: mapping::evidence_name(report.evidence()),
        languages: mapping::parts(&report.languages, &|name| Some(name.to_owned())),
        sources: mapping::parts(&report.sources, &source_name),
    };
    let moon = fields_mapping::moon(&known, report);
    Reply::ok(wire::GetValidationResponse { entity_defs: shown.entity_defs, label_groups: shown.label_groups, validation, moon })
}
