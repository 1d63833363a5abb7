//! `GET /api/v1/datasets/{owner}/{dataset_name}/model-tags`
//!
//! The tags `live` and `staging` and the versions they stand for.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::{store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_model_tags",
    method: Method::GET,
    path: "/api/v1/datasets/{owner}/{dataset_name}/model-tags",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let tags = store::tags(&mut tx, dataset.id).await?;
    let model_tags =
        tags.into_iter().map(|(name, version, updated_at)| wire::TaggedUserModelVersion { name, version, updated_at });
    Reply::ok(wire::GetModelTagsResponse { model_tags: model_tags.collect() })
}
