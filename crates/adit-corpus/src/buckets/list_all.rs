//! `GET /api/_private/buckets`
//!
//! Every bucket the caller may see, in all projects.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use super::wire::BucketsResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "get_all_buckets",
    method: Method::GET,
    path: "/api/_private/buckets",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let all = store::buckets_of(&mut tx, call.caller.tenant_id).await?;
    let visible = all.into_iter().filter(|bucket| call.caller.may(Permission::BUCKETS_READ, &bucket.owner));
    Reply::ok(BucketsResponse { buckets: visible.map(Into::into).collect() })
}
