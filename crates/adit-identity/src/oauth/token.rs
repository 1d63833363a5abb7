//! `POST /identity_/connect/token`
//!
//! Issues an access token to an application that proves itself with its id and secret.

use adit_kernel::{Id, Kind, Result};
use adit_tenancy::audit::{Event, record};
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Map, json as value};

use super::credentials::{TokenRequest, unauthenticated};
use super::error::{OAuthError, json};
use super::{AUDIENCE, issuer};
use crate::applications::{self, ApplicationRow, digest_of};
use crate::events;
use crate::keys::{self, Claims};
use crate::sign_in::budget;
use crate::site::{Answer, Guard, Route, Visit};

pub(super) static ROUTE: Route = Route {
    name: "oauth/token",
    method: Method::POST,
    path: "connect/token",
    // The route counts by itself, to answer in the standard's own form.
    guard: Guard::Issuer,
    serve: |visit| Box::pin(serve(visit)),
};

/// How long a token lives, in seconds.
const LIFE_SECONDS: i64 = 3600;

#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    expires_in: i64,
    token_type: &'static str,
    scope: String,
}

async fn serve(visit: Visit) -> Result<Answer> {
    Ok(match issue(&visit).await {
        Ok(token) => json(StatusCode::OK, &token),
        Err(error) => error.into_answer(),
    })
}

async fn issue(visit: &Visit) -> Result<TokenResponse, OAuthError> {
    let request = match TokenRequest::parse(&visit.head.headers, &visit.body) {
        Err(error) if error.code == "invalid_client" => {
            budget::charge(visit, &visit.neighborhood()).await?;
            events::note_stranger(visit, "access_token_refused", "credentials missing or malformed");
            return Err(error);
        }
        parsed => parsed?,
    };
    let (application, secret) = authenticate(visit, &request).await?;
    if request.grant_type != "client_credentials" {
        return Err(OAuthError::new("unsupported_grant_type", "Only `client_credentials` is supported."));
    }
    let scope = granted(&application, request.scope.as_deref())?;
    let now = visit.env.now().micros() / 1_000_000;
    let claims = Claims {
        iss: issuer(visit),
        aud: AUDIENCE.to_owned(),
        sub: application.user_id.to_string(),
        client_id: application.client_id.clone(),
        scope,
        iat: now,
        exp: now + LIFE_SECONDS,
        jti: visit.env.random.id().to_string(),
        sid: secret.to_string(),
        tenant: application.tenant_id.to_string(),
    };
    let access_token = keys::sign(&visit.env, &claims).await?;
    note_issued(visit, &application, secret, &claims.scope).await?;
    Ok(TokenResponse { access_token, expires_in: LIFE_SECONDS, token_type: "Bearer", scope: claims.scope })
}

async fn note_issued(visit: &Visit, application: &ApplicationRow, secret: Id, scope: &str) -> Result<()> {
    let (now, mut tx) = (visit.env.now(), visit.env.begin().await?);
    applications::touch_secret(&mut tx, secret, now).await?;
    let details = Map::from_iter([("client".to_owned(), value!(visit.client)), ("scope".to_owned(), value!(scope))]);
    let event = Event {
        event_type: "access_token_issued",
        // The application's tenant, which the address need not name.
        tenant: application.tenant_id,
        actor: application.user_id,
        subjects: Vec::new(),
        details,
    };
    record(&mut tx, visit.env.random.as_ref(), now, event).await?;
    tx.commit().await
}

/// The application, and which of its secrets it has shown.
async fn authenticate(visit: &Visit, request: &TokenRequest) -> Result<(ApplicationRow, Id), OAuthError> {
    let now = visit.env.now();
    let mut tx = visit.env.read().await?;
    let found = applications::by_client_id(&mut tx, &request.client_id).await?;
    let secrets = match &found {
        Some(application) => applications::secrets_of(&mut tx, application.user_id).await?,
        None => Vec::new(),
    };
    drop(tx);
    let digest = digest_of(&request.client_secret);
    let is_shown = |stored: &[u8]| crate::secret::is_same(stored, &digest);
    let shown = secrets.iter().find(|secret| secret.is_alive(now) && is_shown(&secret.digest));
    match (found, shown) {
        (Some(application), Some(secret)) if !application.is_disabled => {
            check_tenant(visit, &application).await?;
            Ok((application, secret.id))
        }
        (found, _) => {
            // Only failures count: a busy integration may ask for as many tokens as it likes.
            budget::charge(visit, &visit.neighborhood()).await?;
            match found {
                Some(application) => {
                    let (tenant, actor) = (application.tenant_id, application.user_id);
                    events::note_beside(visit, tenant, "access_token_refused", actor, "secret or disabled");
                }
                None => events::note_stranger(visit, "access_token_refused", "unknown client"),
            }
            Err(unauthenticated(request.is_basic))
        }
    }
}

/// Fails unless the application's tenant serves this client. The address may name another tenant, or none.
async fn check_tenant(visit: &Visit, application: &ApplicationRow) -> Result<(), OAuthError> {
    let tenant = application.tenant_id;
    let place = adit_tenancy::tenants::place(&visit.env, None, Some(&tenant.to_string())).await;
    match place.and_then(|place| place.admit(visit.client)) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), Kind::Forbidden | Kind::Missing) => {
            events::note_beside(visit, tenant, "access_token_refused", application.user_id, "tenant or network");
            Err(OAuthError::new("unauthorized_client", error.message()))
        }
        Err(error) => Err(error.into()),
    }
}

/// The scopes a token is issued for: those asked for, or all the application has.
fn granted(application: &ApplicationRow, asked: Option<&str>) -> Result<String, OAuthError> {
    let Some(asked) = asked else { return Ok(application.scopes.join(" ")) };
    let mut scopes: Vec<&str> = Vec::new();
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        if !application.scopes.iter().any(|held| held == scope) {
            return Err(OAuthError::new("invalid_scope", "A scope is unknown, or the application is not registered for it."));
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() { Ok(application.scopes.join(" ")) } else { Ok(scopes.join(" ")) }
}
