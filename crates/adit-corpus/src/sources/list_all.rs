//! `GET /api/v1/sources`
//!
//! Every source the caller may read, in all projects.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use super::wire::SourcesResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "get_all_sources",
    method: Method::GET,
    path: "/api/v1/sources",
    needs: Needs::SignedIn,
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let all = store::sources_of(&mut tx, call.caller.tenant_id, None).await?;
    let readable = all.into_iter().filter(|source| call.caller.may(Permission::SOURCES_READ, &source.owner));
    Reply::ok(SourcesResponse { sources: readable.map(Into::into).collect() })
}
