//! The request path: route, authenticate, permit, run, envelope; with the layers around it.

use std::net::IpAddr;
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
use crate::caller::{Asked, Place, absent};
use crate::path::{Parameters, RequestPath};
use crate::rates::neighborhood;
use crate::{
    Address, Budgets, Call, Caller, Credentials, Directory, Identity, Needs, Network, Operation, Query, RateClass, Rates,
    Registry, Site, SiteRequest, SiteRoute, TurnedAway, Unproven, body, contract, error_reply,
};

/// What a request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// Largest body of a request that needs none.
    pub idle_body_bytes: usize,
    /// Longest time for a request, body included.
    pub request: Duration,
    /// Longest silence within a request body.
    pub body_pause: Duration,
}

impl Default for Limits {
    /// 64 MiB, and a little less than the clients' own time-out of 240 s.
    fn default() -> Self {
        Self {
            body_bytes: 64 << 20,
            idle_body_bytes: 64 << 10,
            request: Duration::from_secs(230),
            body_pause: Duration::from_secs(30),
        }
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
    /// Routes beside the contract; the first that claims a path answers.
    pub sites: Vec<Arc<dyn Site>>,
    /// How often one caller may ask.
    pub rates: Arc<Rates>,
    /// Whether clients reach the server by HTTPS, so that browsers may be told to use nothing else.
    pub is_https: bool,
    /// Renders `/metrics`.
    pub render_metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

impl ServeOptions {
    /// A server with nothing but operations: no limit on how often, no route beside the contract, plain HTTP.
    pub fn new(env: Env, registry: Registry, directory: Arc<dyn Directory>) -> Self {
        Self {
            env,
            registry,
            directory,
            limits: Limits::default(),
            network: Network::default(),
            sites: Vec::new(),
            rates: Arc::new(Rates::new(&Budgets::default())),
            is_https: false,
            render_metrics: Arc::new(String::new),
        }
    }
}

/// Paths for whoever runs the process.
const OPERATIONAL: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// How often a request that lost a race is run again before its caller is told.
const MAX_RACES: usize = 3;

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
        harden(headers, self.options.is_https);
        response
    }

    /// The answer, and the operation's id for logs and metrics.
    async fn dispatch(
        self: Arc<Self>,
        request: Request<Body>,
        request_id: &str,
    ) -> (&'static str, Result<Response<Full<Bytes>>>) {
        if request.method() == Method::GET && OPERATIONAL.contains(&request.uri().path()) {
            let path = request.uri().path().to_owned();
            let (head, _) = request.into_parts();
            return ("-", self.operational(&path, self.options.network.client(&head)).await);
        }
        for site in &self.options.sites {
            match site.find(request.method(), request.uri().path()) {
                Ok(None) => {}
                Ok(Some(route)) => {
                    let visited = self.clone().guarded(route.name, self.visit(site.as_ref(), route, request)).await;
                    return (route.name, visited);
                }
                Err(error) => return ("-", Err(error)),
            }
        }
        let found = RequestPath::parse(request.uri().path())
            .ok_or_else(catalogue::unknown_route)
            .and_then(|path| self.options.registry.find(request.method(), &path).map(|found| (path, found)));
        let (path, (operation, parameters)) = match found {
            Ok(found) => found,
            Err(error) => return ("-", Err(error)),
        };
        (operation.id, self.guarded(operation.id, self.run(operation, parameters, path, request, request_id)).await)
    }

    /// Runs what answers a request: not longer than allowed, and a panic is an error like any other.
    async fn guarded(
        &self,
        name: &str,
        running: impl Future<Output = Result<Response<Full<Bytes>>>>,
    ) -> Result<Response<Full<Bytes>>> {
        let limit = self.options.limits.request;
        match tokio::time::timeout(limit, AssertUnwindSafe(running).catch_unwind()).await {
            Err(_) => Err(Error::new(Kind::Timeout, format!("The request took longer than {} s.", limit.as_secs()))),
            Ok(Err(_)) => Err(Error::internal(format!("operation {name} panicked"))),
            Ok(Ok(outcome)) => outcome,
        }
    }

    async fn visit(&self, site: &dyn Site, route: SiteRoute, request: Request<Body>) -> Result<Response<Full<Bytes>>> {
        let (head, body) = request.into_parts();
        let client = self.options.network.client(&head);
        let body = body::read(body, route.body_bytes, self.options.limits.body_pause).await?;
        let is_write = head.method != Method::GET;
        let subdomain = self.options.network.subdomain(&head);
        let request = SiteRequest { env: self.options.env.clone(), client, subdomain, head, body };
        let response = site.answer(route, request).await?;
        if is_write {
            self.options.env.work_bell.notify_one();
        }
        Ok(response)
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
        let directory = &self.options.directory;
        let subdomain = self.options.network.subdomain(&head);
        let client = self.options.network.client(&head);
        let found = if matches!(operation.needs, Needs::Nothing) { Ok(None) } else { Credentials::of(&head).map(Some) };
        let place = directory.place(env, path.organization.as_deref(), path.tenant.as_deref().or(subdomain.as_deref()));
        let attempt = Attempt { operation: operation.id, client, method: &head.method, request_id };
        let credentials = match found {
            Ok(credentials) => credentials,
            Err(error) => {
                // Nothing is looked up for an address that does this all the time.
                if self.options.rates.check(RateClass::Refused, &attempt.neighborhood()).is_ok()
                    && let Ok(place) = place.await
                {
                    self.turn_away(&place, &attempt, &error, Credentials::trouble(&head));
                }
                return Err(error);
            }
        };
        let place = place.await?;
        let caller = self.caller(credentials.as_ref(), &place, &attempt).await?;
        let asked = Asked { operation, parameters: &parameters, caller: &caller, client, request_id };
        let permitted = match place.admit(client) {
            Ok(()) => self.permit(operation, &parameters, &caller).await,
            Err(error) => Err(error.into()),
        };
        let project = match permitted {
            Ok(project) => project,
            Err(refusal) => return Err(self.refuse(&asked, refusal).await),
        };
        let body = body::read(body, self.body_limit(operation), self.options.limits.body_pause).await?;
        let mut n_races = 0;
        let reply = loop {
            let own = env.clone().for_one_call();
            let own = match directory.witness(env, &asked) {
                Some(witness) => own.with_witness(witness),
                None => own,
            };
            let call = Call {
                env: own.clone(),
                caller: caller.clone(),
                client,
                subdomain: subdomain.clone(),
                query: Query::parse(head.uri.query().unwrap_or_default()),
                headers: head.headers.clone(),
                body: body.clone(),
                operation,
                parameters: parameters.clone(),
                project: project.clone(),
            };
            match (operation.serve)(call).await {
                Ok(reply) => break reply,
                // All of it was undone, for another change to go first. What had committed something would do that twice.
                Err(error) if error.is_lost_race() && !own.has_committed() && n_races < MAX_RACES => {
                    n_races += 1;
                    tracing::info!(operation = operation.id, n_races, "once more: another change at the same time went first");
                }
                Err(error) => return Err(self.refuse(&asked, error.into()).await),
            }
        };
        if head.method != Method::GET {
            env.work_bell.notify_one();
        }
        Ok(reply.into_response())
    }

    /// Who asks: whoever is behind the credentials, or nobody where none are needed. Each may ask only so often.
    async fn caller(&self, credentials: Option<&Credentials<'_>>, place: &Place, attempt: &Attempt<'_>) -> Result<Caller> {
        let (env, directory, rates) = (&self.options.env, &self.options.directory, &self.options.rates);
        let found = match credentials {
            None => {
                rates.check(RateClass::SignIns, &attempt.neighborhood())?;
                match place.admit(attempt.client) {
                    Ok(()) => return Ok(Caller::nobody(place.tenant_id)),
                    Err(error) => Identity::Refused(error, Unproven::stranger("tenant or network")),
                }
            }
            Some(Credentials::Bearer(token)) => directory.caller(env, place.tenant_id, token).await?,
            Some(Credentials::Session(session)) => directory.session(env, place.tenant_id, session).await?,
        };
        match found {
            Identity::Known(caller) => {
                rates.check(RateClass::of(attempt.method), &caller.user_id.to_string())?;
                Ok(caller)
            }
            Identity::Refused(error, unproven) => {
                rates.check(RateClass::Refused, &attempt.neighborhood())?;
                self.turn_away(place, attempt, &error, unproven);
                Err(error)
            }
        }
    }

    /// Has a record kept of somebody who was not let in.
    fn turn_away(&self, place: &Place, attempt: &Attempt<'_>, error: &Error, unproven: Unproven) {
        let away = TurnedAway {
            tenant: place.tenant_id,
            operation: attempt.operation,
            client: attempt.client,
            request_id: Some(attempt.request_id.to_owned()),
            message: error.message().to_owned(),
            unproven,
        };
        self.options.directory.turned_away(&self.options.env, away);
    }

    /// Keeps a record of a refusal; other errors pass.
    async fn refuse(&self, asked: &Asked<'_>, refusal: Refusal) -> Error {
        let Refusal { error, is_hidden } = refusal;
        if error.kind() != Kind::Forbidden && !is_hidden {
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

    fn body_limit(&self, operation: &Operation) -> usize {
        let limits = &self.options.limits;
        if contract::takes_body(operation.id) { limits.body_bytes } else { limits.idle_body_bytes.min(limits.body_bytes) }
    }

    /// Checks the operation's permission; returns the project it is about.
    async fn permit(&self, operation: &Operation, parameters: &Parameters, caller: &Caller) -> Result<Option<String>, Refusal> {
        let named = |wanted: &str| parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        let (project, permissions) = match operation.needs {
            Needs::Nothing | Needs::SignedIn | Needs::Pending => return Ok(None),
            Needs::Global(permission) if caller.has_global(permission) => return Ok(None),
            Needs::Global(permission) => return Err(catalogue::forbidden(permission.0).into()),
            Needs::Tenant(_, permission, _) if caller.has_global(permission) => return Ok(None),
            Needs::Tenant(parameter, permission, own) => {
                let name = named(parameter).unwrap_or_default();
                let is_own = self.options.directory.tenant_named(&self.options.env, &name).await? == Some(caller.tenant_id);
                let suffices = is_own && own.iter().any(|permission| caller.has_global(*permission));
                return if suffices { Ok(None) } else { Err(catalogue::forbidden(permission.0).into()) };
            }
            Needs::Somewhere(permission) if caller.may_somewhere(permission) => return Ok(None),
            Needs::SomewhereOr(permission, global) if caller.may_somewhere(permission) || caller.has_global(global) => {
                return Ok(None);
            }
            Needs::Somewhere(permission) | Needs::SomewhereOr(permission, _) => {
                return Err(catalogue::forbidden(permission.0).into());
            }
            Needs::SeesProject(parameter) => {
                return self.seen(caller, named(parameter)).await.map(Some);
            }
            Needs::Project(parameter, permissions) => (self.seen(caller, named(parameter)).await?, permissions),
            Needs::In(kind, permissions) => {
                let address = address_in(parameters)?.ok_or_else(|| Error::internal("the path addresses nothing"))?;
                let project = match &address {
                    Address::Name { owner, .. } => self.seen(caller, Some(owner.clone())).await?,
                    Address::Id(id) => {
                        let found = self.options.directory.project_of(&self.options.env, caller.tenant_id, kind, *id).await?;
                        match found {
                            None => return Err(absent(kind, &address).into()),
                            Some(project) if !caller.sees_project(&project) => {
                                return Err(Refusal::hidden(absent(kind, &address)));
                            }
                            Some(project) => project,
                        }
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

    /// The project of that name, if the caller may see anything in it: whoever may not is told the same as where there is
    /// none, because a name could be guessed (decision 0007).
    async fn seen(&self, caller: &Caller, name: Option<String>) -> Result<String, Refusal> {
        let name = name.ok_or_else(|| Error::internal("the path names no project"))?;
        let exists = self.options.directory.has_project(&self.options.env, caller.tenant_id, &name).await?;
        if exists && caller.sees_project(&name) {
            return Ok(name);
        }
        Err(Refusal { error: catalogue::no_project(&name), is_hidden: exists })
    }

    /// `/healthz`, `/readyz` and `/metrics`: for whoever runs the process, not part of the contract. What is counted is
    /// about all tenants, and so for some clients only.
    async fn operational(&self, path: &str, client: Option<IpAddr>) -> Result<Response<Full<Bytes>>> {
        match path {
            "/healthz" => Ok(plain(StatusCode::OK, "ok\n".into())),
            "/readyz" if self.is_ready().await => Ok(plain(StatusCode::OK, "ready\n".into())),
            "/readyz" => Ok(plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".into())),
            "/metrics" if self.options.network.may_measure(client) => Ok(plain(StatusCode::OK, (self.options.render_metrics)())),
            _ => Err(catalogue::unknown_route()),
        }
    }

    async fn is_ready(&self) -> bool {
        let Ok(mut tx) = self.options.env.read().await else { return false };
        tx.ping().await.is_ok()
    }
}

/// A request whose caller is not known yet.
struct Attempt<'a> {
    operation: &'static str,
    client: Option<IpAddr>,
    method: &'a Method,
    request_id: &'a str,
}

impl Attempt<'_> {
    /// What stands for the client where refusals are counted.
    fn neighborhood(&self) -> String {
        self.client.map(neighborhood).unwrap_or_default()
    }
}

/// Why a caller is not let in.
struct Refusal {
    error: Error,
    /// Whether the answer says that there is nothing, although there is something that this caller may not see.
    is_hidden: bool,
}

impl Refusal {
    fn hidden(error: Error) -> Self {
        Self { error, is_hidden: true }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, is_hidden: false }
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

/// What a browser may do with a reply of ours: nothing. A site whose pages need more has set its own header before.
const DEFENSES: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

fn harden(headers: &mut http::HeaderMap, is_https: bool) {
    for (name, value) in DEFENSES {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
    if is_https {
        headers.entry("strict-transport-security").or_insert(HeaderValue::from_static("max-age=31536000"));
    }
}

fn log_error(error: &Error, operation: &str) {
    if error.kind() == Kind::Internal {
        tracing::error!(operation, error = %error, "an operation failed");
    }
}
