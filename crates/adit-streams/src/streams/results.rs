//! `GET /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/results`
//!
//! Returns the next batch with every label and the thresholds it clears: `stream` marks those that the stream
//! lets through. The same batch comes again until somebody advances. The preview route is its older address.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::results_wire::{GetStreamResultsResponse, StreamResult};
use super::spelling::Spelling;
use super::{reading, rules};

const NEEDS: Needs =
    Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ, Permission::SOURCES_READ]);

pub(super) static CURRENT: Operation = Operation {
    id: "get_stream_results",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/results",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call)),
};

pub(super) static PREVIEW: Operation = Operation {
    id: "get_stream_results_preview",
    method: Method::GET,
    path: "/api/preview/datasets/{owner}/{dataset_name}/streams/{stream_name}/results",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let asked = |key: &str| call.query.number(key, i64::MIN, i64::MAX);
    let limits = rules::results_limits(asked("max_results")?, asked("max_filtered")?)?;
    let reading = reading::read(&call, Spelling::Stream, limits, true).await?;
    let thresholds = reading.stream.label_thresholds();
    let result = |(n, comment)| StreamResult {
        comment: reading.shown(comment),
        prediction: reading.predicted.as_ref().map(|predicted| predicted.confidences(n, thresholds)),
        continuation: reading.token(comment),
    };
    Reply::ok(GetStreamResultsResponse {
        results: reading.batch.comments.iter().enumerate().map(result).collect(),
        model: reading.predicted.as_ref().map(|predicted| predicted.definition()),
        num_filtered: reading.batch.filtered,
        more_results: !reading.batch.is_end,
        continuation: reading.end_token(),
    })
}
