//! Registering, rotating and deleting applications; used by the routes and by the command line.

use adit_kernel::{Error, Id, Result, Timestamp, names};
use adit_store::{Env, Tx};
use adit_tenancy::users::{self, UserKind, UserRow};

use super::rules::{check_scopes, digest_of, new_client_id, new_secret};
use super::store::{self, ApplicationRow, SecretRow};

/// An old secret may live on for at most 30 days.
const LONGEST_GRACE_SECONDS: i64 = 30 * 24 * 3600;

/// A client id and the secret that goes with it, which is shown once.
#[derive(Debug)]
pub struct Registered {
    /// The id.
    pub client_id: String,
    /// The secret.
    pub secret: String,
}

/// Registers an application. It may do nothing until it is given a role.
///
/// # Errors
/// Invalid for a bad name or scope, a conflict when a user has that name.
pub async fn register_application(env: &Env, tx: &mut Tx, tenant: Id, name: &str, scopes: &[String]) -> Result<Registered> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("`name` must not be empty."));
    }
    names::check_text(name, "name", 128)?;
    let scopes = check_scopes(scopes)?;
    if users::by_username(tx, tenant, name).await?.is_some() {
        return Err(Error::conflict(format!("A user or application named `{name}` exists already.")));
    }
    users::admit(tx, tenant).await?;
    let client_id = new_client_id(env.random.as_ref());
    let user = UserRow {
        id: env.random.id(),
        username: name.to_owned(),
        email: address_of(&client_id),
        global_permissions: Vec::new(),
        is_disabled: false,
        created: env.now(),
        last_login: None,
    };
    users::insert(tx, tenant, &user).await?;
    users::set_kind(tx, tenant, user.id, UserKind::Application).await?;
    store::insert(tx, tenant, user.id, &client_id, &scopes).await?;
    let secret = add_secret(env, tx, user.id).await?;
    Ok(Registered { client_id, secret })
}

/// Gives an application a new secret; the one before it ends after `grace_seconds`, and with it the tokens it obtained.
///
/// # Errors
/// Missing when there is no such application, invalid for a bad grace.
pub async fn rotate_secret(env: &Env, tx: &mut Tx, tenant: Id, client_id: &str, grace_seconds: i64) -> Result<Registered> {
    if !(0..=LONGEST_GRACE_SECONDS).contains(&grace_seconds) {
        return Err(Error::invalid(format!("`grace_seconds` must be from 0 to {LONGEST_GRACE_SECONDS}.")));
    }
    let application = existing(tx, tenant, client_id).await?;
    let now = env.now();
    let end = Timestamp::from_micros(now.micros() + grace_seconds * 1_000_000);
    store::retire_secrets(tx, application.user_id, end, now).await?;
    let secret = add_secret(env, tx, application.user_id).await?;
    Ok(Registered { client_id: application.client_id, secret })
}

/// Deletes an application. Its tokens end at once.
///
/// # Errors
/// Missing when there is no such application.
pub async fn delete_application(tx: &mut Tx, tenant: Id, client_id: &str) -> Result<()> {
    let application = existing(tx, tenant, client_id).await?;
    store::delete(tx, tenant, application.user_id).await
}

/// The applications of a tenant with their secrets' times.
pub async fn list_applications(tx: &mut Tx, tenant: Id) -> Result<Vec<(ApplicationRow, Vec<SecretRow>)>> {
    let mut listed = Vec::new();
    for application in store::all(tx, tenant).await? {
        let secrets = store::secrets_of(tx, application.user_id).await?;
        listed.push((application, secrets));
    }
    Ok(listed)
}

/// Every user has an address; `.invalid` is the domain to which no mail can go.
pub(crate) fn address_of(client_id: &str) -> String {
    format!("{client_id}@applications.invalid")
}

async fn existing(tx: &mut Tx, tenant: Id, client_id: &str) -> Result<ApplicationRow> {
    let found = store::by_client_id(tx, client_id).await?.filter(|application| application.tenant_id == tenant);
    found.ok_or_else(|| Error::missing(format!("No such application: `{client_id}`.")))
}

async fn add_secret(env: &Env, tx: &mut Tx, user: Id) -> Result<String> {
    let secret = new_secret(env.random.as_ref());
    store::insert_secret(tx, env.random.id(), user, digest_of(&secret), env.now()).await?;
    Ok(secret)
}
