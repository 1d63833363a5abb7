//! `POST /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/reset`
//!
//! Puts the cursor, backwards or forwards, so that comments taken in at `to_comment_created_at` or later
//! come next.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::position::Position;
use super::spelling::Spelling;
use super::wire::{ResetStreamRequest, ResetStreamResponse};
use super::{access, store};

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_CONSUME, Permission::DATASETS_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "reset_stream",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}/reset",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "reset_trigger",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}/reset",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let at = call.json::<ResetStreamRequest>()?.to_comment_created_at;
    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let stream = access::stream(&call, &mut tx, &dataset, spelling).await?;
    let seq = adit_corpus::seq_before_created(&mut tx, &dataset.source_ids, at).await?;
    let position = Position::new(seq, at);
    store::set_position(&mut tx, &stream, position).await?;
    tx.commit().await?;
    Reply::ok(ResetStreamResponse { sequence_id: position.token(dataset.id), stream: spelling.one(stream.into_wire()) })
}
