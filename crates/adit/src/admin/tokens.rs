//! `adit admin create-token`, `revoke-token` and `list-tokens`.

use adit_kernel::{Id, Timestamp};
use adit_store::Tx;
use adit_tenancy::{audit, tokens, users};
use anyhow::{Context, bail};

use super::{note_user, tenant_of};
use crate::cli::{CreateToken, InTenant, RevokeToken};
use crate::wiring::{self, described};

pub(super) async fn create(options: CreateToken) -> anyhow::Result<()> {
    let expires = options.expires_at.as_deref().map(Timestamp::parse).transpose().map_err(described)?;
    let env = wiring::open_current(&options.store).await?;
    let tenant = tenant_of(&env, options.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "create_token").begin().await.map_err(described)?;
    let user = user_named(&mut tx, tenant, &options.username).await?;
    note_user(&mut tx, tenant, user).await?;
    let made = tokens::regenerate_until(&mut tx, user, env.random.as_ref(), env.now(), expires).await;
    let token = made.map_err(described)?;
    tx.commit().await.map_err(described)?;
    println!("{token}");
    Ok(())
}

pub(super) async fn revoke(options: RevokeToken) -> anyhow::Result<()> {
    let env = wiring::open_current(&options.place.store).await?;
    let tenant = tenant_of(&env, options.place.tenant.as_deref()).await?;
    let mut tx = audit::for_operator(&env, tenant, "revoke_token").begin().await.map_err(described)?;
    let user = user_named(&mut tx, tenant, &options.username).await?;
    note_user(&mut tx, tenant, user).await?;
    if !tokens::revoke(&mut tx, user, env.now()).await.map_err(described)? {
        bail!("the user `{}` has no token", options.username);
    }
    tx.commit().await.map_err(described)?;
    println!("the token of `{}` is revoked", options.username);
    Ok(())
}

pub(super) async fn list(place: &InTenant) -> anyhow::Result<()> {
    let env = wiring::open_current(&place.store).await?;
    let mut tx = env.read().await.map_err(described)?;
    let tenant = place.tenant_id(&mut tx).await?;
    let shown = |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    println!("{:<24} {:<28} {:<28} {:<28}", "user", "created", "expires", "last used");
    for token in tokens::all(&mut tx, tenant).await.map_err(described)? {
        let (created, expires, used) = (token.created.to_string(), shown(token.expires), shown(token.last_used));
        println!("{:<24} {created:<28} {expires:<28} {used:<28}", token.username);
    }
    Ok(())
}

async fn user_named(tx: &mut Tx, tenant: Id, username: &str) -> anyhow::Result<Id> {
    let user = users::by_username(tx, tenant, username).await.map_err(described)?;
    Ok(user.with_context(|| format!("there is no user `{username}`"))?.id)
}
