//! `GET /identity_/set-password`
//!
//! The one page of this area: it sets a password with the one-time token that stands behind `#` in its address.

use std::sync::LazyLock;

use adit_kernel::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use http_body_util::Full;
use sha2::{Digest, Sha256};

use crate::site::{Answer, Guard, Route, Visit};

pub(crate) static ROUTE: Route = Route {
    name: "identity/set_password_page",
    method: Method::GET,
    path: "set-password",
    guard: Guard::Open,
    serve: |visit| Box::pin(serve(visit)),
};

const SCRIPT: &str = include_str!("set_password.js");

static PAGE: LazyLock<String> = LazyLock::new(|| include_str!("set_password.html").replace("{{script}}", SCRIPT));

/// Nothing but our own script may run, and it may talk to this host only.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT.as_bytes()));
    format!("default-src 'none'; script-src 'sha256-{digest}'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'")
});

async fn serve(_visit: Visit) -> Result<Answer> {
    let mut answer = Response::new(Full::new(Bytes::from_static(PAGE.as_bytes())));
    let policy = HeaderValue::from_str(&POLICY).map_err(|e| Error::wrap("the page's policy", e))?;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(answer)
}
