//! `GET /api/_private/datasets/{owner}/{dataset_name}/labellers/status`
//!
//! How far training and prediction of a dataset have come.

use std::collections::BTreeMap;

use adit_datasets::Dataset;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::JobState;
use adit_kernel::{Permission, Result};
use http::Method;

use super::wire;
use crate::engine::Engine;
use crate::models::{self, ModelRow};
use crate::predictions::store as predictions;
use crate::training::{PredictDataset, TrainDataset};

pub(super) static OPERATION: Operation = Operation {
    id: "get_dataset_status",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/status",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let newest = models::store::latest(&mut tx, dataset.id).await?;
    let training = adit_jobs::state_of(&mut tx, &TrainDataset::key_of(dataset.id)).await?;
    let n_comments = adit_corpus::count_comments(&mut tx, &dataset.source_ids).await?;
    let by_version = predictions::progress(&mut tx, dataset.id).await?;
    let training_complete = match (&training, &newest) {
        (JobState::Running(done), _) => Some(*done),
        (JobState::Waiting(_), _) => Some(0.0),
        (JobState::Idle, Some(_)) => Some(1.0),
        (JobState::Idle, None) => None,
    };
    let share = |n: i64| if n_comments == 0 { 1.0 } else { (n as f64 / n_comments as f64).clamp(0.0, 1.0) };
    let trained_at = newest.as_ref().map(|row| row.trained_at);
    let n_current =
        newest.as_ref().and_then(|row| by_version.iter().find(|(version, _)| *version == row.version)).map_or(0, |(_, n)| *n);
    let mut stats = BTreeMap::new();
    for (version, n) in &by_version {
        // Let go since, it is as old as anything.
        let Some(row) = models::store::by_version(&mut tx, dataset.id, *version).await? else { continue };
        let counts = wire::InferenceStats { timestamp: row.trained_at, comments: *n, inference_complete: share(*n) };
        stats.insert(version.to_string(), counts);
    }
    let is_complete = newest.is_none() || n_current >= n_comments;
    let inference_stuck = !is_complete && adit_jobs::is_given_up(&mut tx, &PredictDataset::key_of(dataset.id)).await?;
    Reply::ok(wire::GetDatasetStatusResponse {
        dataset_status: wire::DatasetStatus {
            training_complete,
            validation_complete: training_complete,
            training_completion_time: trained_at.unwrap_or_else(|| call.env.now()),
            inference_complete: if newest.is_some() { share(n_current) } else { 0.0 },
            total_comments_with_text: n_comments,
            inference_stats_by_version: stats,
            inference_stuck,
            operation: None,
            encoder: encoder_status(&call, &dataset, newest.as_ref())?,
        },
    })
}

fn encoder_status(call: &Call, dataset: &Dataset, newest: Option<&ModelRow>) -> Result<wire::EncoderStatus> {
    let engine = call.env.service::<Engine>()?;
    let digest = engine.encoder_of(dataset).digest().to_owned();
    let warning = engine.is_substituted(dataset).then(|| {
        let family = &dataset.model_family;
        format!("The encoder for the model family `{family}` is not installed; the default one, which learnt English, stands in.")
    });
    Ok(wire::EncoderStatus { is_of_newest_version: newest.map(|row| row.encoder == digest), digest, warning })
}
