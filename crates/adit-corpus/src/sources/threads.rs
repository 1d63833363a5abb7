//! `GET /api/v1/sources/{owner}/{source_name}/threads`
//!
//! The conversations of a source: each thread id with the ids of its comments, oldest first.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Serialize;

use super::store;
use crate::comments::threads_of;

pub(super) static OPERATION: Operation = Operation {
    id: "get_threads_by_source",
    method: Method::GET,
    path: "/api/v1/sources/{owner}/{source_name}/threads",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct Response {
    threads: Vec<Thread>,
}

#[derive(Serialize)]
struct Thread {
    thread_id: String,
    comments: Vec<String>,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let source = store::source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    let threads = threads_of(&mut tx, source.id).await?;
    let threads = threads.into_iter().map(|(thread_id, comments)| Thread { thread_id, comments }).collect();
    Reply::ok(Response { threads })
}
