//! `GET /identity_/api/sessions`
//!
//! One's own sessions: from where, with what, and when they were last used.

use adit_http::Reply;
use adit_kernel::{Id, Result, Timestamp};
use http::Method;
use serde::Serialize;

use super::store;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/list_sessions",
    method: Method::GET,
    path: "api/sessions",
    guard: Guard::Session,
    serve: |visit| Box::pin(serve(visit)),
};

#[derive(Serialize)]
struct Session {
    id: Id,
    is_current: bool,
    created_at: Timestamp,
    seen_at: Timestamp,
    expires_at: Timestamp,
    address: String,
    agent: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    let current = visit.session()?;
    let mut tx = visit.env.read().await?;
    let rows = store::of_user(&mut tx, current.user_id).await?;
    let shown = |row: super::SessionRow| Session {
        is_current: row.id == current.id,
        id: row.id,
        created_at: row.created,
        seen_at: row.seen,
        expires_at: row.expires,
        address: row.address,
        agent: row.agent,
    };
    let sessions: Vec<Session> = rows.into_iter().map(shown).collect();
    Ok(Reply::ok(serde_json::json!({ "sessions": sessions }))?.into_response())
}
