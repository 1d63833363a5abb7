//! `TestApp`: send a request, get a checked reply; move the clock; run the jobs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use adit_http::{Budgets, Directory, Limits, Network, Operation, Rates, Registry as Operations, Router, ServeOptions, Site};
use adit_jobs::{Registry as Jobs, drain};
use adit_kernel::{FixedClock, SeededRandom, Timestamp};
use adit_store::{Database, Env, Migration, blobs::Blobs, migrate};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use ipnet::IpNet;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::contract::Contract;

/// Below this domain every label names a tenant.
pub const BASE_DOMAIN: &str = "adit.test";

/// The one proxy whose word about clients is believed.
pub const TRUSTED_PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 9, 9, 9));

fn network() -> Network {
    Network { base_domain: Some(BASE_DOMAIN.into()), trusted_proxies: vec![IpNet::from(TRUSTED_PROXY)], ..Network::default() }
}

/// What a server is made of.
pub struct Parts {
    /// The tables.
    pub migrations: Vec<Migration>,
    /// The operations.
    pub operations: Vec<&'static Operation>,
    /// The jobs.
    pub jobs: Jobs,
    /// The directory.
    pub directory: Arc<dyn Directory>,
}

/// What a server may have beside its operations.
#[derive(Default)]
pub struct Beside {
    /// Routes beside the contract.
    pub sites: Vec<Arc<dyn Site>>,
    /// How often one caller may ask.
    pub budgets: Budgets,
}

/// A server in the test's process, on a frozen clock.
pub struct TestApp {
    /// The environment.
    pub env: Env,
    /// The clock, to be moved.
    pub clock: Arc<FixedClock>,
    /// Sent as the bearer token unless a request says otherwise.
    pub token: String,
    /// Where requests come from.
    pub peer: SocketAddr,
    router: axum::Router,
    jobs: Jobs,
    directory: Arc<dyn Directory>,
    _folder: Option<TempDir>,
}

/// A reply that has passed the contract.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl TestApp {
    /// A server on `database` with the schema in place; `services` adds what handlers and jobs ask for.
    pub async fn start(database: Database, folder: TempDir, parts: Parts, services: impl FnOnce(Env) -> Env) -> Self {
        Self::start_with(database, folder, parts, Beside::default(), services).await
    }

    /// The same with routes beside the operations and limits on how often one caller may ask.
    pub async fn start_with(
        database: Database,
        folder: TempDir,
        parts: Parts,
        beside: Beside,
        services: impl FnOnce(Env) -> Env,
    ) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2024-03-05T09:00:00Z").unwrap()));
        let env = Env::new(database, Blobs::in_memory(), clock.clone(), Arc::new(SeededRandom::new(7)));
        migrate::run(&env.db, &parts.migrations, env.clock.as_ref()).await.unwrap();
        let env = services(env);
        let options = ServeOptions {
            limits: Limits { body_bytes: 8 << 20, ..Limits::default() },
            network: network(),
            sites: beside.sites,
            rates: Arc::new(Rates::new(&beside.budgets)),
            ..ServeOptions::new(env.clone(), Operations::new(parts.operations), parts.directory.clone())
        };
        let peer = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let (router, directory) = (Router::build(options), parts.directory);
        Self { env, clock, token: String::new(), peer, router, jobs: parts.jobs, directory, _folder: Some(folder) }
    }

    /// A second server over the same data that serves other operations; it must not outlive the first.
    #[must_use]
    pub fn with_operations(&self, operations: Vec<&'static Operation>) -> Self {
        let options = ServeOptions {
            network: network(),
            ..ServeOptions::new(self.env.clone(), Operations::new(operations), self.directory.clone())
        };
        Self {
            env: self.env.clone(),
            clock: self.clock.clone(),
            token: self.token.clone(),
            peer: self.peer,
            router: Router::build(options),
            jobs: Jobs::default(),
            directory: self.directory.clone(),
            _folder: None,
        }
    }

    /// Runs everything that is due until nothing is.
    pub async fn run_jobs(&self) {
        drain(&self.env, &self.jobs).await.unwrap();
    }

    /// Sends a request with the app's token. The clock moves one millisecond, so that times differ.
    pub async fn send(&self, method: &str, path: &str, body: Value) -> Reply {
        let token = format!("Bearer {}", self.token);
        self.send_raw(method, path, &[("authorization", &token)], body.to_string().into_bytes()).await
    }

    /// Sends a request and demands success.
    pub async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let reply = self.send(method, path, body).await;
        assert!((200..300).contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.body);
        reply.body
    }

    /// Sends a request and demands an error; returns its code and message.
    pub async fn err(&self, method: &str, path: &str, body: Value) -> (u16, String) {
        let reply = self.send(method, path, body).await;
        assert!(reply.status >= 400, "{method} {path} succeeded: {}", reply.body);
        (reply.status, reply.body["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Sends anything. Every JSON reply is held against the contract.
    pub async fn send_raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        self.clock.advance_ms(1);
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.extension(ConnectInfo(self.peer)).body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let operation = headers.get("x-adit-operation").and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
        let bytes = response.into_body().collect().await.unwrap().to_bytes().to_vec();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let reply = Reply { status, headers, body, bytes };
        check(&reply, &operation, method, path);
        reply
    }
}

/// Panics unless the reply is what the contract promises.
fn check(reply: &Reply, operation: &str, method: &str, path: &str) {
    let timing = reply.headers.get("server-timing").and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert!(timing.starts_with("total;dur="), "{method} {path} has no Server-Timing");
    // An identity client expects the replies of its own standards, not our envelope.
    if operation.starts_with("oauth/") {
        return;
    }
    let is_json = reply.headers.get("content-type").is_some_and(|value| value == "application/json");
    if !is_json {
        return;
    }
    let is_success = (200..300).contains(&reply.status);
    let expected = if is_success { "ok" } else { "error" };
    // The provisioning routes alone have no envelope: their `status` is the tenant's.
    let has_envelope = !(is_success && operation.starts_with("uipath_provision"));
    assert!(!has_envelope || reply.body["status"] == expected, "{method} {path}: {} {}", reply.status, reply.body);
    // Routes beside the contract have a name with a slash and no model.
    if operation != "-" && !operation.contains('/') {
        let breaches = Contract::shared().check_reply(operation, reply.status, &reply.body);
        assert!(breaches.is_empty(), "{method} {path} breaks the contract of {operation}: {breaches:#?}\n{}", reply.body);
    }
}
