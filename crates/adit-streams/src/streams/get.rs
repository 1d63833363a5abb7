//! `GET /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}`
//!
//! Shows one stream.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::access;
use super::spelling::Spelling;

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_READ, Permission::DATASETS_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "get_stream_by_name",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "get_trigger",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    let stream = access::stream(&call, &mut tx, &dataset, spelling).await?;
    Reply::ok(spelling.one(stream.into_wire()))
}
