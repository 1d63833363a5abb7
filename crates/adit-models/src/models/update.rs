//! `PATCH /api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}`
//!
//! Stars a version or describes it.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, names};
use http::Method;

use super::{at, reviewed, store, streams_using, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "update_model",
    method: Method::PATCH,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::MODELS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::UpdateModelRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let (dataset, mut row) = at(&call, &mut tx).await?;
    row.is_starred = body.starred.unwrap_or(row.is_starred);
    row.description = body.description.unwrap_or(row.description);
    names::check_description(&row.description)?;
    store::set_marks(&mut tx, dataset.id, &row).await?;
    let is_used = !streams_using(&call.env, &mut tx, dataset.id, row.version).await?.is_empty();
    let counts = reviewed::counts(&call.env, &mut tx, dataset.id, row.version).await?;
    tx.commit().await?;
    Reply::ok(wire::UpdateModelResponse { labeller: wire::UserModelMetadata::new(row.into(), counts, is_used) })
}
