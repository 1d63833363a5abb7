//! `POST /api/_private/datasets/{owner}/{dataset_name}/query`
//!
//! A page of annotated comments that pass a filter, in a chosen order; with `Accept: text/csv` as a table.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result};
use http::{Method, header};

use super::cursor::Cursor;
use super::wire::{Order, QueryCommentsRequest, QueryCommentsResponse};
use super::{csv_reply, page};
use crate::facts::Scope;

pub(super) static OPERATION: Operation = Operation {
    id: "query_comments",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/query",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Comments on a page when the caller does not say: what the web app shows.
const DEFAULT_LIMIT: i64 = 20;
/// The most on a page of JSON.
const MAX_LIMIT: i64 = 1024;
/// The most rows of one table.
const MAX_ROWS: i64 = 150_000;

async fn handle(call: Call) -> Result<Reply> {
    let body: QueryCommentsRequest = call.json()?;
    let wants_csv =
        call.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains("text/csv"));
    let most = if wants_csv { MAX_ROWS } else { MAX_LIMIT };
    let limit = checked_limit(call.query.number("limit", 1, most)?.or(body.limit).unwrap_or(DEFAULT_LIMIT), most)?;
    let token = call.query.get("continuation").map(str::to_owned).or(body.continuation);
    let from = token.map(|token| Cursor::decode(&token, &body.order.tag())).transpose()?;
    let mut tx = call.env.read().await?;
    let mut filters = body.attribute_filters.unwrap_or_default();
    let mut doubted = Vec::new();
    if body.order.doubts_labels() {
        filters.iter_mut().for_each(|filter| doubted.extend(filter.take_wanted_labels()));
    }
    let scope = Scope::new(&call, &mut tx, body.filter.unwrap_or_default(), filters, false).await?;
    let is_collapsed = body.collapse_mode.as_deref() == Some("thread_id");
    let ask = page::Ask { order: &body.order, doubted, is_collapsed };
    let page = page::page(&call.env, &mut tx, &scope, &ask, from, limit).await?;
    let shown = adit_datasets::wire_of(&mut tx, &scope.dataset).await?;
    drop(tx);
    if wants_csv {
        return csv_reply::table(&call.env, &scope, &page.seen, &shown).await;
    }
    let seed = if let Order::Sample { seed } = body.order { Some(seed) } else { None };
    Reply::ok(QueryCommentsResponse {
        entity_defs: shown.entity_defs,
        results: page::annotated(&call.env, &scope, &body.order, &page).await?,
        seed,
        continuation: page.next.map(|cursor| cursor.encode(&body.order.tag())),
    })
}

/// A page size between 1 and `most`.
pub(super) fn checked_limit(limit: i64, most: i64) -> Result<usize> {
    if !(1..=most).contains(&limit) {
        return Err(Error::invalid(format!("`limit` must be a whole number from 1 to {most}, not `{limit}`.")));
    }
    usize::try_from(limit).map_err(|_| Error::internal("a checked limit does not fit"))
}
