//! A plain HTTP client that checks, on every reply, the rules no client can live without.

use std::time::Duration;

use adit_testing::contract::Contract;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::surface;

/// Speaks to one server, with one token or with none.
#[derive(Clone)]
pub struct Api {
    http: Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Response headers.
    pub headers: HeaderMap,
    /// The body, if it is JSON; null otherwise.
    pub body: Value,
    /// The body as it came, decompressed.
    pub text: String,
    /// What was asked, for messages.
    pub request: String,
    /// Rules of the API that this reply breaks.
    pub breaches: Vec<String>,
}

impl Api {
    /// A client of `base`, like `http://127.0.0.1:8080`.
    pub fn new(base: &str, token: &str) -> Self {
        let http = Client::builder()
            .gzip(true)
            .danger_accept_invalid_certs(true)
            .timeout(Duration::from_secs(120))
            .build()
            .unwrap_or_else(|error| panic!("cannot make an HTTP client: {error}"));
        Self { http, base: base.trim_end_matches('/').to_owned(), token: Some(token.to_owned()) }
    }

    /// The same server, asked with another token, or with none.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The address that paths are appended to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request with the token, ready for changes.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_else(|_| panic!("`{method}` is no method"));
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request; an error only when no whole reply came.
    pub fn try_call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply, reqwest::Error> {
        let request = self.request(method, path);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        read(method, path, request.send()?)
    }

    /// Sends a request prepared by [`Api::request`].
    pub fn send(&self, method: &str, path: &str, request: RequestBuilder) -> Reply {
        let read = request.send().and_then(|response| read(method, path, response));
        read.unwrap_or_else(|error| panic!("{method} {path} got no answer: {error}"))
    }

    /// Sends a request; panics when no reply came or when the reply breaks a rule of the API.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let reply = self.try_call(method, path, body).unwrap_or_else(|error| panic!("{method} {path} got no answer: {error}"));
        assert!(
            reply.breaches.is_empty(),
            "{} breaks the contract:\n  {}\n{}",
            reply.request,
            reply.breaches.join("\n  "),
            reply.shown()
        );
        reply
    }

    /// Sends a request that must succeed; returns the body.
    pub fn ok(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let reply = self.call(method, path, body);
        assert_eq!(reply.status, 200, "{}: {}", reply.request, reply.shown());
        reply.body
    }

    /// `GET` that must succeed.
    pub fn get(&self, path: &str) -> Value {
        self.ok("GET", path, None)
    }

    /// `POST` that must succeed.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.ok("POST", path, Some(body))
    }

    /// `PUT` that must succeed.
    pub fn put(&self, path: &str, body: &Value) -> Value {
        self.ok("PUT", path, Some(body))
    }
}

impl Reply {
    /// Status and beginning of the body, for messages.
    pub fn shown(&self) -> String {
        format!("{} {}", self.status, self.text.chars().take(1_500).collect::<String>())
    }

    /// The error message of the envelope, or nothing.
    pub fn message(&self) -> &str {
        self.body.get("message").and_then(Value::as_str).unwrap_or_default()
    }
}

fn read(method: &str, path: &str, response: Response) -> Result<Reply, reqwest::Error> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text()?;
    let body = serde_json::from_str(&text).unwrap_or_default();
    let request = format!("{method} {path}");
    let mut reply = Reply { status, headers, body, text, request, breaches: Vec::new() };
    // The operational addresses answer plain text outside the API.
    if path.contains("/api/") || path.contains("/auth/") {
        reply.breaches = breaches(method, path, &reply);
    }
    Ok(reply)
}

fn breaches(method: &str, path: &str, reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    let header = |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if total_ms(header("server-timing")).is_none() {
        found.push(format!("`Server-Timing: total;dur=MS` is missing, found `{}`", header("server-timing")));
    }
    if header("x-request-id").is_empty() {
        found.push("`X-Request-Id` is missing".to_owned());
    }
    let operation = surface::operation(method, path);
    let is_success = (200..300).contains(&reply.status);
    if is_success && operation.is_some_and(|route| route.is_binary()) || header("content-type").starts_with("text/csv") {
        return found;
    }
    if !header("content-type").starts_with("application/json") {
        found.push(format!("`Content-Type` is `{}`, not JSON", header("content-type")));
    }
    let expected = if is_success { "ok" } else { "error" };
    if reply.body.get("status").and_then(Value::as_str) != Some(expected) {
        found.push(format!("a {} must carry `\"status\":\"{expected}\"`", reply.status));
    }
    if let Some(route) = operation {
        found.extend(Contract::shared().check_reply(&route.operation_id, reply.status, &reply.body));
    }
    let keys = reply.body.as_object().map(|object| object.len()).unwrap_or_default();
    if !is_success && (keys != 2 || reply.message().is_empty()) {
        found.push("an error is exactly `status` and a `message`".to_owned());
    }
    found
}

/// Reads `total;dur=<ms>` of a `Server-Timing` header.
fn total_ms(header: &str) -> Option<f64> {
    let metric = header.split(',').map(str::trim).find(|metric| metric.starts_with("total"))?;
    metric.split(';').map(str::trim).find_map(|part| part.strip_prefix("dur="))?.parse().ok()
}
