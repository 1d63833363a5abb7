//! `PUT /api/_private/buckets/{owner}/{bucket_name}`
//!
//! Creates a bucket. A second time is a conflict.

use adit_http::{Address, AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue, names};
use http::Method;

use super::store::{self, Bucket};
use super::wire::{BucketResponse, CreateBucketRequest};
use crate::usage::admit_bucket;

pub(super) static OPERATION: Operation = Operation {
    id: "create_bucket",
    method: Method::PUT,
    path: "/api/_private/buckets/{owner}/{bucket_name}",
    needs: Needs::In(AddressKind::Bucket, &[Permission::BUCKETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let request: CreateBucketRequest = call.json()?;
    let address = call.address()?;
    // An id is given out, never chosen: what has one exists already.
    let Address::Name { owner, name } = &address else { return Err(catalogue::bucket_exists(&address.to_string())) };
    names::check_resource(name, "bucket name")?;
    let title = request.bucket.title.unwrap_or_default();
    names::check_title(&title)?;
    let now = call.env.now();
    let bucket = Bucket {
        id: call.env.random.id(),
        tenant_id: call.caller.tenant_id,
        owner: owner.clone(),
        name: name.clone(),
        title,
        updated_by: None,
        created_at: now,
        updated_at: now,
    };
    let mut tx = call.env.begin().await?;
    if store::bucket_at(&mut tx, call.caller.tenant_id, &address).await?.is_some() {
        return Err(catalogue::bucket_exists(&address.to_string()));
    }
    admit_bucket(&mut tx, bucket.tenant_id).await?;
    store::insert(&mut tx, &bucket).await?;
    tx.commit().await?;
    Reply::ok(BucketResponse { bucket: bucket.into() })
}
