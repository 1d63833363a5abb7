//! `PUT /api/_private/datasets/{owner}/{dataset_name}/model-tags/{tag_name}`
//!
//! Lets a tag stand for a pinned version.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use http::Method;

use super::{TAGS, store, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_model_tag",
    method: Method::PUT,
    path: "/api/_private/datasets/{owner}/{dataset_name}/model-tags/{tag_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::MODELS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let tag = call.param("tag_name")?.to_owned();
    if !TAGS.contains(&tag.as_str()) {
        return Err(Error::invalid(format!("'{tag}' is not one of ['staging', 'live'] (at `tag_name`)")));
    }
    let body: wire::UpdateModelTagRequest = call.json()?;
    let version = body.model_tag.version;
    let mut tx = call.env.begin().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    store::lock(&mut tx, dataset.id, version).await?;
    let row = store::by_version(&mut tx, dataset.id, version).await?.ok_or_else(|| catalogue::no_model(&version.to_string()))?;
    if !row.is_pinned {
        return Err(Error::unprocessable(format!("Model version `{version}` is not pinned: only pinned versions carry tags.")));
    }
    let now = call.env.now();
    store::set_tag(&mut tx, dataset.id, &tag, version, now).await?;
    tx.commit().await?;
    Reply::ok(wire::UpdateModelTagResponse { model_tag: wire::TaggedUserModelVersion { name: tag, version, updated_at: now } })
}
