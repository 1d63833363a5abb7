//! Users: who is calling, what they hold, and who may change that.

mod add_support_tenant;
mod admins;
mod create;
mod current;
mod delete;
mod derived;
mod get;
mod list;
mod list_v1;
mod reduced;
mod refresh;
mod remove_support_tenant;
mod rules;
mod store;
mod support;
mod update;
mod view;
mod welcome_email;
mod wire;

use std::collections::BTreeMap;

use adit_http::{Caller, Operation};
use adit_kernel::{Error, Id, Result, Roles, expand_with};
use adit_store::{Noun, Subject, Tx};
use serde_json::json;

pub(crate) use rules::check_permission_names;
pub(crate) use store::count;
pub use store::{UserKind, UserRow, by_id, by_username, grant, insert, set_disabled, set_kind, set_sso_permissions};

pub use welcome_email::{FirstLink, FirstLinks};

use crate::{quotas, roles, tenants};

/// The operations on users and permissions.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &current::OPERATION,
        &refresh::OPERATION,
        &list::OPERATION,
        &list_v1::OPERATION,
        &create::OPERATION,
        &get::OPERATION,
        &update::OPERATION,
        &delete::OPERATION,
        &welcome_email::OPERATION,
        &add_support_tenant::OPERATION,
        &remove_support_tenant::OPERATION,
        &derived::OPERATION,
        &reduced::OPERATION,
    ]
}

/// The user as a caller in `tenant`; `None` when there is no such user there, or it is disabled.
pub async fn as_caller(tx: &mut Tx, tenant: Id, user_id: Id) -> Result<Option<Caller>> {
    let Some((user, _)) = member(tx, tenant, user_id).await? else { return Ok(None) };
    if user.is_disabled {
        return Ok(None);
    }
    let beside = store::sso_permissions(tx, tenant, user_id).await?;
    let mut held = store::permissions_of(tx, tenant, user_id).await?;
    for (project, permissions) in beside.projects {
        held.entry(project).or_default().extend(permissions);
    }
    let global: Vec<String> = user.global_permissions.iter().chain(&beside.global).cloned().collect();
    let roles = roles::mentioned(tx, tenant, held.values().flatten().chain(&global)).await?;
    let mut projects = in_projects(held, &roles);
    // An application holds only what it was given: it joins nothing by itself.
    if beside.kind == UserKind::Person {
        for (project, permissions) in open_projects(tx, tenant).await? {
            projects.entry(project).or_insert_with(|| expand_with(permissions.iter().map(String::as_str), &roles.project));
        }
    }
    let global = expand_with(global.iter().map(String::as_str), &roles.global);
    Ok(Some(Caller { user_id, tenant_id: tenant, global, projects }))
}

/// Fails unless the tenant may have one more user.
///
/// # Errors
/// 403 that names the quota.
pub async fn admit(tx: &mut Tx, tenant: Id) -> Result<()> {
    quotas::hold(tx, tenant, quotas::Kind::Users).await?;
    let used = store::count(tx, tenant).await? + 1;
    quotas::admit(tx, tenant, quotas::Kind::Users, used, 1).await
}

/// The user if it belongs to the tenant or may enter it as a support user, which the flag tells.
async fn member(tx: &mut Tx, tenant: Id, user_id: Id) -> Result<Option<(UserRow, bool)>> {
    if let Some(user) = store::by_id(tx, tenant, user_id).await? {
        return Ok(Some((user, false)));
    }
    Ok(store::support_user(tx, tenant, user_id).await?.map(|user| (user, true)))
}

fn in_projects(
    held: BTreeMap<String, Vec<String>>,
    roles: &roles::Scoped,
) -> BTreeMap<String, std::collections::BTreeSet<String>> {
    held.into_iter().map(|(project, names)| (project, expand_with(names.iter().map(String::as_str), &roles.project))).collect()
}

/// Projects open to everybody, with what somebody has there who was given nothing else.
async fn open_projects(tx: &mut Tx, tenant: Id) -> Result<Vec<(String, Vec<String>)>> {
    let open = store::auto_joined(tx, tenant).await?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let permissions = tenants::default_permissions(tx, tenant).await?;
    Ok(open.into_iter().map(|project| (project, permissions.clone())).collect())
}

/// The user as the subject of a change.
pub async fn subject(tx: &mut Tx, tenant: Id, user: Id) -> Result<Option<Subject>> {
    let Some((user, is_support)) = member(tx, tenant, user).await? else { return Ok(None) };
    let held = store::permissions_of(tx, tenant, user.id).await?;
    Ok(Some(Subject {
        noun: Noun::User,
        id: user.id,
        name: user.username,
        title: user.email,
        parent: Some(tenant),
        state: json!({
            "organisation_permissions": held, "global_permissions": user.global_permissions,
            "is_disabled": user.is_disabled, "is_support_user": is_support,
        }),
    }))
}

/// Fails with a clear text unless every id is a user of the tenant.
pub(crate) async fn check_exist(tx: &mut Tx, tenant: Id, ids: &[Id]) -> Result<()> {
    for id in ids {
        if member(tx, tenant, *id).await?.is_none() {
            return Err(Error::unprocessable(format!("`user_ids`: no such user: `{id}`.")));
        }
    }
    Ok(())
}

/// The roles that a set of roles of one scope knows by name; for checks on what somebody grants.
fn all_roles(scoped: &roles::Scoped, is_global: bool) -> &Roles {
    if is_global { &scoped.global } else { &scoped.project }
}
