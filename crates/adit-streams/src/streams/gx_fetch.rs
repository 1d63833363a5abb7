//! `POST /api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/gx-fetch`
//!
//! Returns the next batch with the records of its labels. The same batch comes again until somebody advances.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_models::GroupPredictions;
use http::Method;
use serde::Serialize;

use super::spelling::Spelling;
use super::wire::FetchFromStreamRequest;
use super::{reading, rules};

pub(super) static OPERATION: Operation = Operation {
    id: "fetch_from_gx_stream",
    method: Method::POST,
    path: "/api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/gx-fetch",
    needs: Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// `FetchFromGxStreamResponse`.
#[derive(Debug, Serialize)]
struct FetchFromGxStreamResponse {
    results: Vec<StreamCommentExtractionsResult>,
    filtered: usize,
    sequence_id: String,
}

/// `StreamCommentExtractionsResult`.
#[derive(Debug, Serialize)]
struct StreamCommentExtractionsResult {
    comment: adit_corpus::wire::Comment,
    /// Empty without a model.
    predictions: Vec<GroupPredictions>,
    sequence_id: String,
}

async fn handle(call: Call) -> Result<Reply> {
    let request: FetchFromStreamRequest = call.json()?;
    let limits = rules::fetch_limits(request.size, request.max_filtered)?;
    let reading = reading::read(&call, Spelling::Stream, limits, false).await?;
    let comments = &reading.batch.comments;
    let mut extractions = match &reading.predicted {
        Some(predicted) => predicted.extractions(comments).await?,
        None => Vec::new(),
    };
    extractions.resize(comments.len(), Vec::new());
    let result = |(comment, predictions)| StreamCommentExtractionsResult {
        comment: reading.shown(comment),
        predictions,
        sequence_id: reading.token(comment),
    };
    Reply::ok(FetchFromGxStreamResponse {
        results: comments.iter().zip(extractions).map(result).collect(),
        filtered: reading.batch.filtered,
        sequence_id: reading.end_token(),
    })
}
