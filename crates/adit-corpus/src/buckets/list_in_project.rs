//! `GET /api/_private/buckets/{owner}`
//!
//! Every bucket of a project.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use super::wire::BucketsResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "get_buckets_by_owner",
    method: Method::GET,
    path: "/api/_private/buckets/{owner}",
    needs: Needs::Project("owner", &[Permission::BUCKETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let owner = call.project()?;
    let mut tx = call.env.read().await?;
    let all = store::buckets_of(&mut tx, call.caller.tenant_id).await?;
    let buckets = all.into_iter().filter(|bucket| bucket.owner == owner).map(Into::into).collect();
    Reply::ok(BucketsResponse { buckets })
}
