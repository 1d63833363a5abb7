//! `DELETE /identity_/api/token`
//!
//! Takes one's API token away.

use adit_http::Reply;
use adit_kernel::{Error, Result};
use adit_tenancy::tokens;
use http::Method;

use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/revoke_token",
    method: Method::DELETE,
    path: "api/token",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let mut tx = visit.env.begin().await?;
    if !tokens::revoke(&mut tx, visit.session()?.user_id, visit.env.now()).await? {
        return Err(Error::missing("There is no API token."));
    }
    events::note(&mut tx, &visit, "token_revoked", visit.session()?.user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}
