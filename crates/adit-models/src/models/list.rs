//! `POST /api/_private/datasets/{owner}/{dataset_name}/labellers`
//!
//! Versions of a dataset, newest first, with the tags.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;

use super::{MAX_PINNED, reviewed, store, streams_using, wire};

pub(super) static OPERATION: Operation = Operation {
    id: "get_all_models_in_dataset",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Versions on a page when the caller does not say, and at most.
const PAGE: i64 = 100;

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::GetAllModelsInDatasetRequest = call.json()?;
    let limit = body.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(Error::invalid(format!("`limit` must be a whole number from 1 to {PAGE}, not `{limit}`.")));
    }
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let before = body.older_than_version.unwrap_or(i64::from(u32::MAX) + 1);
    let with_deleted = body.include_deleted.unwrap_or(false);
    let rows = match body.validated {
        // Every version is validated while it is trained.
        Some(false) => Vec::new(),
        _ => store::page(&mut tx, dataset.id, before, limit, with_deleted, body.starred).await?,
    };
    let mut labellers = Vec::with_capacity(rows.len());
    for row in rows {
        let is_used = row.is_pinned && !streams_using(&call.env, &mut tx, dataset.id, row.version).await?.is_empty();
        let counts = reviewed::counts(&call.env, &mut tx, dataset.id, row.version).await?;
        labellers.push(wire::UserModelMetadata::new(row, counts, is_used));
    }
    let tags = store::tags(&mut tx, dataset.id).await?;
    let model_tags =
        tags.into_iter().map(|(name, version, updated_at)| wire::TaggedUserModelVersion { name, version, updated_at });
    Reply::ok(wire::GetAllModelsInDatasetResponse {
        labellers,
        model_tags: model_tags.collect(),
        max_number_pinned_models: MAX_PINNED,
    })
}
