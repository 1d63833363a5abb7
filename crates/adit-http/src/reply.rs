//! Replies and errors in the platform's envelope.

use adit_kernel::{Error, Kind, Result};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;

/// A successful reply.
pub struct Reply {
    content_type: HeaderValue,
    body: Bytes,
}

#[derive(Serialize)]
struct Envelope<T> {
    status: &'static str,
    #[serde(flatten)]
    payload: T,
}

impl Reply {
    /// `{"status":"ok", …payload}`; the payload must serialise as an object.
    pub fn ok(payload: impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(&Envelope { status: "ok", payload })?;
        Ok(Self { content_type: HeaderValue::from_static("application/json"), body: body.into() })
    }

    /// The payload as it is, for the few operations without an envelope.
    pub fn bare(payload: impl Serialize) -> Result<Self> {
        Ok(Self { content_type: HeaderValue::from_static("application/json"), body: serde_json::to_vec(&payload)?.into() })
    }

    /// `{"status":"ok"}`.
    pub fn done() -> Result<Self> {
        Self::ok(serde_json::Map::new())
    }

    /// Raw bytes of a type.
    pub fn bytes(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { content_type: HeaderValue::from_static(content_type), body: body.into() }
    }

    /// The reply as it goes out.
    pub fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        response.headers_mut().insert(header::CONTENT_TYPE, self.content_type);
        response
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Timeout => StatusCode::REQUEST_TIMEOUT,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::NotServed => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// `{"status":"error","message":…}` with the code that belongs to the error's kind.
pub fn error_reply(error: &Error) -> Response<Full<Bytes>> {
    let body = serde_json::json!({"status": "error", "message": error.message()}).to_string();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status_of(error.kind());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if error.kind() == Kind::Unauthenticated {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
