//! `adit admin`: tenants, roles and waiting mails from the command line.

use std::io::Write;

use adit_kernel::Id;
use adit_store::{Env, Note};
use adit_tenancy::roles::{self, RoleRow};
use adit_tenancy::tenants::{self, TenantRow};
use adit_tenancy::{audit, mail, usage};
use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::StoreOptions;
use crate::wiring::{self, described};

#[derive(Debug, Subcommand)]
pub(crate) enum TenancyCommand {
    /// Create a tenant.
    CreateTenant(CreateTenant),
    /// List a tenant's own roles.
    Roles(InTenant),
    /// Create a role, or change what it grants.
    SetRole(SetRole),
    /// Delete a role; whoever holds its name holds nothing by it any more.
    DeleteRole(DeleteRole),
    /// Print the audit log as JSON lines, oldest first.
    AuditExport(InTenant),
    /// Print what a tenant used, by month.
    Usage(InTenant),
    /// Show the mails that wait to be sent.
    Mails(Mails),
}

#[derive(Debug, Args)]
pub(crate) struct InTenant {
    #[command(flatten)]
    store: StoreOptions,
    /// The tenant; the default one when left out.
    #[arg(long)]
    tenant: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CreateTenant {
    #[command(flatten)]
    store: StoreOptions,
    /// The name: a label of a host name.
    name: String,
    /// The title.
    #[arg(long, default_value = "")]
    title: String,
}

#[derive(Debug, Args)]
pub(crate) struct SetRole {
    #[command(flatten)]
    at: InTenant,
    /// The name, which begins with `role-`.
    name: String,
    /// The role is held in the whole tenant instead of in projects.
    #[arg(long)]
    global: bool,
    /// A permission it grants, by its wire name; may be repeated.
    #[arg(long = "permission", required = true)]
    permissions: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteRole {
    #[command(flatten)]
    at: InTenant,
    /// The name.
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Mails {
    #[command(flatten)]
    store: StoreOptions,
}

/// Runs a command.
pub(crate) async fn run(command: TenancyCommand) -> anyhow::Result<()> {
    match command {
        TenancyCommand::CreateTenant(options) => create_tenant(options).await,
        TenancyCommand::Roles(at) => list_roles(at).await,
        TenancyCommand::SetRole(options) => set_role(options).await,
        TenancyCommand::DeleteRole(options) => delete_role(options).await,
        TenancyCommand::AuditExport(at) => audit_export(at).await,
        TenancyCommand::Usage(at) => list_usage(at).await,
        TenancyCommand::Mails(options) => list_mails(options).await,
    }
}

async fn create_tenant(options: CreateTenant) -> anyhow::Result<()> {
    tenants::check_name(&options.name).map_err(described)?;
    let env = wiring::open_current(&options.store).await?;
    let mut tx = env.begin().await.map_err(described)?;
    if tenants::find(&mut tx, &options.name).await.map_err(described)?.is_some() {
        bail!("the tenant `{}` exists already", options.name);
    }
    drop(tx);
    let own = tenants::named_or_default(&mut env.read().await.map_err(described)?, None).await.map_err(described)?.id;
    let mut tx = audit::for_operator(&env, own, "create_tenant").begin().await.map_err(described)?;
    let tenant = TenantRow { title: options.title, ..TenantRow::new(env.random.id(), &options.name, env.now()) };
    tenants::create(&mut tx, &tenant, env.random.as_ref(), env.now()).await.map_err(described)?;
    tx.note(Note::About(tenants::subject(&tenant)));
    tx.commit().await.map_err(described)?;
    println!("{}", tenant.id);
    Ok(())
}

async fn tenant_of(env: &Env, at: &InTenant) -> anyhow::Result<Id> {
    let mut tx = env.read().await.map_err(described)?;
    Ok(tenants::named_or_default(&mut tx, at.tenant.as_deref()).await.map_err(described)?.id)
}

async fn list_roles(at: InTenant) -> anyhow::Result<()> {
    let env = wiring::open_current(&at.store).await?;
    let tenant = tenant_of(&env, &at).await?;
    let mut tx = env.read().await.map_err(described)?;
    for role in roles::all(&mut tx, tenant).await.map_err(described)? {
        let scope = if role.is_global { "tenant" } else { "project" };
        println!("{} ({scope}): {}", role.name, role.permissions.join(" "));
    }
    Ok(())
}

async fn set_role(options: SetRole) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.at.store).await?;
    let tenant = tenant_of(&env, &options.at).await?;
    let mut tx = audit::for_operator(&env, tenant, "set_role").begin().await.map_err(described)?;
    let role = RoleRow { name: options.name, is_global: options.global, permissions: options.permissions };
    roles::set(&mut tx, tenant, &role, env.now()).await.map_err(described)?;
    tx.note(Note::Fact("role", json!({"name": role.name, "is_global": role.is_global, "permissions": role.permissions})));
    tx.commit().await.map_err(described)
}

async fn delete_role(options: DeleteRole) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.at.store).await?;
    let tenant = tenant_of(&env, &options.at).await?;
    let mut tx = audit::for_operator(&env, tenant, "delete_role").begin().await.map_err(described)?;
    if !roles::delete(&mut tx, tenant, &options.name).await.map_err(described)? {
        bail!("there is no role `{}`", options.name);
    }
    tx.note(Note::Fact("role", json!({"name": options.name})));
    tx.commit().await.map_err(described)
}

async fn audit_export(at: InTenant) -> anyhow::Result<()> {
    let env = wiring::open_current(&at.store).await?;
    let tenant = tenant_of(&env, &at).await?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let line = |line: String| writeln!(out, "{line}").map_err(|e| adit_kernel::Error::wrap("cannot print", e));
    audit::export(&env, tenant, line).await.map_err(described)?;
    out.flush()?;
    Ok(())
}

async fn list_usage(at: InTenant) -> anyhow::Result<()> {
    let env = wiring::open_current(&at.store).await?;
    let tenant = tenant_of(&env, &at).await?;
    let mut tx = env.read().await.map_err(described)?;
    for row in usage::all(&mut tx, tenant).await.map_err(described)? {
        println!("{} {:<24} {}", row.month, row.kind, row.amount);
    }
    Ok(())
}

async fn list_mails(options: Mails) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.store).await?;
    let mut tx = env.read().await.map_err(described)?;
    let mut out = std::io::stdout().lock();
    for mail in mail::waiting(&mut tx, &env).await.map_err(described)? {
        let failure = mail.last_error.map(|error| format!(", last failure: {error}")).unwrap_or_default();
        writeln!(
            out,
            "To: {}\nSubject: {}\nSince: {} ({} tries{failure})\n",
            mail.letter.recipient, mail.letter.subject, mail.queued, mail.n_tries
        )?;
        writeln!(out, "{}\n", mail.letter.body)?;
    }
    Ok(())
}
