//! `GET /identity_/.well-known/openid-configuration/jwks`
//!
//! The public keys with which anybody can check our access tokens.

use adit_kernel::Result;
use http::{Method, StatusCode};

use super::error::json;
use crate::keys;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "oauth/jwks",
    method: Method::GET,
    path: ".well-known/openid-configuration/jwks",
    guard: Guard::Issuer,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let keys = keys::published(&visit.env).await?;
    Ok(json(StatusCode::OK, &serde_json::json!({ "keys": keys })))
}
