//! The routes of this area: which path is which, who may come in, and what a route is given.

use std::net::IpAddr;
use std::sync::Arc;

use adit_http::{Credentials, RateClass, Site, SiteRequest, SiteRoute, TurnedAway, Unproven, neighborhood};
use adit_kernel::{Error, Id, Permission, Result, catalogue};
use adit_store::Env;
use adit_tenancy::users;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Method, Response};
use http_body_util::Full;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::authenticate::{self, Proof, Proven, Signed};
use crate::oidc::Known;
use crate::sessions::SessionRow;
use crate::sign_in::budget;
use crate::strangers::Strangers;
use crate::{Settings, applications, events};

/// What leaves.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Nothing here needs more.
const BODY_BYTES: usize = 64 << 10;

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Everybody, whatever the tenant that the address means may say: the issuer of access tokens is the same for all.
    Issuer,
    /// Everybody.
    Open,
    /// Everybody, but each address only so often: what is tried here can be guessed.
    Attempt,
    /// Whoever has valid credentials of any kind; an application needs one of the scopes for looking up users.
    SignedIn,
    /// A person with a session, in the tenant that keeps the account.
    Session,
    /// An administrator of the tenant.
    Admin,
}

/// One route.
pub(crate) struct Route {
    /// Its name in logs and metrics.
    pub(crate) name: &'static str,
    /// The verb.
    pub(crate) method: Method,
    /// The path after `identity_/`.
    pub(crate) path: &'static str,
    /// Who may use it.
    pub(crate) guard: Guard,
    /// The handler.
    pub(crate) serve: fn(Visit) -> BoxFuture<'static, Result<Answer>>,
}

/// One request that has passed the guard.
pub(crate) struct Visit {
    pub(crate) env: Env,
    pub(crate) settings: Arc<Settings>,
    /// What the identity provider has said about itself.
    pub(crate) provider_said: Arc<Known>,
    /// Attempts of whom nobody knows.
    pub(crate) strangers: Arc<Strangers>,
    /// The tenant that the address means.
    pub(crate) tenant: Id,
    /// Its name.
    pub(crate) tenant_name: String,
    pub(crate) client: Option<IpAddr>,
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    /// Who asks; nobody on an open route.
    pub(crate) signed: Option<Signed>,
    parameters: Vec<(&'static str, String)>,
}

impl Visit {
    pub(crate) fn param(&self, name: &str) -> Result<&str> {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| Error::internal(format!("no path parameter `{name}`")))
    }

    /// Who asks, where the guard let in nobody else.
    pub(crate) fn signed(&self) -> Result<&Signed> {
        self.signed.as_ref().ok_or_else(|| Error::internal("an open route asked who is calling"))
    }

    /// The session, where the guard let in nothing else.
    pub(crate) fn session(&self) -> Result<&SessionRow> {
        match &self.signed()?.proof {
            Proof::Session(session) => Ok(session),
            _ => Err(Error::internal("a route without a session asked for it")),
        }
    }

    /// The body as JSON; absent means an empty object.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let is_empty = self.body.iter().all(u8::is_ascii_whitespace);
        let body: &[u8] = if is_empty { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|e| Error::invalid(format!("The body cannot be read: {e}.")))
    }

    /// What stands for the client where attempts are counted.
    pub(crate) fn neighborhood(&self) -> String {
        self.client.map(neighborhood).unwrap_or_default()
    }

    /// The address under which the server is known outside.
    pub(crate) fn base_url(&self) -> String {
        self.settings.base_url(&self.head)
    }
}

/// The site of identity: `/identity_/…`, also below `/{org}` and `/{org}/{tenant}`.
pub struct IdentitySite {
    settings: Arc<Settings>,
    provider_said: Arc<Known>,
    routes: Vec<&'static Route>,
}

impl IdentitySite {
    /// The site.
    pub fn new(settings: Arc<Settings>) -> Self {
        let routes = [
            applications::routes(),
            crate::oauth::routes(),
            crate::sign_in::routes(),
            crate::sessions::routes(),
            crate::passwords::routes(),
            crate::second_factor::routes(),
            crate::api_token::routes(),
            crate::oidc::routes(),
            vec![&crate::principals::ROUTE, &crate::pages::ROUTE],
        ]
        .concat();
        Self { settings, provider_said: Arc::default(), routes }
    }

    /// The routes, as name, verb and path below `identity_/`, in their order.
    pub fn routes(&self) -> impl Iterator<Item = (&'static str, &'static Method, &'static str)> + '_ {
        self.routes.iter().map(|route| (route.name, &route.method, route.path))
    }

    fn matching(&self, method: &Method, place: &Place) -> Result<(&'static Route, Vec<(&'static str, String)>)> {
        let mut allowed = Vec::new();
        for route in &self.routes {
            let Some(parameters) = parameters_of(route.path, &place.segments) else { continue };
            if route.method == *method {
                return Ok((route, parameters));
            }
            allowed.push(route.method.as_str());
        }
        if allowed.is_empty() { Err(catalogue::unknown_route()) } else { Err(catalogue::method_not_allowed(&allowed.join(", "))) }
    }
}

/// Where below `identity_` a path points, and for which tenant.
struct Place {
    organization: Option<String>,
    tenant: Option<String>,
    segments: Vec<String>,
}

impl Place {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // RFC 8414 puts the well-known part before the path of the issuer instead of behind it.
        if let [".well-known", document, "identity_"] = parts.as_slice() {
            let segments = vec![".well-known".to_owned(), (*document).to_owned()];
            return Some(Self { organization: None, tenant: None, segments });
        }
        let at = parts.iter().take(3).position(|part| *part == "identity_")?;
        if at > 0 && matches!(parts[0], "api" | "auth") {
            return None;
        }
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        // Below an organization alone the client's id tells the tenant.
        let tenant = (at == 2).then(|| decoded(parts[1]));
        let organization = (at == 2).then(|| decoded(parts[0]));
        Some(Self { organization, tenant, segments: parts[at + 1..].iter().map(|part| decoded(part)).collect() })
    }
}

fn parameters_of(template: &'static str, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
    let parts: Vec<&'static str> = template.split('/').collect();
    if parts.len() != segments.len() {
        return None;
    }
    let mut parameters = Vec::new();
    for (part, segment) in parts.into_iter().zip(segments) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => parameters.push((name, segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    Some(parameters)
}

#[async_trait]
impl Site for IdentitySite {
    fn find(&self, method: &Method, path: &str) -> Result<Option<SiteRoute>> {
        let Some(place) = Place::of(path) else { return Ok(None) };
        let (route, _) = self.matching(method, &place)?;
        Ok(Some(SiteRoute { name: route.name, body_bytes: BODY_BYTES }))
    }

    async fn answer(&self, _route: SiteRoute, request: SiteRequest) -> Result<Answer> {
        let place = Place::of(request.head.uri.path()).ok_or_else(catalogue::unknown_route)?;
        let (route, parameters) = self.matching(&request.head.method, &place)?;
        let SiteRequest { env, client, subdomain, head, body } = request;
        let named = place.tenant.or(subdomain);
        let found = adit_tenancy::tenants::place(&env, place.organization.as_deref(), named.as_deref()).await?;
        let admitted = if route.guard == Guard::Issuer { Ok(()) } else { found.admit(client) };
        let strangers = env.service::<Strangers>()?;
        let (tenant, tenant_name) = (found.tenant_id, found.name);
        let mut visit = Visit {
            env,
            settings: self.settings.clone(),
            provider_said: self.provider_said.clone(),
            strangers,
            tenant,
            tenant_name,
            client,
            head,
            body,
            signed: None,
            parameters,
        };
        if let Err(error) = admitted {
            turn_away_within_budget(route.name, &visit, &error, Unproven::stranger("tenant or network"));
            return Err(error);
        }
        visit.signed = identify(route, &visit).await?;
        let (env, actor) = (visit.env.clone(), visit.signed.as_ref().map(|signed| signed.caller.user_id));
        let answered = match permit(route.guard, &visit) {
            Ok(()) => (route.serve)(visit).await,
            Err(error) => Err(error),
        };
        if let (Err(error), Some(actor)) = (&answered, actor) {
            events::refused(&env, tenant, actor, client, route.name, error).await;
        }
        answered
    }
}

/// Who asks, where the guard wants to know. Each may ask only so often.
async fn identify(route: &Route, visit: &Visit) -> Result<Option<Signed>> {
    match route.guard {
        Guard::Issuer | Guard::Open => return Ok(None),
        Guard::Attempt => {
            budget::charge(visit, &visit.neighborhood()).await?;
            return Ok(None);
        }
        Guard::SignedIn | Guard::Session | Guard::Admin => {}
    }
    let credentials = match Credentials::of(&visit.head) {
        Ok(credentials) => credentials,
        Err(error) => {
            turn_away_within_budget(route.name, visit, &error, Credentials::trouble(&visit.head));
            return Err(error);
        }
    };
    let signed = match authenticate::proven(&visit.env, visit.tenant, &credentials).await? {
        Proven::Signed(signed) => signed,
        Proven::Refused(error, unproven) => {
            visit.settings.rates.check(RateClass::Refused, &visit.neighborhood())?;
            turn_away(route.name, visit, &error, unproven);
            return Err(error);
        }
    };
    visit.settings.rates.check(RateClass::of(&visit.head.method), &signed.caller.user_id.to_string())?;
    if route.guard == Guard::Session
        && let Err(error) = check_home(visit, &signed).await
    {
        events::refused(&visit.env, visit.tenant, signed.caller.user_id, visit.client, route.name, &error).await;
        return Err(error);
    }
    Ok(Some(signed))
}

/// Has a record kept of somebody who was not let in.
pub(crate) fn turn_away(operation: &'static str, visit: &Visit, error: &Error, unproven: Unproven) {
    let (tenant, client, message) = (visit.tenant, visit.client, error.message().to_owned());
    let away = TurnedAway { tenant, operation, client, request_id: None, message, unproven };
    events::turn_away(&visit.env, &visit.strangers, away);
}

/// The same unless the address does this all the time.
pub(crate) fn turn_away_within_budget(operation: &'static str, visit: &Visit, error: &Error, unproven: Unproven) {
    if visit.settings.rates.check(RateClass::Refused, &visit.neighborhood()).is_ok() {
        turn_away(operation, visit, error, unproven);
    }
}

/// Fails for a support user, who may be here, but whose account is kept elsewhere.
async fn check_home(visit: &Visit, signed: &Signed) -> Result<()> {
    let mut tx = visit.env.read().await?;
    if users::by_id(&mut tx, visit.tenant, signed.caller.user_id).await?.is_some() {
        return Ok(());
    }
    Err(Error::new(adit_kernel::Kind::Forbidden, "Your account is kept by another tenant: sign in there."))
}

/// Whether the guard lets in who asks.
fn permit(guard: Guard, visit: &Visit) -> Result<()> {
    let Some(signed) = &visit.signed else { return Ok(()) };
    if let Proof::Application { scopes } = &signed.proof {
        let may = |scope: &str| scopes.iter().any(|held| held == scope);
        let is_write = visit.head.method != Method::GET;
        if !may(applications::USER) && (is_write || !may(applications::USER_READ)) {
            let wanted = if is_write { applications::USER } else { applications::USER_READ };
            return Err(authenticate::scope_missing(wanted));
        }
        authenticate::check_role(&signed.caller)?;
    }
    match guard {
        Guard::Session if !matches!(signed.proof, Proof::Session(_)) => {
            Err(Error::new(adit_kernel::Kind::Forbidden, "This needs the session of a person who signed in."))
        }
        Guard::Admin if !signed.caller.has_global(Permission::TENANT_ADMIN) => {
            Err(catalogue::forbidden(Permission::TENANT_ADMIN.0))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, parameters_of};

    #[test]
    fn the_site_is_found_at_the_root_and_below_an_organization_and_a_tenant_only() {
        let check = |path: &str, expected: Option<(&str, &str)>| {
            let place = Place::of(path).map(|place| (place.tenant.unwrap_or_default(), place.segments.join("/")));
            assert_eq!(place.as_ref().map(|(tenant, rest)| (tenant.as_str(), rest.as_str())), expected, "{path}");
        };
        check("/identity_/connect/token", Some(("", "connect/token")));
        check("//org/identity_/connect/token/", Some(("", "connect/token")));
        check("/org/acme/identity_/connect/token", Some(("acme", "connect/token")));
        check("/identity_", Some(("", "")));
        check("/.well-known/oauth-authorization-server/identity_", Some(("", ".well-known/oauth-authorization-server")));
        check("/api/v1/identity_", None);
        check("/a/b/c/identity_/connect/token", None);
        check("/", None);
    }

    #[test]
    fn a_parameter_is_one_decoded_segment() {
        let place = Place::of("/identity_/api/applications/a%2Fb/rotate").unwrap();
        let found = parameters_of("api/applications/{client_id}/rotate", &place.segments).unwrap();
        assert_eq!(found, [("client_id", "a/b".to_owned())]);
        assert!(parameters_of("api/applications/{client_id}", &place.segments).is_none());
    }
}
