//! `GET /api/v1/datasets/{owner}/{dataset_name}/streams`
//!
//! Lists the streams of a dataset in the order of their creation.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::access;
use super::spelling::Spelling;
use super::store::{self, StreamRow};

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_READ, Permission::DATASETS_READ]);

pub(super) static STREAMS: Operation = Operation {
    id: "get_all_streams",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGERS: Operation = Operation {
    id: "get_all_triggers_in_dataset",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let streams = store::of_dataset(&mut tx, dataset.id).await?;
    Reply::ok(spelling.many(streams.into_iter().map(StreamRow::into_wire).collect()))
}
