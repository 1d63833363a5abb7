//! Who stands behind a bearer token or a session cookie.

use adit_http::{Caller, Credentials, Identity, Owner, SessionCredentials, Unproven};
use adit_kernel::{Error, Id, Kind, Result, Timestamp, catalogue};
use adit_store::{Env, Tx};
use adit_tenancy::{tokens, users};
use futures_util::future::BoxFuture;

use crate::applications::{self, API_ACCESS};
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

/// What credentials prove.
pub(crate) enum Proven {
    /// Who is calling.
    Signed(Signed),
    /// Nothing that lets anybody in.
    Refused(Error, Unproven),
}

impl Proven {
    /// Credentials that do not count, or count no more; whoever sent them is not told which.
    fn nothing(unproven: Unproven) -> Self {
        Self::Refused(catalogue::bad_token(), unproven)
    }
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

/// Who is behind a bearer token, for the API: an application needs the API's scope and at least one role.
pub async fn api_caller(env: &Env, tenant: Id, token: &str) -> Result<Identity> {
    let signed = match bearer(env, tenant, token).await? {
        Proven::Signed(signed) => signed,
        Proven::Refused(error, unproven) => return Ok(Identity::Refused(error, unproven)),
    };
    if let Proof::Application { scopes } = &signed.proof {
        let has_scope = scopes.iter().any(|scope| scope == API_ACCESS);
        let checked = if has_scope { check_role(&signed.caller) } else { Err(scope_missing(API_ACCESS)) };
        if let Err(error) = checked {
            let owner = owner(&mut env.read().await?, tenant, signed.caller.user_id).await?;
            return Ok(Identity::Refused(error, Unproven::stranger("scope or role missing").of(owner)));
        }
    }
    Ok(Identity::Known(signed.caller))
}

/// Who is behind a session cookie, for the API.
pub async fn session_caller(env: &Env, tenant: Id, credentials: &SessionCredentials<'_>) -> Result<Identity> {
    Ok(match session(env, tenant, credentials).await? {
        Proven::Signed(signed) => Identity::Known(signed.caller),
        Proven::Refused(error, unproven) => Identity::Refused(error, unproven),
    })
}

/// What credentials of any kind prove.
pub(crate) async fn proven(env: &Env, tenant: Id, credentials: &Credentials<'_>) -> Result<Proven> {
    match credentials {
        Credentials::Bearer(token) => bearer(env, tenant, token).await,
        Credentials::Session(credentials) => session(env, tenant, credentials).await,
    }
}

/// The user as the owner of credentials; `None` for one that the tenant does not know.
async fn owner(tx: &mut Tx, tenant: Id, user: Id) -> Result<Option<Owner>> {
    let found = users::subject(tx, tenant, user).await?;
    Ok(found.map(|subject| Owner { user_id: subject.id, username: subject.name, email: subject.title }))
}

/// What is known of credentials that are or were a user's. To a tenant that does not know the user they are nobody's.
async fn unproven_of(tx: &mut Tx, tenant: Id, user: Id, reason: &'static str) -> Result<Unproven> {
    Ok(match owner(tx, tenant, user).await? {
        None => Unproven::stranger("token unknown"),
        found => Unproven::stranger(reason).of(found),
    })
}

async fn bearer(env: &Env, tenant: Id, token: &str) -> Result<Proven> {
    // Access tokens are the only credentials with this shape; what only looks like one is tried as an API token.
    if token.starts_with("eyJ")
        && let Some(claims) = keys::verify::<keys::Claims>(env, token, AUDIENCE).await?
    {
        return application(env, tenant, claims).await;
    }
    let now = env.now();
    let mut tx = env.read().await?;
    let holder = match tokens::standing(&mut tx, token, now).await? {
        tokens::Standing::Active(holder) => holder,
        tokens::Standing::Expired(user) => {
            return Ok(Proven::nothing(unproven_of(&mut tx, tenant, user, "token expired").await?));
        }
        tokens::Standing::Revoked(ended) => return Ok(Proven::nothing(revoked(&mut tx, tenant, ended).await?)),
        tokens::Standing::Unknown => return Ok(Proven::nothing(Unproven::stranger("token unknown"))),
    };
    let Some(caller) = users::as_caller(&mut tx, tenant, holder.user_id).await? else {
        return Ok(Proven::nothing(unproven_of(&mut tx, tenant, holder.user_id, "user disabled").await?));
    };
    drop(tx);
    if holder.is_stale(now) {
        beside(env.clone(), holder.user_id, |tx, id, now| Box::pin(tokens::touch(tx, id, now)));
    }
    Ok(Proven::Signed(Signed { caller, proof: Proof::Token }))
}

async fn revoked(tx: &mut Tx, tenant: Id, ended: tokens::Ended) -> Result<Unproven> {
    let tokens::Ended { tenant_id, user_id, username, email } = ended;
    let was_here = tenant_id == tenant;
    let found = owner(tx, tenant, user_id).await?.or_else(|| was_here.then_some(Owner { user_id, username, email }));
    let reason = if found.is_some() { "token revoked" } else { "token unknown" };
    Ok(Unproven::stranger(reason).of(found))
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

async fn application(env: &Env, tenant: Id, claims: keys::Claims) -> Result<Proven> {
    let now = env.now();
    let (Ok(user), Ok(secret)) = (claims.sub.parse::<Id>(), claims.sid.parse::<Id>()) else {
        return Ok(Proven::nothing(Unproven::stranger("token malformed")));
    };
    let mut tx = env.read().await?;
    let Some(application) = applications::by_user(&mut tx, tenant, user).await? else {
        // Our own signature vouches for the name of an application that is gone.
        let was_here = claims.tenant == tenant.to_string();
        let email = applications::address_of(&claims.client_id);
        let gone = was_here.then_some(Owner { user_id: user, username: claims.client_id, email });
        let reason = if was_here { "application deleted" } else { "token unknown" };
        return Ok(Proven::nothing(Unproven::stranger(reason).of(gone)));
    };
    if claims.exp <= now.micros() / 1_000_000 {
        return Ok(Proven::nothing(unproven_of(&mut tx, tenant, user, "token expired").await?));
    }
    // The token lives as long as the secret that obtained it: a rotated or deleted one takes its tokens along.
    let is_alive = applications::secret_by_id(&mut tx, secret).await?.is_some_and(|s| s.user_id == user && s.is_alive(now));
    if !is_alive {
        return Ok(Proven::nothing(unproven_of(&mut tx, tenant, user, "secret ended").await?));
    }
    let Some(caller) = users::as_caller(&mut tx, tenant, user).await? else {
        return Ok(Proven::nothing(unproven_of(&mut tx, tenant, user, "user disabled").await?));
    };
    // A scope that was taken from the application is taken from its tokens as well.
    let granted = claims.scope.split(' ').filter(|scope| application.scopes.iter().any(|held| held == scope));
    let scopes = granted.map(str::to_owned).collect();
    Ok(Proven::Signed(Signed { caller, proof: Proof::Application { scopes } }))
}

async fn session(env: &Env, tenant: Id, credentials: &SessionCredentials<'_>) -> Result<Proven> {
    let now = env.now();
    let unknown = || Proven::nothing(Unproven::routine("session unknown"));
    let mut tx = env.read().await?;
    let session = match sessions::standing(&mut tx, credentials, now).await? {
        sessions::Standing::Live(session) => session,
        sessions::Standing::Ended(user) => {
            let found = owner(&mut tx, tenant, user).await?;
            return Ok(if found.is_some() { Proven::nothing(Unproven::routine("session ended").of(found)) } else { unknown() });
        }
        sessions::Standing::Forged(user) => {
            let found = owner(&mut tx, tenant, user).await?;
            return Ok(Proven::Refused(catalogue::forged(), Unproven::stranger("write not from a page of this host").of(found)));
        }
        sessions::Standing::Unknown => return Ok(unknown()),
    };
    let Some(caller) = users::as_caller(&mut tx, tenant, session.user_id).await? else {
        return Ok(match owner(&mut tx, tenant, session.user_id).await? {
            None => unknown(),
            found => Proven::nothing(Unproven::stranger("user disabled").of(found)),
        });
    };
    drop(tx);
    if session.is_stale(now) {
        beside(env.clone(), session.id, |tx, id, now| Box::pin(sessions::touch(tx, id, now)));
    }
    Ok(Proven::Signed(Signed { caller, proof: Proof::Session(session) }))
}
