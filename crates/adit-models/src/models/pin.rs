//! `PUT /api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/pin`
//!
//! Keeps a version for good and makes it usable by streams and the v1 predict routes.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use adit_tenancy::quotas::{Kind, admit, hold};
use http::Method;

use super::{MAX_PINNED, at, store};

pub(super) static OPERATION: Operation = Operation {
    id: "pin_model",
    method: Method::PUT,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/pin",
    needs: Needs::In(AddressKind::Dataset, &[Permission::MODELS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.begin().await?;
    let (dataset, found) = at(&call, &mut tx).await?;
    if found.is_pinned {
        return Reply::done();
    }
    hold(&mut tx, dataset.tenant_id, Kind::PinnedModels).await?;
    store::lock(&mut tx, dataset.id, found.version).await?;
    let mut row = store::by_version(&mut tx, dataset.id, found.version).await?.unwrap_or(found);
    if row.is_pinned {
        // Somebody else was faster.
        return Reply::done();
    }
    if row.blob.is_none() {
        return Err(Error::conflict(format!("Model version `{}` was not pinned in time and is gone.", row.version)));
    }
    if store::count_pinned(&mut tx, dataset.id).await? >= MAX_PINNED as i64 {
        return Err(Error::unprocessable(format!("At most {MAX_PINNED} versions of a dataset can be pinned; unpin one first.")));
    }
    let used = store::count_pinned(&mut tx, dataset.id).await? + 1;
    admit(&mut tx, dataset.tenant_id, Kind::PinnedModels, used, 1).await?;
    row.is_pinned = true;
    store::set_marks(&mut tx, dataset.id, &row).await?;
    tx.commit().await?;
    Reply::done()
}
