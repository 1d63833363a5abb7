//! `POST /api/_private/datasets/{owner}/{dataset_name}/recent`
//!
//! The older form of the query with order `recent`.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use http::Method;

use super::cursor::Cursor;
use super::page;
use super::query_comments::checked_limit;
use super::wire::{GetRecentCommentsRequest, GetRecentCommentsResponse, Order};
use crate::facts::Scope;

pub(super) static OPERATION: Operation = Operation {
    id: "get_recent_comments",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/recent",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: GetRecentCommentsRequest = call.json()?;
    let limit = checked_limit(body.limit, 1024)?;
    let order = Order::Recent;
    let from = body.continuation.map(|token| Cursor::decode(&token, &order.tag())).transpose()?;
    let mut tx = call.env.read().await?;
    let scope = Scope::new(&call, &mut tx, body.filter, Vec::new(), false).await?;
    let ask = page::Ask { order: &order, doubted: Vec::new(), is_collapsed: false };
    let page = page::page(&call.env, &mut tx, &scope, &ask, from, limit).await?;
    drop(tx);
    Reply::ok(GetRecentCommentsResponse {
        results: page::annotated(&call.env, &scope, &order, &page).await?,
        continuation: page.next.map(|cursor| cursor.encode(&order.tag())),
    })
}
