//! `GET /api/v1/sources/{owner}`
//!
//! Every source of a project, if the caller may read them.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::store;
use super::wire::SourcesResponse;

pub(super) static OPERATION: Operation = Operation {
    id: "get_all_sources_in_project",
    method: Method::GET,
    path: "/api/v1/sources/{owner}",
    needs: Needs::SeesProject("owner"),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let owner = call.project()?;
    let mut tx = call.env.read().await?;
    let all = store::sources_of(&mut tx, call.caller.tenant_id, Some(owner)).await?;
    let readable = all.into_iter().filter(|source| call.caller.may(Permission::SOURCES_READ, &source.owner));
    Reply::ok(SourcesResponse { sources: readable.map(Into::into).collect() })
}
