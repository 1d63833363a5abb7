//! `POST /api/v1/sources/{owner}/{source_name}/statistics`
//!
//! How many comments of a source pass a filter.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use adit_store::Tx;
use http::Method;
use serde::{Deserialize, Serialize};

use super::store::{self, Source};
use super::view_for;
use crate::comments::{count_within, scan_by_seq, thread_properties_of};
use crate::filter::{CommentFilter, Facts};

/// How many comments are looked at in one go.
const SCAN_PAGE: usize = 1000;

pub(super) static OPERATION: Operation = Operation {
    id: "get_source_statistics",
    method: Method::POST,
    path: "/api/v1/sources/{owner}/{source_name}/statistics",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    comment_filter: Option<CommentFilter>,
}

#[derive(Serialize)]
struct Response {
    statistics: Statistics,
}

#[derive(Serialize)]
struct Statistics {
    num_comments: i64,
}

async fn handle(call: Call) -> Result<Reply> {
    let request: Request = call.json()?;
    let filter = request.comment_filter.unwrap_or_default();
    filter.check()?;
    let mut tx = call.env.read().await?;
    let source = store::source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    let view = view_for(&call.caller, &source, false);
    // Counting by a hidden property would tell what it holds.
    if filter.property_names().any(|name| view.hides(name)) {
        return Err(catalogue::forbidden_in(Permission::SOURCES_READ_SENSITIVE.0, &source.owner));
    }
    let num_comments = count(&mut tx, &source, &filter).await?;
    Reply::ok(Response { statistics: Statistics { num_comments } })
}

pub(super) async fn count(tx: &mut Tx, source: &Source, filter: &CommentFilter) -> Result<i64> {
    if filter.source_ids().is_some_and(|ids| !ids.contains(&source.id)) {
        return Ok(0);
    }
    if filter.is_time_only() {
        return count_within(tx, &[source.id], &filter.bounds()).await;
    }
    let (mut count, mut after) = (0, 0);
    loop {
        let page = scan_by_seq(tx, &[source.id], after, SCAN_PAGE).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = last.seq;
        let threads = if filter.needs_thread() { thread_properties_of(tx, &page).await? } else { Vec::new() };
        for (n, comment) in page.iter().enumerate() {
            let facts = Facts { is_reviewed: comment.is_reviewed(), thread: threads.get(n), ..Facts::default() };
            count += i64::from(filter.matches(comment, &facts));
        }
    }
}
