//! `adit admin`: users and tokens from the command line, and the first administrator.

mod applications;
mod keys;
mod tokens;

use std::path::Path;

use adit_kernel::{Id, Permission};
use adit_store::{Env, Note, Tx};
use adit_tenancy::users::{self, UserRow};
use adit_tenancy::{audit, projects, tenants};
use anyhow::{Context, bail};

use crate::admin_tenancy;
use crate::cli::{AdminCommand, CreateUser, InTenant, OfUser, PasswordLink, StoreOptions};
use crate::wiring::{self, described};

/// The name of the first administrator.
const FIRST_ADMIN: &str = "admin";

/// Runs an admin command.
pub(crate) async fn run(command: AdminCommand) -> anyhow::Result<()> {
    match command {
        AdminCommand::CreateUser(options) => create_user(options).await,
        AdminCommand::CreateToken(options) => tokens::create(options).await,
        AdminCommand::RevokeToken(options) => tokens::revoke(options).await,
        AdminCommand::ListTokens(place) => tokens::list(&place).await,
        AdminCommand::Application(command) => applications::run(command).await,
        AdminCommand::PasswordLink(options) => link(options).await,
        AdminCommand::DisableUser(options) => set_disabled(options, true).await,
        AdminCommand::EnableUser(options) => set_disabled(options, false).await,
        AdminCommand::ResetSecondFactor(options) => reset_second_factor(options).await,
        AdminCommand::RotateKey(options) => keys::rotate(options).await,
        AdminCommand::Rebuild(options) => rebuild(&options).await,
        AdminCommand::Tenancy(command) => admin_tenancy::run(command).await,
    }
}

async fn rebuild(options: &StoreOptions) -> anyhow::Result<()> {
    let env = wiring::open_current(options).await?;
    wiring::rebuild(&env).await.map_err(described)?;
    println!("derived data are gone; a running `adit serve` or `adit work` computes them again");
    Ok(())
}

async fn create_user(options: CreateUser) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.store).await?;
    let tenant = tenant_of(&env, options.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "create_user").begin().await.map_err(described)?;
    if users::by_username(&mut tx, tenant, &options.username).await.map_err(described)?.is_some() {
        bail!("the user `{}` exists already", options.username);
    }
    let user = new_user(&env, &options.username, &options.email, options.global_permissions);
    users::insert(&mut tx, tenant, &user).await.map_err(described)?;
    grant_all(&mut tx, tenant, user.id, &options.project_permissions).await?;
    note_user(&mut tx, tenant, user.id).await?;
    tx.commit().await.map_err(described)?;
    println!("{}", user.id);
    Ok(())
}

impl InTenant {
    /// The tenant that the command line names.
    async fn tenant_id(&self, tx: &mut Tx) -> anyhow::Result<Id> {
        Ok(tenants::named_or_default(tx, self.tenant.as_deref()).await.map_err(described)?.id)
    }
}

/// Grants each `PROJECT=PERMISSION`.
async fn grant_all(tx: &mut Tx, tenant: Id, user: Id, entries: &[String]) -> anyhow::Result<()> {
    for entry in entries {
        let (project, permission) =
            entry.split_once('=').with_context(|| format!("`{entry}` is not of the form PROJECT=PERMISSION"))?;
        if !projects::exists(tx, tenant, project).await.map_err(described)? {
            bail!("there is no project `{project}`");
        }
        users::grant(tx, tenant, user, project, &[permission]).await.map_err(described)?;
    }
    Ok(())
}

async fn tenant_of(env: &Env, name: Option<&str>) -> anyhow::Result<Id> {
    let mut tx = env.read().await.map_err(described)?;
    Ok(tenants::named_or_default(&mut tx, name).await.map_err(described)?.id)
}

/// Says in the audit log whom a command is about.
async fn note_user(tx: &mut Tx, tenant: Id, user: Id) -> anyhow::Result<()> {
    if let Some(subject) = users::subject(tx, tenant, user).await.map_err(described)? {
        tx.note(Note::About(subject));
    }
    Ok(())
}

fn new_user(env: &Env, username: &str, email: &str, global_permissions: Vec<String>) -> UserRow {
    UserRow {
        id: env.random.id(),
        username: username.to_owned(),
        email: email.to_owned(),
        global_permissions,
        is_disabled: false,
        created: env.now(),
        last_login: None,
    }
}

/// At the first start creates the administrator whose token is in `file`; later the file is not even read.
pub(crate) async fn bootstrap(env: &Env, file: Option<&Path>) -> anyhow::Result<()> {
    let mut tx = env.begin().await.map_err(described)?;
    let tenant = tenants::named_or_default(&mut tx, None).await.map_err(described)?.id;
    if users::by_username(&mut tx, tenant, FIRST_ADMIN).await.map_err(described)?.is_some() {
        return Ok(());
    }
    let Some(file) = file else { return Ok(()) };
    let token = std::fs::read_to_string(file).with_context(|| format!("cannot read the token file `{}`", file.display()))?;
    let token = token.trim();
    if token.len() < 20 || token.bytes().any(|b| !b.is_ascii_graphic()) {
        bail!("the token in `{}` must be at least 20 visible ASCII characters without spaces", file.display());
    }
    let admin = create_admin(&mut tx, env, tenant).await.map_err(described)?;
    adit_tenancy::tokens::import(&mut tx, admin, token, env.now()).await.map_err(described)?;
    tx.commit().await.map_err(described)?;
    tracing::info!(user.username = FIRST_ADMIN, "created the first administrator");
    Ok(())
}

async fn create_admin(tx: &mut Tx, env: &Env, tenant: Id) -> adit_kernel::Result<Id> {
    let user =
        new_user(env, FIRST_ADMIN, "admin@localhost", vec![Permission::ROOT.0.to_owned(), Permission::TENANT_ADMIN.0.to_owned()]);
    users::insert(tx, tenant, &user).await?;
    users::grant(tx, tenant, user.id, tenants::DEFAULT_PROJECT, &["role-cm-project-admin"]).await?;
    Ok(user.id)
}

/// At the first start without a token file creates the administrator, and prints a link with which to set its password.
/// The link is printed to standard output, never to the log.
pub(crate) async fn offer_set_up(env: &Env, base: &str) -> anyhow::Result<()> {
    let mut tx = env.begin().await.map_err(described)?;
    let tenant = tenants::named_or_default(&mut tx, None).await.map_err(described)?.id;
    if users::by_username(&mut tx, tenant, FIRST_ADMIN).await.map_err(described)?.is_some() {
        return Ok(());
    }
    let admin = create_admin(&mut tx, env, tenant).await.map_err(described)?;
    let made = adit_identity::make_link(&mut tx, env, base, (tenant, admin), adit_identity::FIRST_SECONDS).await;
    let link = made.map_err(described)?;
    tx.commit().await.map_err(described)?;
    println!("There is no administrator yet. Set the password of `{FIRST_ADMIN}` within a day, once, at:");
    println!("{link}");
    Ok(())
}

async fn link(options: PasswordLink) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "issue_password_link").begin().await.map_err(described)?;
    let user = users::by_username(&mut tx, tenant, &options.username).await.map_err(described)?;
    let user = user.with_context(|| format!("there is no user `{}`", options.username))?;
    note_user(&mut tx, tenant, user.id).await?;
    let base = options.public_url.trim_end_matches('/');
    let made = adit_identity::make_link(&mut tx, &env, base, (tenant, user.id), adit_identity::FIRST_SECONDS).await;
    let link = made.map_err(described)?;
    tx.commit().await.map_err(described)?;
    println!("{link}");
    Ok(())
}

async fn set_disabled(options: OfUser, is_disabled: bool) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let event = if is_disabled { "user_disabled" } else { "user_enabled" };
    let mut tx = audit::for_operator(&env, tenant, event).begin().await.map_err(described)?;
    let user = users::by_username(&mut tx, tenant, &options.username).await.map_err(described)?;
    let user = user.with_context(|| format!("there is no user `{}`", options.username))?;
    users::set_disabled(&mut tx, tenant, user.id, is_disabled).await.map_err(described)?;
    note_user(&mut tx, tenant, user.id).await?;
    tx.commit().await.map_err(described)?;
    println!("`{}` is {}", options.username, if is_disabled { "disabled" } else { "enabled" });
    Ok(())
}

async fn reset_second_factor(options: OfUser) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "second_factor_reset").begin().await.map_err(described)?;
    let user = users::by_username(&mut tx, tenant, &options.username).await.map_err(described)?;
    let user = user.with_context(|| format!("there is no user `{}`", options.username))?;
    note_user(&mut tx, tenant, user.id).await?;
    if !adit_identity::reset_second_factor(&mut tx, user.id).await.map_err(described)? {
        bail!("the user `{}` has no second factor", options.username);
    }
    tx.commit().await.map_err(described)?;
    println!("`{}` signs in with the password alone", options.username);
    Ok(())
}
