//! Errors as RFC 6749 §5.2 wants them: an identity client reads `error`, not our envelope.

use adit_kernel::{Error, Kind};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::Full;
use serde::Serialize;

use crate::site::Answer;

/// Why no token was issued.
#[derive(Debug)]
pub(super) struct OAuthError {
    pub(super) code: &'static str,
    pub(super) description: String,
    /// Whether the client tried the `Authorization` header: then the answer must be a 401 that names the scheme.
    pub(super) is_challenge: bool,
    pub(super) retry_after: Option<u64>,
}

impl OAuthError {
    pub(super) fn new(code: &'static str, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), is_challenge: false, retry_after: None }
    }

    pub(super) fn into_answer(self) -> Answer {
        let status = match self.code {
            _ if self.is_challenge => StatusCode::UNAUTHORIZED,
            "slow_down" => StatusCode::TOO_MANY_REQUESTS,
            "server_error" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = serde_json::json!({"error": self.code, "error_description": self.description});
        let mut answer = json(status, &body);
        if self.is_challenge {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"adit\""));
        }
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

impl From<Error> for OAuthError {
    fn from(error: Error) -> Self {
        match error.kind() {
            Kind::TooMany => Self { retry_after: error.retry_after(), ..Self::new("slow_down", error.message()) },
            _ => {
                tracing::error!(error = %error, "no token could be issued");
                Self::new("server_error", error.message())
            }
        }
    }
}

/// A JSON reply that nobody may keep.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    let bytes = serde_json::to_vec(body).unwrap_or_default();
    let mut answer = Response::new(Full::new(Bytes::from(bytes)));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    answer
}
