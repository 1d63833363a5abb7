//! `POST /api/_private/datasets/{owner}/{dataset_name}/labellers/predict`
//!
//! Predicts texts with the newest version, pinned or not.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::predict::answer;
use crate::models;

pub(super) static OPERATION: Operation = Operation {
    id: "predict_latest",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/predict",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body = call.json()?;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let served = models::served_as(&call.env, &mut tx, dataset.id, "latest").await?;
    drop(tx);
    answer(&call, &dataset, &served, body).await
}
