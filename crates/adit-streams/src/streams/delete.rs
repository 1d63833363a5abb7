//! `DELETE /api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}`
//!
//! Deletes a stream with its position and its exceptions.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use http::Method;

use super::spelling::Spelling;
use super::{access, store};

const NEEDS: Needs = Needs::In(AddressKind::Dataset, &[Permission::STREAMS_ADMIN, Permission::DATASETS_READ]);

pub(super) static STREAM: Operation = Operation {
    id: "delete_stream",
    method: Method::DELETE,
    path: "/api/v1/datasets/{owner}/{dataset_name}/streams/{stream_name}",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Stream)),
};

pub(super) static TRIGGER: Operation = Operation {
    id: "delete_trigger",
    method: Method::DELETE,
    path: "/api/v1/datasets/{owner}/{dataset_name}/triggers/{trigger_name}",
    needs: NEEDS,
    serve: |call| Box::pin(handle(call, Spelling::Trigger)),
};

async fn handle(call: Call, spelling: Spelling) -> Result<Reply> {
    let name = access::name(&call, spelling)?;
    let mut tx = call.env.begin().await?;
    let dataset = access::dataset(&call, &mut tx).await?;
    if !store::delete(&mut tx, dataset.id, name).await? {
        return Err(catalogue::no_stream(name));
    }
    tx.commit().await?;
    Reply::done()
}
