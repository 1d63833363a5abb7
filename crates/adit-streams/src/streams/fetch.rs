//! `POST /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/fetch`
//!
//! Returns the next batch with the labels that the stream lets through. The same batch comes again until
//! somebody advances.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::spelling::Spelling;
use super::wire::{FetchFromStreamRequest, FetchFromStreamResponse, StreamCommentResult};
use super::{reading, rules};

const NEEDS: Needs =
    Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ, Permission::SOURCES_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "fetch_from_stream",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/fetch",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "poll_trigger",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}/fetch",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let request: FetchFromStreamRequest = call.json()?;
    let limits = rules::fetch_limits(request.size, request.max_filtered)?;
    let reading = reading::read(&call, spelling, limits, false).await?;
    let thresholds = reading.stream.label_thresholds();
    let result = |(n, comment)| StreamCommentResult {
        comment: reading.shown(comment),
        sequence_id: reading.token(comment),
        labels: reading.predicted.as_ref().map(|predicted| predicted.labels(n, thresholds)),
        entities: reading.predicted.as_ref().map(|predicted| predicted.entities(n)),
        label_properties: reading.predicted.as_ref().and_then(|predicted| predicted.label_properties(n)),
    };
    Reply::ok(FetchFromStreamResponse {
        filtered: reading.batch.filtered,
        sequence_id: reading.end_token(),
        results: reading.batch.comments.iter().enumerate().map(result).collect(),
        is_end_sequence: reading.batch.is_end,
    })
}
