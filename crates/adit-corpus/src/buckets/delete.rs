//! `DELETE /api/_private/buckets/id:{raw_bucket_id}`
//!
//! Deletes a bucket, unless a source is attached to it.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use http::Method;

use super::store;

pub(super) static OPERATION: Operation = Operation {
    id: "delete_bucket",
    method: Method::DELETE,
    path: "/api/_private/buckets/id:{raw_bucket_id}",
    needs: Needs::In(AddressKind::Bucket, &[Permission::BUCKETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let tenant_id = call.caller.tenant_id;
    let mut tx = call.env.begin().await?;
    let bucket = store::bucket_at(&mut tx, tenant_id, &call.address()?).await?.ok_or_else(|| call.no_bucket())?;
    let attached = store::sources_attached(&mut tx, tenant_id, bucket.id).await?;
    if !attached.is_empty() {
        return Err(catalogue::bucket_in_use(&format!("{}/{}", bucket.owner, bucket.name), &attached));
    }
    if !store::delete(&mut tx, tenant_id, bucket.id).await? {
        return Err(call.no_bucket());
    }
    tx.commit().await?;
    Reply::done()
}
