//! `POST /api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/gx-fetch`
//!
//! Returns the next batch with the records of its labels: found by the dataset's own models, or by a language model
//! where one may be asked. The same batch comes again until somebody advances; what a language model extracted once is
//! kept, so that it costs nothing the second time.

use adit_generative::Scores;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::reading::{self, Reading};
use super::rules;
use super::spelling::Spelling;
use super::wire::FetchFromStreamRequest;

pub(super) static OPERATION: Operation = Operation {
    id: "fetch_from_gx_stream",
    method: Method::POST,
    path: "/api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/gx-fetch",
    needs: Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Comments in one batch for a language model: each is a question of its own, and clients wait four minutes.
const MAX_ASKED: usize = 16;

/// `FetchFromGxStreamResponse`.
#[derive(Serialize)]
struct FetchFromGxStreamResponse {
    results: Vec<StreamCommentExtractionsResult>,
    filtered: usize,
    sequence_id: String,
}

/// `StreamCommentExtractionsResult`.
#[derive(Serialize)]
struct StreamCommentExtractionsResult {
    comment: adit_corpus::wire::Comment,
    /// Empty without a model.
    predictions: Vec<Value>,
    sequence_id: String,
}

async fn handle(call: Call) -> Result<Reply> {
    let request: FetchFromStreamRequest = call.json()?;
    let mut limits = rules::fetch_limits(request.size, request.max_filtered)?;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let is_asked = adit_generative::may_extract(&call.env, &dataset.ok_or_else(|| call.no_dataset())?);
    drop(tx);
    if is_asked {
        limits.size = limits.size.min(MAX_ASKED);
    }
    let reading = reading::read(&call, Spelling::Stream, limits, false).await?;
    let extracted = if is_asked { asked(&call, &reading).await? } else { found(&reading).await? };
    let result = |(comment, predictions)| StreamCommentExtractionsResult {
        comment: reading.shown(comment),
        predictions,
        sequence_id: reading.token(comment),
    };
    Reply::ok(FetchFromGxStreamResponse {
        results: reading.batch.comments.iter().zip(extracted).map(result).collect(),
        filtered: reading.batch.filtered,
        sequence_id: reading.end_token(),
    })
}

/// The records that a language model extracts: `GroupPredictions` of each comment.
async fn asked(call: &Call, reading: &Reading) -> Result<Vec<Vec<Value>>> {
    let thresholds = reading.stream.label_thresholds();
    let comments = &reading.batch.comments;
    let scores: Option<Vec<&Scores>> =
        reading.predicted.as_ref().map(|predicted| (0..comments.len()).map(|n| predicted.scores_of(n)).collect());
    let admits = |label: &str, probability: f64| rules::passes(thresholds, label, probability);
    let groups = adit_generative::extract_comments(&call.env, &reading.dataset, comments, scores.as_deref(), &admits).await?;
    groups.iter().map(|groups| written(groups)).collect()
}

/// The records that the dataset's own models find; none without a model.
async fn found(reading: &Reading) -> Result<Vec<Vec<Value>>> {
    let comments = &reading.batch.comments;
    let groups = match &reading.predicted {
        Some(predicted) => predicted.extractions(comments).await?,
        None => Vec::new(),
    };
    let mut written: Vec<Vec<Value>> = groups.iter().map(|groups| written(groups)).collect::<Result<_>>()?;
    written.resize(comments.len(), Vec::new());
    Ok(written)
}

fn written<T: Serialize>(groups: &[T]) -> Result<Vec<Value>> {
    groups.iter().map(|group| Ok(serde_json::to_value(group)?)).collect()
}
