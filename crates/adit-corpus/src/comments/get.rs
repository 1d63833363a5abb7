//! `GET /api/v1/sources/{owner}/{source_name}/comments/{comment_id}`
//!
//! One comment.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use http::Method;
use serde::Serialize;

use super::store;
use super::wire::Comment;
use crate::sources::{source_at, view_for};

pub(super) static OPERATION: Operation = Operation {
    id: "get_comment",
    method: Method::GET,
    path: "/api/v1/sources/{owner}/{source_name}/comments/{comment_id}",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct Response {
    comment: Comment,
}

async fn handle(call: Call) -> Result<Reply> {
    let include_markup = call.query.flag("include_markup")?;
    let spellings = call.param_spellings("comment_id")?;
    let mut tx = call.env.read().await?;
    let source = source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    let wanted: Vec<&str> = spellings.iter().map(String::as_str).collect();
    let found = store::comments_by_ids(&mut tx, source.id, &wanted).await?;
    let comment = wanted.iter().find_map(|id| found.iter().find(|comment| comment.id == *id));
    let comment = comment.ok_or_else(|| catalogue::no_comment(&spellings[0]))?;
    Reply::ok(Response { comment: comment.to_wire(&view_for(&call.caller, &source, include_markup)) })
}
