//! `DELETE /api/_private/datasets/{owner}/{dataset_name}/model-tags/{tag_name}`
//!
//! Removes a tag; the version stays.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::store;

pub(super) static OPERATION: Operation = Operation {
    id: "delete_model_tag",
    method: Method::DELETE,
    path: "/api/_private/datasets/{owner}/{dataset_name}/model-tags/{tag_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::MODELS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let tag = call.param("tag_name")?;
    let mut tx = call.env.begin().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    if !store::delete_tag(&mut tx, dataset.id, tag).await? {
        return Err(Error::missing(format!("No such model tag: `{tag}`.")));
    }
    tx.commit().await?;
    Reply::done()
}
