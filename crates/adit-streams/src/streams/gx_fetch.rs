//! `POST /api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/gx-fetch`
//!
//! Returns the next batch with the records that a language model extracts from it. The same batch comes again until
//! somebody advances; what was extracted once is kept, so that it costs nothing the second time.

use adit_generative::{GroupPredictions, Scores};
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Serialize;

use super::spelling::Spelling;
use super::wire::FetchFromStreamRequest;
use super::{reading, rules};

const NEEDS: Needs =
    Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ, Permission::SOURCES_READ]);

pub(super) static OPERATION: Operation = Operation {
    id: "fetch_from_gx_stream",
    method: Method::POST,
    path: "/api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/gx-fetch",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call)),
};

/// Comments in one batch, whatever size is asked for: each is a question of its own, and clients wait four minutes.
const MAX_COMMENTS: usize = 16;

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
    predictions: Vec<GroupPredictions>,
    sequence_id: String,
}

async fn handle(call: Call) -> Result<Reply> {
    let request: FetchFromStreamRequest = call.json()?;
    let mut limits = rules::fetch_limits(request.size, request.max_filtered)?;
    limits.size = limits.size.min(MAX_COMMENTS);
    let reading = reading::read(&call, Spelling::Stream, limits).await?;
    let thresholds = reading.stream.label_thresholds();
    let comments = &reading.batch.comments;
    let scores: Option<Vec<&Scores>> =
        reading.predicted.as_ref().map(|predicted| (0..comments.len()).map(|n| predicted.scores_of(n)).collect());
    let admits = |label: &str, probability: f64| rules::passes(thresholds, label, probability);
    let extracted = adit_generative::extract_comments(&call.env, &reading.dataset, comments, scores.as_deref(), &admits).await?;
    let results = comments.iter().zip(extracted).map(|(comment, predictions)| StreamCommentExtractionsResult {
        comment: reading.shown(comment),
        predictions,
        sequence_id: reading.token(comment),
    });
    Reply::ok(FetchFromGxStreamResponse {
        results: results.collect(),
        filtered: reading.batch.filtered,
        sequence_id: reading.end_token(),
    })
}
