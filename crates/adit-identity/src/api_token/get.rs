//! `GET /identity_/api/token`
//!
//! When one's API token was made, ends and was last used; null when there is none.

use adit_http::Reply;
use adit_kernel::Result;
use adit_tenancy::tokens;
use http::Method;

use super::ApiToken;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/get_token",
    method: Method::GET,
    path: "api/token",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let mut tx = visit.env.read().await?;
    let found = tokens::of_user(&mut tx, visit.tenant, visit.session()?.user_id).await?;
    Ok(Reply::ok(serde_json::json!({ "token": found.map(ApiToken::from) }))?.into_response())
}
