//! A user as somebody else sees it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adit_http::Caller;
use adit_kernel::{Error, Id, Permission, Result, expand_with};
use adit_store::Tx;

use super::store::Beside;
use super::{UserKind, UserRow, member, open_projects, store, wire};
use crate::roles::{self, Scoped};

/// What the views of a tenant's users have in common.
pub(super) struct Views {
    roles: Scoped,
    open: Vec<(String, Vec<String>)>,
    /// What identity providers grant, and which users are applications, by user.
    beside: HashMap<Id, Beside>,
}

impl Views {
    pub(super) async fn of(tx: &mut Tx, tenant: Id) -> Result<Self> {
        Ok(Self {
            roles: roles::scoped(tx, tenant).await?,
            open: open_projects(tx, tenant).await?,
            beside: store::all_beside(tx, tenant).await?,
        })
    }

    /// The user with held and derived permissions.
    pub(super) fn whole(&self, user: UserRow, held: BTreeMap<String, Vec<String>>, is_support_user: bool) -> wire::User {
        let nothing = Beside::nothing();
        let beside = self.beside.get(&user.id).unwrap_or(&nothing);
        let mut all = held.clone();
        for (project, names) in &beside.projects {
            all.entry(project.clone()).or_default().extend(names.iter().cloned());
        }
        let mut derived: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (project, names) in &all {
            derived.insert(project.clone(), sorted(expand_with(names.iter().map(String::as_str), &self.roles.project)));
        }
        // An application joins nothing by itself.
        let open = if beside.kind == UserKind::Person { self.open.as_slice() } else { &[] };
        for (project, names) in open {
            let expanded = || sorted(expand_with(names.iter().map(String::as_str), &self.roles.project));
            derived.entry(project.clone()).or_insert_with(expanded);
        }
        let own = sorted(expand_with(user.global_permissions.iter().map(String::as_str), &self.roles.global));
        let names = user.global_permissions.iter().chain(&beside.global).map(String::as_str);
        let global = sorted(expand_with(names, &self.roles.global));
        wire::User {
            id: user.id,
            created: user.created,
            username: user.username,
            email: user.email,
            verified: true,
            organisation_permissions: held,
            derived_organisation_permissions: derived,
            global_permissions: user.global_permissions,
            sso_global_permissions: beside.global.clone(),
            derived_user_global_permissions: own,
            derived_global_permissions: global,
            last_login_at: user.last_login,
            is_support_user,
        }
    }
}

fn sorted(set: BTreeSet<String>) -> Vec<String> {
    set.into_iter().collect()
}

/// Whether the caller sees all users of the tenant with all they hold.
pub(super) fn sees_all(caller: &Caller) -> bool {
    caller.is_tenant_admin() || caller.has_global(Permission::TENANT_USERS_READ)
}

/// What the caller may see of a user: oneself and, for whoever may see the tenant's users, everybody; for others the
/// users of the projects whose users they may see, and of these users only what they hold there.
pub(super) fn seen_by(caller: &Caller, user: wire::User) -> Option<wire::User> {
    let is_seen_anyway = sees_all(caller) || user.id == caller.user_id;
    let user = narrowed(caller, user);
    (is_seen_anyway || !user.organisation_permissions.is_empty()).then_some(user)
}

/// The user without what the caller may not see of it.
pub(super) fn narrowed(caller: &Caller, mut user: wire::User) -> wire::User {
    if sees_all(caller) || user.id == caller.user_id {
        return user;
    }
    let is_mine = |project: &String| caller.may(Permission::USERS_READ, project);
    user.organisation_permissions.retain(|project, _| is_mine(project));
    user.derived_organisation_permissions.retain(|project, _| is_mine(project));
    user
}

/// All users that the caller may see.
pub(super) async fn visible(tx: &mut Tx, caller: &Caller) -> Result<Vec<wire::User>> {
    let tenant = caller.tenant_id;
    let views = Views::of(tx, tenant).await?;
    let mut held = store::all_permissions(tx, tenant).await?;
    let own = store::all(tx, tenant).await?.into_iter().map(|user| (user, false));
    let support = store::support_users(tx, tenant).await?.into_iter().map(|user| (user, true));
    let users = own.chain(support).map(|(user, is_support)| {
        let held = held.remove(&user.id).unwrap_or_default();
        views.whole(user, held, is_support)
    });
    Ok(users.filter_map(|user| seen_by(caller, user)).collect())
}

/// One user that the caller may see; an absent one and an invisible one look the same.
pub(super) async fn one(tx: &mut Tx, caller: &Caller, id: Id) -> Result<wire::User> {
    let found = whole(tx, caller.tenant_id, id).await?;
    found.and_then(|user| seen_by(caller, user)).ok_or_else(|| no_user(&id.to_string()))
}

/// One user with everything.
pub(super) async fn whole(tx: &mut Tx, tenant: Id, id: Id) -> Result<Option<wire::User>> {
    let Some((user, is_support)) = member(tx, tenant, id).await? else { return Ok(None) };
    let held = store::permissions_of(tx, tenant, id).await?;
    Ok(Some(Views::of(tx, tenant).await?.whole(user, held, is_support)))
}

/// The error for an absent user.
pub(super) fn no_user(id: &str) -> Error {
    Error::missing(format!("No such user: `{id}`."))
}
