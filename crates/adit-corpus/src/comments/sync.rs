//! `POST /api/v1/sources/{owner}/{source_name}/sync`
//!
//! Adds comments and replaces those that differ, all or none. Sending the same again changes nothing.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Deserialize;

use super::batch::{Batch, OnDifference};
use super::wire::CommentNew;
use crate::sources::source_at;

pub(super) static OPERATION: Operation = Operation {
    id: "sync_comments",
    method: Method::POST,
    path: "/api/v1/sources/{owner}/{source_name}/sync",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_ADD_COMMENTS]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Deserialize)]
struct Request {
    comments: Vec<CommentNew>,
}

async fn handle(call: Call) -> Result<Reply> {
    let is_free = call.query.flag("no_charge")?;
    let request: Request = call.json()?;
    let batch = Batch::new(request.comments, OnDifference::Replace)?.free_of_charge(is_free);
    let mut tx = call.env.begin().await?;
    let source = source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    let counts = batch.write(&mut tx, &source, OnDifference::Replace, call.env.now()).await?;
    tx.commit().await?;
    Reply::ok(counts)
}
