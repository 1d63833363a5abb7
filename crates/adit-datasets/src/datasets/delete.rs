//! `DELETE /api/v1/datasets/{owner}/{dataset_name}`
//!
//! Deletes a dataset with its annotations, models and streams; the sources stay.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store::{self, dataset_of};
use crate::annotations::forget_reviews;

pub(super) const OPERATION: Operation = Operation {
    id: "delete_dataset_v1",
    method: Method::DELETE,
    path: "/api/v1/datasets/{owner}/{dataset_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

pub(super) async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    store::seize(&mut tx, &dataset).await?;
    forget_reviews(&mut tx, dataset.id).await?;
    store::delete(&mut tx, &dataset).await?;
    tx.commit().await?;
    Reply::done()
}
