//! `POST /api/v1/audit_events/query`
//!
//! A page of the tenant's audit log, newest first, with the names of everything it mentions, gone things included.

use adit_http::{Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use http::Method;

use super::store::{self, EventRow, Page};
use super::wire::{QueryRequest, QueryResponse};

/// Events on a page unless fewer or more are asked for.
const DEFAULT_SIZE: i64 = 128;
/// Most events on a page.
const MAX_SIZE: i64 = 1024;

pub(super) static OPERATION: Operation = Operation {
    id: "query_audit_events",
    method: Method::POST,
    path: "/api/v1/audit_events/query",
    needs: Needs::Global(Permission::AUDIT_READ),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: QueryRequest = call.json()?;
    let size = body.limit.unwrap_or(DEFAULT_SIZE);
    if !(1..=MAX_SIZE).contains(&size) {
        return Err(Error::invalid(format!("`limit` must be from 1 to {MAX_SIZE}, not {size}.")));
    }
    let range = body.filter.and_then(|filter| filter.timestamp).unwrap_or_default();
    let page = Page {
        minimum: range.minimum.map_or(i64::MIN, |at| at.micros()),
        maximum: range.maximum.map_or(i64::MAX, |at| at.micros()),
        before: body.continuation.as_deref().map_or(Ok((i64::MAX, i64::MAX)), place)?,
        size: size + 1,
    };
    let mut tx = call.env.read().await?;
    let mut rows = store::newest(&mut tx, call.caller.tenant_id, &page).await?;
    let has_more = i64::try_from(rows.len()).is_ok_and(|n| n > size);
    if has_more {
        rows.pop();
    }
    let continuation = rows.last().filter(|_| has_more).map(token);
    Reply::ok(QueryResponse::of(&rows, continuation))
}

/// The place of an event in the order, as an opaque text. Events are only added, so it stays good.
fn token(row: &EventRow) -> String {
    format!("{:016x}-{:016x}", row.at.micros().cast_unsigned(), row.seq.cast_unsigned())
}

fn place(token: &str) -> Result<(i64, i64)> {
    let number = |hex: &str| u64::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 16).map(u64::cast_signed);
    let parts = token.split_once('-').and_then(|(at, seq)| number(at).zip(number(seq)));
    parts.ok_or_else(|| catalogue::bad_continuation("continuation"))
}
