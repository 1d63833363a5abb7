//! `GET /identity_/oidc/start`
//!
//! Sends the browser to the identity provider.

use adit_kernel::{Error, Result};
use adit_tenancy::tenants;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use sha2::{Digest, Sha256};
use url::form_urlencoded::Serializer;

use super::Provider;
use crate::secret;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "identity/oidc_start",
    method: Method::GET,
    path: "oidc/start",
    guard: Guard::Attempt,
    serve: |visit| Box::pin(serve(visit)),
};

/// Seconds in which somebody has to come back.
const LIFE_SECONDS: i64 = 600;

/// What follows from the cookie of a browser that left.
pub(super) struct Flow {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

impl Flow {
    pub(super) fn of(cookie: &str) -> Self {
        let derived = |purpose: &str| secret::derived(purpose, cookie);
        Self { state: derived("adit oidc state"), nonce: derived("adit oidc nonce"), verifier: derived("adit oidc verifier") }
    }
}

/// The provider, where there is one for the tenant.
pub(super) fn provider(visit: &Visit) -> Result<&Provider> {
    let none = || Error::missing("There is no identity provider.");
    visit.settings.oidc.as_ref().filter(|provider| provider.tenant == visit.tenant_name).ok_or_else(none)
}

/// Where the provider sends the browser back to.
pub(super) async fn redirect(visit: &Visit) -> Result<String> {
    Ok(format!("{}{}identity_/oidc/callback", visit.settings.link_base, home(visit).await?))
}

/// Where the tenant begins, with a slash at the end.
pub(super) async fn home(visit: &Visit) -> Result<String> {
    let mut tx = visit.env.read().await?;
    Ok(format!("{}/", tenants::prefix(&mut tx, visit.tenant).await?))
}

/// The name of the cookie.
pub(super) fn cookie_name(visit: &Visit) -> &'static str {
    if visit.settings.is_https { "__Host-adit_oidc" } else { "adit_oidc" }
}

/// The cookie, or with no life left what takes it away.
pub(super) fn cookie(visit: &Visit, value: &str, life_seconds: i64) -> Result<HeaderValue> {
    let secure = if visit.settings.is_https { "; Secure" } else { "" };
    let name = cookie_name(visit);
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={life_seconds}{secure}"))
        .map_err(|e| Error::wrap("a cookie", e))
}

/// Sends the browser elsewhere.
pub(super) fn see_other(address: &str) -> Result<Answer> {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::SEE_OTHER;
    let address = HeaderValue::from_str(address).map_err(|e| Error::wrap("an address", e))?;
    answer.headers_mut().insert(header::LOCATION, address);
    Ok(answer)
}

async fn serve(visit: Visit) -> Result<Answer> {
    let provider = provider(&visit)?;
    let discovery = visit.provider_said.description(provider, visit.env.now()).await?;
    let fresh = secret::fresh(visit.env.random.as_ref());
    let (flow, back) = (Flow::of(&fresh), redirect(&visit).await?);
    let query = Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &back)
        .append_pair("scope", "openid email profile")
        .append_pair("state", &flow.state)
        .append_pair("nonce", &flow.nonce)
        .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(Sha256::digest(&flow.verifier)))
        .append_pair("code_challenge_method", "S256")
        .finish();
    let joint = if discovery.authorization_endpoint.contains('?') { '&' } else { '?' };
    let mut answer = see_other(&format!("{}{joint}{query}", discovery.authorization_endpoint))?;
    answer.headers_mut().insert(header::SET_COOKIE, cookie(&visit, &fresh, LIFE_SECONDS)?);
    Ok(answer)
}
