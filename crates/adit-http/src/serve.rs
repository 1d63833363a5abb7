//! The request path: route, authenticate, permit, run, envelope; with the layers around it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adit_kernel::{Error, Kind, Result, catalogue};
use adit_store::Env;
use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use tower_http::compression::CompressionLayer;
use tracing::Instrument;

use crate::call::address_in;
use crate::caller::{Asked, absent};
use crate::path::{Parameters, RequestPath};
use crate::{Address, Call, Caller, Directory, Needs, Network, Operation, Query, Registry, body, error_reply};

/// What a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// Longest time for a request, body included.
    pub request: Duration,
    /// Longest silence within a request body.
    pub body_pause: Duration,
}

impl Default for Limits {
    /// 64 MiB, and a little less than the clients' own time-out of 240 s.
    fn default() -> Self {
        Self { body_bytes: 64 << 20, request: Duration::from_secs(230), body_pause: Duration::from_secs(30) }
    }
}

/// What the server is made of.
pub struct ServeOptions {
    /// The environment.
    pub env: Env,
    /// The operations.
    pub registry: Registry,
    /// The directory.
    pub directory: Arc<dyn Directory>,
    /// The limits.
    pub limits: Limits,
    /// The network around the server.
    pub network: Network,
    /// Renders `/metrics`.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

struct State {
    options: ServeOptions,
}

/// The whole HTTP surface.
pub struct Router;

impl Router {
    /// Builds the service.
    pub fn build(options: ServeOptions) -> axum::Router {
        let state = Arc::new(State { options });
        axum::Router::new()
            .fallback(move |request: Request<Body>| {
                let state = state.clone();
                async move { state.answer(request).await.map(Body::new) }
            })
            .layer(CompressionLayer::new().gzip(true))
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Body>) -> Response<Full<Bytes>> {
        let started = Instant::now();
        let method = request.method().clone();
        let request_id = self.options.env.random.id().to_string();
        let span = tracing::info_span!("request", request.id = %request_id);
        let (route, outcome) = self.clone().dispatch(request, &request_id).instrument(span.clone()).await;
        let mut response = outcome.unwrap_or_else(|error| {
            span.in_scope(|| log_error(&error, route));
            error_reply(&error)
        });
        let elapsed = started.elapsed();
        let duration_ms = elapsed.as_secs_f64() * 1000.0;
        let status = response.status();
        if route != "-" {
            metrics::counter!("adit_requests_total", "operation" => route, "status" => status.as_u16().to_string()).increment(1);
            metrics::histogram!("adit_request_seconds", "operation" => route).record(elapsed.as_secs_f64());
        }
        span.in_scope(|| tracing::info!(operation = route, method = %method, status = status.as_u16(), duration_ms, "answered"));
        let headers = response.headers_mut();
        set(headers, "server-timing", &format!("total;dur={duration_ms:.3}"));
        set(headers, "x-request-id", &request_id);
        // Names what was served, for tests and for whoever reads a capture.
        set(headers, "x-adit-operation", route);
        set(headers, "x-content-type-options", "nosniff");
        set(headers, "cache-control", "no-store");
        response
    }

    /// The answer, and the operation's id for logs and metrics.
    async fn dispatch(
        self: Arc<Self>,
        request: Request<Body>,
        request_id: &str,
    ) -> (&'static str, Result<Response<Full<Bytes>>>) {
        if let Some(response) = self.operational(request.method() == Method::GET, request.uri().path().to_owned()).await {
            return ("-", Ok(response));
        }
        let found = RequestPath::parse(request.uri().path())
            .ok_or_else(catalogue::unknown_route)
            .and_then(|path| self.options.registry.find(request.method(), &path).map(|found| (path, found)));
        let (path, (operation, parameters)) = match found {
            Ok(found) => found,
            Err(error) => return ("-", Err(error)),
        };
        let limit = self.options.limits.request;
        let running = AssertUnwindSafe(self.run(operation, parameters, path, request, request_id)).catch_unwind();
        let outcome = match tokio::time::timeout(limit, running).await {
            Err(_) => Err(Error::new(Kind::Timeout, format!("The request took longer than {} s.", limit.as_secs()))),
            Ok(Err(_)) => Err(Error::internal(format!("operation {} panicked", operation.id))),
            Ok(Ok(outcome)) => outcome,
        };
        (operation.id, outcome)
    }

    async fn run(
        &self,
        operation: &'static Operation,
        parameters: Parameters,
        path: RequestPath,
        request: Request<Body>,
        request_id: &str,
    ) -> Result<Response<Full<Bytes>>> {
        let env = &self.options.env;
        let (head, body) = request.into_parts();
        let token = bearer(head.headers.get(header::AUTHORIZATION))?;
        let directory = &self.options.directory;
        let subdomain = self.options.network.subdomain(&head);
        let client = self.options.network.client(&head);
        let place = directory.place(env, path.organization.as_deref(), path.tenant.as_deref().or(subdomain.as_deref())).await?;
        let caller = directory.caller(env, place.tenant_id, token).await?.ok_or_else(catalogue::bad_token)?;
        let asked = Asked { operation, parameters: &parameters, caller: &caller, client, request_id };
        let permitted = match place.admit(client) {
            Ok(()) => self.permit(operation, &parameters, &caller).await,
            Err(error) => Err(error),
        };
        let project = match permitted {
            Ok(project) => project,
            Err(error) => return Err(self.refuse(&asked, error).await),
        };
        let witnessed = match directory.witness(&asked) {
            Some(witness) => env.clone().with_witness(witness),
            None => env.clone(),
        };
        let call = Call {
            env: witnessed,
            caller: caller.clone(),
            client,
            subdomain,
            query: Query::parse(head.uri.query().unwrap_or_default()),
            headers: head.headers,
            body: body::read(body, &self.options.limits).await?,
            operation,
            parameters: parameters.clone(),
            project,
        };
        let reply = match (operation.serve)(call).await {
            Ok(reply) => reply,
            Err(error) => return Err(self.refuse(&asked, error).await),
        };
        if head.method != Method::GET {
            env.work_bell.notify_one();
        }
        Ok(reply.into_response())
    }

    /// Keeps a record of a refusal; other errors pass.
    async fn refuse(&self, asked: &Asked<'_>, error: Error) -> Error {
        if error.kind() != Kind::Forbidden {
            return error;
        }
        match self.options.directory.refused(&self.options.env, asked, &error).await {
            Ok(()) => error,
            // A refusal that cannot be recorded is still a refusal.
            Err(unrecorded) => {
                tracing::error!(operation = asked.operation.id, error = %unrecorded, "a refusal could not be recorded");
                error
            }
        }
    }

    /// Checks the operation's permission; returns the project it is about.
    async fn permit(&self, operation: &Operation, parameters: &Parameters, caller: &Caller) -> Result<Option<String>> {
        let named = |wanted: &str| parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        let (project, permissions) = match operation.needs {
            Needs::SignedIn | Needs::Pending => return Ok(None),
            Needs::Global(permission) if caller.has_global(permission) => return Ok(None),
            Needs::Global(permission) => return Err(catalogue::forbidden(permission.0)),
            Needs::Tenant(_, permission, _) if caller.has_global(permission) => return Ok(None),
            Needs::Tenant(parameter, permission, own) => {
                let name = named(parameter).unwrap_or_default();
                let is_own = self.options.directory.tenant_named(&self.options.env, &name).await? == Some(caller.tenant_id);
                let suffices = is_own && own.iter().any(|permission| caller.has_global(*permission));
                return if suffices { Ok(None) } else { Err(catalogue::forbidden(permission.0)) };
            }
            Needs::Somewhere(permission) if caller.may_somewhere(permission) => return Ok(None),
            Needs::Somewhere(permission) => return Err(catalogue::forbidden(permission.0)),
            Needs::SeesProject(parameter) => {
                let project = self.existing(caller, named(parameter)).await?;
                return if caller.sees_project(&project) { Ok(Some(project)) } else { Err(catalogue::no_project(&project)) };
            }
            Needs::Project(parameter, permissions) => (self.existing(caller, named(parameter)).await?, permissions),
            Needs::In(kind, permissions) => {
                let address = address_in(parameters)?.ok_or_else(|| Error::internal("the path addresses nothing"))?;
                let project = match &address {
                    Address::Name { owner, .. } => self.existing(caller, Some(owner.clone())).await?,
                    Address::Id(id) => {
                        let found = self.options.directory.project_of(&self.options.env, caller.tenant_id, kind, *id).await?;
                        let visible = found.filter(|project| caller.sees_project(project));
                        visible.ok_or_else(|| absent(kind, &address))?
                    }
                };
                (project, permissions)
            }
        };
        for permission in permissions {
            caller.require(*permission, &project)?;
        }
        Ok(Some(project))
    }

    async fn existing(&self, caller: &Caller, name: Option<String>) -> Result<String> {
        let name = name.ok_or_else(|| Error::internal("the path names no project"))?;
        if self.options.directory.has_project(&self.options.env, caller.tenant_id, &name).await? {
            return Ok(name);
        }
        Err(catalogue::no_project(&name))
    }

    /// `/healthz`, `/readyz` and `/metrics`: for whoever runs the process, not part of the contract.
    async fn operational(&self, is_get: bool, path: String) -> Option<Response<Full<Bytes>>> {
        if !is_get {
            return None;
        }
        match path.as_str() {
            "/healthz" => Some(plain(StatusCode::OK, "ok\n".into())),
            "/readyz" => {
                let is_ready = self.is_ready().await;
                Some(if is_ready {
                    plain(StatusCode::OK, "ready\n".into())
                } else {
                    plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".into())
                })
            }
            "/metrics" => Some(plain(StatusCode::OK, (self.options.render_metrics)())),
            _ => None,
        }
    }

    async fn is_ready(&self) -> bool {
        let Ok(mut tx) = self.options.env.read().await else { return false };
        tx.ping().await.is_ok()
    }
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn set(headers: &mut http::HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The token of `Authorization: Bearer …`.
fn bearer(header: Option<&HeaderValue>) -> Result<&str> {
    let text = header.and_then(|value| value.to_str().ok()).ok_or_else(catalogue::no_token)?;
    let (scheme, token) = text.trim().split_once(' ').ok_or_else(catalogue::no_token)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > 8192 {
        return Err(catalogue::no_token());
    }
    Ok(token)
}

fn log_error(error: &Error, operation: &str) {
    if error.kind() == Kind::Internal {
        tracing::error!(operation, error = %error, "an operation failed");
    }
}
