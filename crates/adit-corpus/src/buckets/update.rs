//! `POST /api/_private/buckets/{owner}/{bucket_name}`
//!
//! Updates a bucket; what is not sent keeps its value.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, names};
use http::Method;

use super::store;
use super::wire::{BucketResponse, UpdateBucketRequest};

pub(super) static OPERATION: Operation = Operation {
    id: "update_bucket",
    method: Method::POST,
    path: "/api/_private/buckets/{owner}/{bucket_name}",
    needs: Needs::In(AddressKind::Bucket, &[Permission::BUCKETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let request: UpdateBucketRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let stored = store::bucket_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_bucket())?;
    let mut bucket = stored.clone();
    if let Some(title) = request.bucket.title {
        names::check_title(&title)?;
        bucket.title = title;
    }
    if request.bucket.last_updated_by.is_some() {
        bucket.updated_by = request.bucket.last_updated_by;
    }
    if bucket != stored {
        bucket.updated_at = call.env.now();
        store::update(&mut tx, &bucket).await?;
        tx.commit().await?;
    }
    Reply::ok(BucketResponse { bucket: bucket.into() })
}
