//! Who stands behind a bearer token or a session cookie.

use adit_http::{Caller, SessionCredentials};
use adit_kernel::{Error, Id, Kind, Result, Timestamp};
use adit_store::{Env, Tx};
use adit_tenancy::{tokens, users};
use futures_util::future::BoxFuture;

use crate::applications::{self, API_ACCESS};
use crate::events;
use crate::keys;
use crate::oauth::AUDIENCE;
use crate::sessions::{self, SessionRow};

/// A caller and by what it is known.
pub(crate) struct Signed {
    pub(crate) caller: Caller,
    pub(crate) proof: Proof,
}

/// By what a caller is known.
pub(crate) enum Proof {
    /// An API token.
    Token,
    /// An access token of an application, with the scopes it was issued for.
    Application { scopes: Vec<String> },
    /// A session cookie.
    Session(SessionRow),
}

/// A call of an application whose token was not issued for it.
pub(crate) fn scope_missing(scope: &str) -> Error {
    Error::new(Kind::Forbidden, format!("The access token was not issued for the scope `{scope}`."))
}

/// Fails with 403 for an application that was given nothing.
pub(crate) fn check_role(caller: &Caller) -> Result<()> {
    if caller.global.is_empty() && caller.projects.is_empty() {
        return Err(Error::new(Kind::Forbidden, "The application has no role yet: an administrator must assign one."));
    }
    Ok(())
}

/// The caller behind a bearer token, for the API: an application needs the API's scope and at least one role.
///
/// # Errors
/// 403 for an application without scope or role.
pub async fn api_caller(env: &Env, tenant: Id, token: &str) -> Result<Option<Caller>> {
    let Some(signed) = bearer(env, tenant, token).await? else { return Ok(None) };
    if let Proof::Application { scopes } = &signed.proof {
        let has_scope = scopes.iter().any(|scope| scope == API_ACCESS);
        let checked = if has_scope { check_role(&signed.caller) } else { Err(scope_missing(API_ACCESS)) };
        if let Err(error) = checked {
            events::refused(env, tenant, signed.caller.user_id, None, "the API", &error).await;
            return Err(error);
        }
    }
    Ok(Some(signed.caller))
}

/// The caller behind a session cookie, for the API.
///
/// # Errors
/// 403 for a write that does not prove to come from a page of this host.
pub async fn session_caller(env: &Env, tenant: Id, credentials: &SessionCredentials<'_>) -> Result<Option<Caller>> {
    Ok(session(env, tenant, credentials).await?.map(|signed| signed.caller))
}

/// Whoever is behind a bearer token.
pub(crate) async fn bearer(env: &Env, tenant: Id, token: &str) -> Result<Option<Signed>> {
    // Access tokens are the only credentials with this shape; what only looks like one is tried as an API token.
    if token.starts_with("eyJ")
        && let Some(claims) = keys::verify::<keys::Claims>(env, token, AUDIENCE).await?
    {
        return application(env, tenant, claims).await;
    }
    let now = env.now();
    let mut tx = env.read().await?;
    let Some(holder) = tokens::holder(&mut tx, token, now).await? else { return Ok(None) };
    let Some(caller) = users::as_caller(&mut tx, tenant, holder.user_id).await? else { return Ok(None) };
    drop(tx);
    if holder.is_stale(now) {
        beside(env.clone(), holder.user_id, |tx, id, now| Box::pin(tokens::touch(tx, id, now)));
    }
    Ok(Some(Signed { caller, proof: Proof::Token }))
}

/// Writes a time of use beside the request, which need not wait for it.
fn beside(env: Env, id: Id, touch: for<'a> fn(&'a mut Tx, Id, Timestamp) -> BoxFuture<'a, Result<()>>) {
    tokio::spawn(async move {
        let written = async {
            let mut tx = env.begin().await?;
            touch(&mut tx, id, env.now()).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(error = %error, "a time of use could not be written");
        }
    });
}

async fn application(env: &Env, tenant: Id, claims: keys::Claims) -> Result<Option<Signed>> {
    let now = env.now();
    let (Ok(user), Ok(secret)) = (claims.sub.parse::<Id>(), claims.sid.parse::<Id>()) else { return Ok(None) };
    if claims.exp <= now.micros() / 1_000_000 {
        return Ok(None);
    }
    let mut tx = env.read().await?;
    // The token lives as long as the secret that obtained it: a rotated or deleted one takes its tokens along.
    let is_alive = applications::secret_by_id(&mut tx, secret).await?.is_some_and(|s| s.user_id == user && s.is_alive(now));
    let Some(application) = applications::by_user(&mut tx, tenant, user).await?.filter(|_| is_alive) else { return Ok(None) };
    let Some(caller) = users::as_caller(&mut tx, tenant, user).await? else { return Ok(None) };
    // A scope that was taken from the application is taken from its tokens as well.
    let granted = claims.scope.split(' ').filter(|scope| application.scopes.iter().any(|held| held == scope));
    Ok(Some(Signed { caller, proof: Proof::Application { scopes: granted.map(str::to_owned).collect() } }))
}

/// Whoever is behind a session cookie.
pub(crate) async fn session(env: &Env, tenant: Id, credentials: &SessionCredentials<'_>) -> Result<Option<Signed>> {
    let now = env.now();
    let mut tx = env.read().await?;
    let Some(session) = sessions::find(&mut tx, credentials, now).await? else { return Ok(None) };
    let Some(caller) = users::as_caller(&mut tx, tenant, session.user_id).await? else { return Ok(None) };
    drop(tx);
    if session.is_stale(now) {
        beside(env.clone(), session.id, |tx, id, now| Box::pin(sessions::touch(tx, id, now)));
    }
    Ok(Some(Signed { caller, proof: Proof::Session(session) }))
}
