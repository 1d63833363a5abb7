//! `POST /identity_/api/sign-out`
//!
//! Ends the session and takes its cookie away.

use adit_http::Reply;
use adit_kernel::Result;
use http::Method;

use super::{forget, store};
use crate::events;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/sign_out",
    method: Method::POST,
    path: "api/sign-out",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let session = visit.session()?;
    let mut tx = visit.env.begin().await?;
    store::end(&mut tx, session.user_id, session.id).await?;
    events::note(&mut tx, &visit, "signed_out", session.user_id, serde_json::json!({})).await?;
    tx.commit().await?;
    forget(Reply::done()?.into_response(), session)
}
