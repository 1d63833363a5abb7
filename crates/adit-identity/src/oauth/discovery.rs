//! `GET /identity_/.well-known/openid-configuration`, `GET /identity_/.well-known/oauth-authorization-server`
//!
//! Where tokens are issued, by which grant, and where their keys are: the metadata of RFC 8414, where clients look for
//! them. The second lies at `/.well-known/oauth-authorization-server/identity_` as well, which is where the RFC puts it.

use adit_kernel::Result;
use http::{Method, StatusCode};

use super::error::json;
use super::issuer;
use crate::applications::SCOPES;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "oauth/discovery",
    method: Method::GET,
    path: ".well-known/openid-configuration",
    guard: Guard::Issuer,
    serve: |visit| Box::pin(serve(visit)),
};

pub(super) static METADATA_ROUTE: Route = Route {
    name: "oauth/metadata",
    method: Method::GET,
    path: ".well-known/oauth-authorization-server",
    guard: Guard::Issuer,
    serve: |visit| Box::pin(serve(visit)),
};

async fn serve(visit: Visit) -> Result<Answer> {
    let base = visit.base_url();
    let document = serde_json::json!({
        "issuer": issuer(&visit),
        "token_endpoint": format!("{base}/identity_/connect/token"),
        "jwks_uri": format!("{base}/identity_/.well-known/openid-configuration/jwks"),
        "grant_types_supported": ["client_credentials"],
        // The RFC wants the field and forbids an empty list. There is no authorization endpoint to answer with a code or a
        // token, and `none` is the registered name of the answer that holds neither.
        "response_types_supported": ["none"],
        "scopes_supported": SCOPES,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "access_token_signing_alg_values_supported": ["ES256"],
    });
    Ok(json(StatusCode::OK, &document))
}
