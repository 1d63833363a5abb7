//! `GET /identity_/api/principals`
//!
//! Who there is in the tenant, people and applications, to choose from when roles are assigned.

mod store;

use adit_http::Reply;
use adit_kernel::{Id, Result, names};
use http::Method;
use serde::Serialize;

use crate::site::{Answer, Guard, Route, Visit};

pub(crate) static ROUTE: Route = Route {
    name: "identity/list_principals",
    method: Method::GET,
    path: "api/principals",
    guard: Guard::SignedIn,
    serve: |visit| Box::pin(serve(visit)),
};

/// At most so many at once; `search` finds the rest.
const LIMIT: i64 = 200;

#[derive(Debug, Serialize)]
struct Principal {
    id: Id,
    kind: String,
    name: String,
    email: String,
    is_disabled: bool,
}

#[derive(Debug, Serialize)]
struct PrincipalsResponse {
    principals: Vec<Principal>,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let query = adit_http::Query::parse(visit.head.uri.query().unwrap_or_default());
    let search = query.get("search").unwrap_or_default().to_lowercase();
    names::check_text(&search, "search", 256)?;
    let mut tx = visit.env.read().await?;
    let principals = store::find(&mut tx, visit.tenant, &search, LIMIT).await?;
    Ok(Reply::ok(PrincipalsResponse { principals })?.into_response())
}
