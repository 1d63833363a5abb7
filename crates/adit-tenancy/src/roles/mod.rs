//! A tenant's own roles: named sets of permissions, held like any permission, in a project or in the whole tenant.

mod store;

use adit_kernel::{Error, GLOBAL_PERMISSIONS, Id, PROJECT_PERMISSIONS, Result, Roles, Timestamp};
use adit_store::Tx;

pub use store::{RoleRow, all, delete};

/// How the names of roles begin; those of the platform go on with `cm-`.
const PREFIX: &str = "role-";

/// Roles by where they can be held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scoped {
    pub(crate) global: Roles,
    pub(crate) project: Roles,
}

/// All roles of the tenant.
pub(crate) async fn scoped(tx: &mut Tx, tenant: Id) -> Result<Scoped> {
    let mut scoped = Scoped::default();
    for role in store::all(tx, tenant).await? {
        let roles = if role.is_global { &mut scoped.global } else { &mut scoped.project };
        roles.insert(role.name, role.permissions);
    }
    Ok(scoped)
}

/// The same, without asking where none of the names can be a role of the tenant's own: most requests end here.
pub(crate) async fn mentioned<'a>(tx: &mut Tx, tenant: Id, names: impl Iterator<Item = &'a String>) -> Result<Scoped> {
    let mut names = names;
    if names.any(|name| is_own(name)) { scoped(tx, tenant).await } else { Ok(Scoped::default()) }
}

fn is_own(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| !rest.starts_with("cm-"))
}

/// Creates or changes a role; whoever holds it holds the new permissions from the next request on.
///
/// # Errors
/// When the name or a permission cannot be used, or the role exists for the other scope.
pub async fn set(tx: &mut Tx, tenant: Id, role: &RoleRow, now: Timestamp) -> Result<()> {
    let is_name = (PREFIX.len() + 1..=128).contains(&role.name.len())
        && role.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_name || !is_own(&role.name) {
        return Err(Error::invalid(format!(
            "`{}` is not a valid role name: `role-` and characters of `a-z 0-9 -`; `role-cm-` belongs to the platform.",
            role.name
        )));
    }
    let (known, scope) = if role.is_global { (GLOBAL_PERMISSIONS, "tenant") } else { (PROJECT_PERMISSIONS, "project") };
    if let Some(unknown) = role.permissions.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::unprocessable(format!("`{unknown}` is not a permission of a {scope}.")));
    }
    let other = store::all(tx, tenant).await?.into_iter().find(|other| other.name == role.name);
    if other.is_some_and(|other| other.is_global != role.is_global) {
        return Err(Error::unprocessable(format!("The role `{}` exists for the other scope; delete it first.", role.name)));
    }
    store::set(tx, tenant, role, now).await
}
