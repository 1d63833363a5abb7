//! `GET /api/_private/sources/{owner}/{source_name}/comments`
//!
//! Pages through a source in the order of timestamps. No `continuation` means that there is no more.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::Method;
use serde::Serialize;

use super::cursor::Cursor;
use super::store::{self, TimeBounds};
use super::threads::thread_properties_of;
use super::wire::{Comment, ThreadProperties};
use crate::sources::{source_at, view_for};

const DEFAULT_LIMIT: i64 = 64;
const MAX_LIMIT: i64 = 256;

pub(super) static OPERATION: Operation = Operation {
    id: "get_source_comments",
    method: Method::GET,
    path: "/api/_private/sources/{owner}/{source_name}/comments",
    needs: Needs::In(AddressKind::Source, &[Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct Response {
    comments: Vec<Comment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_properties: Option<Vec<ThreadProperties>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation: Option<String>,
}

async fn handle(call: Call) -> Result<Reply> {
    let query = &call.query;
    let limit = usize::try_from(query.number("limit", 1, MAX_LIMIT)?.unwrap_or(DEFAULT_LIMIT)).unwrap_or_default();
    let after = query.get("after").map(|token| Cursor::decode(token, "after")).transpose()?;
    let begun = after.map(|cursor| cursor.bounds).unwrap_or_default();
    let bounds = TimeBounds {
        minimum: query.time("from_timestamp")?.or(begun.minimum),
        maximum: query.time("to_timestamp")?.or(begun.maximum),
    };
    let is_descending = match query.get("direction") {
        None | Some("ascending") => false,
        Some("descending") => true,
        Some(other) => {
            return Err(Error::invalid(format!("'{other}' is not one of ['ascending', 'descending'] (at `direction`)")));
        }
    };
    let include_markup = query.flag("include_markup")?;
    let include_threads = query.flag("include_thread_properties")?;

    let mut tx = call.env.read().await?;
    let source = source_at(&mut tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_source())?;
    let last = after.map(|cursor| cursor.last);
    let mut page = if is_descending {
        store::scan_recent(&mut tx, &[source.id], last, &bounds, limit + 1).await?
    } else {
        store::page_by_time(&mut tx, source.id, last, &bounds, limit + 1).await?
    };
    let has_more = page.len() > limit;
    page.truncate(limit);
    let end = page.last().filter(|_| has_more).map(|comment| Cursor { last: (comment.timestamp, comment.seq), bounds });
    let threads = if include_threads { Some(thread_properties_of(&mut tx, &page).await?) } else { None };
    let view = view_for(&call.caller, &source, include_markup);
    Reply::ok(Response {
        comments: page.iter().map(|comment| comment.to_wire(&view)).collect(),
        thread_properties: threads.map(|threads| threads.iter().map(|thread| thread.to_wire()).collect()),
        continuation: end.map(|cursor| cursor.encode()).transpose()?,
    })
}
