//! `DELETE /api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/pin`
//!
//! Gives a version up, unless a stream or a tag needs it.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::{at, store, streams_using};

pub(super) static OPERATION: Operation = Operation {
    id: "unpin_model",
    method: Method::DELETE,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/pin",
    needs: Needs::In(AddressKind::Dataset, &[Permission::MODELS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.begin().await?;
    let (dataset, found) = at(&call, &mut tx).await?;
    store::lock(&mut tx, dataset.id, found.version).await?;
    let mut row = store::by_version(&mut tx, dataset.id, found.version).await?.unwrap_or(found);
    let streams = streams_using(&call.env, &mut tx, dataset.id, row.version).await?;
    if !streams.is_empty() {
        let names = streams.join("`, `");
        return Err(Error::conflict(format!("Model version `{}` is used by the streams `{names}`.", row.version)));
    }
    let tags = store::tags(&mut tx, dataset.id).await?;
    if let Some((tag, ..)) = tags.iter().find(|(_, version, _)| *version == row.version) {
        return Err(Error::conflict(format!(
            "Model version `{}` carries the tag `{tag}`; move or delete the tag first.",
            row.version
        )));
    }
    row.is_pinned = false;
    store::set_marks(&mut tx, dataset.id, &row).await?;
    tx.commit().await?;
    Reply::done()
}
