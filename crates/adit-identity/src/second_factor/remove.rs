//! `POST /identity_/api/second-factor/remove`
//!
//! Takes the second factor and its recovery codes away.

use adit_http::Reply;
use adit_kernel::{Error, Result};
use http::Method;
use serde::Deserialize;

use super::store;
use crate::events;
use crate::passwords::change::confirm;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/remove_second_factor",
    method: Method::POST,
    path: "api/second-factor/remove",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RemoveRequest {
    password: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let body: RemoveRequest = visit.json()?;
    confirm(&visit, body.password).await?;
    let mut tx = visit.env.begin().await?;
    if !store::remove(&mut tx, visit.session()?.user_id).await? {
        return Err(Error::missing("There is no second factor."));
    }
    events::note(&mut tx, &visit, "second_factor_removed", visit.session()?.user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}
