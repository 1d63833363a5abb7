//! `PUT /api/_private/sources/{owner}/{source_name}/comments`
//!
//! Adds comments. A comment that exists is left alone when it is the same, and refused when it differs, unless it
//! carries the context of the latest version. The reply is exactly `{"status":"ok"}`: a client breaks on more.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;
use serde::Deserialize;

use super::batch::{Batch, OnDifference};
use super::wire::CommentNew;
use crate::sources::source_at;

pub(super) static OPERATION: Operation = Operation {
    id: "add_comments",
    method: Method::PUT,
    path: "/api/_private/sources/{owner}/{source_name}/comments",
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
    let batch = Batch::new(request.comments, OnDifference::Refuse)?.free_of_charge(is_free);
    let mut tx = call.env.begin().await?;
    let source = source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    batch.write(&mut tx, &source, OnDifference::Refuse, call.env.now()).await?;
    tx.commit().await?;
    Reply::done()
}
