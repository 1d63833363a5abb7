//! `GET /api/_private/buckets/id:{bucket_id}`
//!
//! One bucket, by its id.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use super::wire::BucketResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "get_bucket_by_id",
    method: Method::GET,
    path: "/api/_private/buckets/id:{bucket_id}",
    needs: Needs::In(AddressKind::Bucket, &[Permission::BUCKETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let bucket = store::bucket_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_bucket())?;
    Reply::ok(BucketResponse { bucket: bucket.into() })
}
