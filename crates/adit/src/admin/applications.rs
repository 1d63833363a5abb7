//! `adit admin application …`: external applications from the command line.

use adit_kernel::Timestamp;
use adit_tenancy::audit;
use anyhow::Context;

use super::{grant_all, note_user, tenant_of};
use crate::cli::{ApplicationCommand, DeleteApplication, GrantApplication, InTenant, RegisterApplication, RotateApplication};
use crate::wiring::{self, described};

pub(super) async fn run(command: ApplicationCommand) -> anyhow::Result<()> {
    match command {
        ApplicationCommand::Register(options) => register(options).await,
        ApplicationCommand::List(place) => list(&place).await,
        ApplicationCommand::Rotate(options) => rotate(options).await,
        ApplicationCommand::Grant(options) => grant(options).await,
        ApplicationCommand::Delete(options) => delete(options).await,
    }
}

async fn register(options: RegisterApplication) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let all = || adit_identity::SCOPES.map(str::to_owned).to_vec();
    let scopes = if options.scopes.is_empty() { all() } else { options.scopes };
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "register_application").begin().await.map_err(described)?;
    let made = adit_identity::register_application(&env, &mut tx, tenant, &options.name, &scopes).await;
    let made = made.map_err(described)?;
    tx.commit().await.map_err(described)?;
    println!("client_id={}\nclient_secret={}", made.client_id, made.secret);
    Ok(())
}

async fn list(place: &InTenant) -> anyhow::Result<()> {
    let env = wiring::open_current(&place.store).await?;
    let mut tx = env.read().await.map_err(described)?;
    let tenant = place.tenant_id(&mut tx).await?;
    let shown = |time: Option<Timestamp>| time.map_or_else(|| "never".to_owned(), |time| time.to_string());
    for (application, secrets) in adit_identity::list_applications(&mut tx, tenant).await.map_err(described)? {
        println!("{}  {}  {}", application.client_id, application.name, application.scopes.join(" "));
        for secret in secrets {
            println!("    secret of {}, ends {}, last used {}", secret.created, shown(secret.expires), shown(secret.last_used));
        }
    }
    Ok(())
}

async fn rotate(options: RotateApplication) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "rotate_application").begin().await.map_err(described)?;
    let made = adit_identity::rotate_secret(&env, &mut tx, tenant, &options.client_id, options.grace_seconds).await;
    let made = made.map_err(described)?;
    tx.commit().await.map_err(described)?;
    println!("client_id={}\nclient_secret={}", made.client_id, made.secret);
    Ok(())
}

async fn grant(options: GrantApplication) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "update_user").begin().await.map_err(described)?;
    let listed = adit_identity::list_applications(&mut tx, tenant).await.map_err(described)?;
    let found = listed.into_iter().find(|(application, _)| application.client_id == options.client_id);
    let (application, _) = found.with_context(|| format!("there is no application `{}`", options.client_id))?;
    note_user(&mut tx, tenant, application.user_id).await?;
    grant_all(&mut tx, tenant, application.user_id, &options.project_permissions).await?;
    tx.commit().await.map_err(described)?;
    println!("granted");
    Ok(())
}

async fn delete(options: DeleteApplication) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "delete_application").begin().await.map_err(described)?;
    adit_identity::delete_application(&mut tx, tenant, &options.client_id).await.map_err(described)?;
    tx.commit().await.map_err(described)?;
    println!("deleted");
    Ok(())
}
