//! `DELETE /identity_/api/sessions/{session_id}`
//!
//! Ends one of one's own sessions.

use adit_http::Reply;
use adit_kernel::{Error, Result};
use http::Method;

use super::store;
use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/end_session",
    method: Method::DELETE,
    path: "api/sessions/{session_id}",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let id = visit.param("session_id")?;
    let mut tx = visit.env.begin().await?;
    if !store::end(&mut tx, visit.session()?.user_id, id.parse()?).await? {
        return Err(Error::missing(format!("No such session: `{id}`.")));
    }
    events::note(&mut tx, &visit, "session_ended", visit.session()?.user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(Reply::done()?.into_response())
}
