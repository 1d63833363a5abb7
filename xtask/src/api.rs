//! A tiny client of the public API: the same wire as everybody else's.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use ureq::http::Request;

/// Longest reply we are willing to read.
const MAX_REPLY_BYTES: u64 = 512 * 1024 * 1024;

/// Speaks to one server with one token.
pub(crate) struct Api {
    agent: ureq::Agent,
    base: String,
    token: String,
}

/// What came back.
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// The JSON body.
    pub(crate) body: Value,
    /// Milliseconds the server says it took.
    pub(crate) server_ms: Option<f64>,
}

impl Api {
    /// A client for `http://<address>`.
    pub(crate) fn new(address: &str, token: &str) -> Self {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(240))).build();
        Self { agent: config.into(), base: format!("http://{address}"), token: token.to_owned() }
    }

    /// Whether the server says that it can serve.
    pub(crate) fn is_ready(&self) -> bool {
        let answer = self.agent.get(format!("{}/readyz", self.base)).call();
        answer.is_ok_and(|response| response.status().is_success())
    }

    /// Sends a request and returns whatever JSON answers it.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply> {
        let bytes = body.map(Value::to_string).unwrap_or_default().into_bytes();
        self.call_raw(method, path, bytes)
    }

    /// Like [`Api::call`], with a body made beforehand; empty for none.
    pub(crate) fn call_raw(&self, method: &str, path: &str, body: Vec<u8>) -> Result<Reply> {
        let what = || format!("{method} {path}");
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token));
        let mut response = if body.is_empty() {
            self.agent.run(request.body(())?)
        } else {
            self.agent.run(request.header("content-type", "application/json").body(body)?)
        }
        .with_context(|| format!("{} got no answer", what()))?;
        let server_ms = response.headers().get("server-timing").and_then(|value| total_ms(value.to_str().ok()?));
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(MAX_REPLY_BYTES).read_to_string().with_context(what)?;
        let body =
            serde_json::from_str(&text).map_err(|_| anyhow!("{} answered {status} with a body that is not JSON", what()))?;
        Ok(Reply { status, body, server_ms })
    }

    /// Sends a request that must succeed.
    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let reply = self.call(method, path, body)?;
        reply.success(method, path)
    }

    /// Fetches a thing that may not exist.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Value>> {
        let reply = self.call("GET", path, None)?;
        if reply.status == 404 {
            return Ok(None);
        }
        reply.success("GET", path).map(Some)
    }
}

impl Reply {
    /// The body of a 2xx; an error with the server's message otherwise.
    pub(crate) fn success(self, method: &str, path: &str) -> Result<Value> {
        if !(200..300).contains(&self.status) {
            let message = self.body.get("message").and_then(Value::as_str).unwrap_or("no message");
            bail!("{method} {path} answered {}: {message}", self.status);
        }
        Ok(self.body)
    }
}

/// Reads `total;dur=<ms>` of a `Server-Timing` header.
fn total_ms(header: &str) -> Option<f64> {
    let metric = header.split(',').map(str::trim).find(|metric| metric.starts_with("total"))?;
    let duration = metric.split(';').map(str::trim).find_map(|part| part.strip_prefix("dur="))?;
    duration.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_timing_is_read() {
        assert_eq!(total_ms("total;dur=12.5"), Some(12.5));
        assert_eq!(total_ms("db;dur=1, total; dur=3"), Some(3.0));
        assert_eq!(total_ms("db;dur=1"), None);
        assert_eq!(total_ms("total"), None);
    }

    #[test]
    fn a_failure_carries_the_message_of_the_server() {
        let body = serde_json::json!({"status": "error", "message": "No such project `x`"});
        let reply = Reply { status: 404, body, server_ms: None };
        let error = reply.success("GET", "/p").unwrap_err().to_string();
        assert_eq!(error, "GET /p answered 404: No such project `x`");
    }
}
