//! `POST /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/advance`
//!
//! Moves the cursor: everything up to `sequence_id` is consumed. Repeating it changes nothing, and an older
//! `sequence_id` moves the cursor back.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::position::Position;
use super::spelling::Spelling;
use super::wire::{AdvanceStreamRequest, AdvanceStreamResponse};
use super::{access, store};

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "advance_stream",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/advance",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "advance_trigger",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}/advance",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let request: AdvanceStreamRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let stream = access::stream(&call, &mut tx, &dataset, spelling).await?;
    let head_seq = adit_corpus::head_seq(&mut tx).await?;
    let position = Position::parse(&request.sequence_id, dataset.id, head_seq)?;
    store::set_position(&mut tx, &stream, position).await?;
    tx.commit().await?;
    Reply::ok(AdvanceStreamResponse { sequence_id: position.token(dataset.id) })
}
