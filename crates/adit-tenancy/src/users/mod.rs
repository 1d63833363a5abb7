//! Users: who is calling and what they hold.

mod current;
mod refresh;
mod store;
mod wire;

use std::collections::BTreeMap;

use adit_http::{Caller, Operation};
use adit_kernel::{Error, Id, Result, expand_permissions};
use adit_store::Tx;

pub use store::{UserRow, by_username, grant, insert};

use crate::tokens;

/// Longest list of permissions in one place.
const MAX_PERMISSIONS: usize = 256;

/// The operations on the current user.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&current::OPERATION, &refresh::OPERATION]
}

/// The caller behind a bearer token in `tenant`; `None` when the token names nobody who may enter it.
pub async fn caller(tx: &mut Tx, tenant: Id, token: &str) -> Result<Option<Caller>> {
    let Some(user_id) = tokens::user_of(tx, token).await? else { return Ok(None) };
    let Some(user) = store::by_id(tx, tenant, user_id).await? else { return Ok(None) };
    if user.is_disabled {
        return Ok(None);
    }
    let mut projects = BTreeMap::new();
    for (project, held) in store::permissions_of(tx, user_id).await? {
        projects.insert(project, expand_permissions(held.iter().map(String::as_str)));
    }
    for project in store::auto_joined(tx, tenant).await? {
        projects.entry(project).or_insert_with(|| expand_permissions(["role-cm-viewer"]));
    }
    let global = expand_permissions(user.global_permissions.iter().map(String::as_str));
    Ok(Some(Caller { user_id, tenant_id: tenant, global, projects }))
}

/// Fails unless every text can be the name of a permission. Names nobody knows yet are kept (NOTES 15).
pub(crate) fn check_permission_names(permissions: &[String], field: &str) -> Result<()> {
    if permissions.len() > MAX_PERMISSIONS {
        return Err(Error::invalid(format!("`{field}` is too long: at most {MAX_PERMISSIONS} permissions are allowed.")));
    }
    let is_good = |text: &String| (1..=256).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    match permissions.iter().find(|text| !is_good(text)) {
        Some(bad) => Err(Error::invalid(format!("`{field}`: `{bad}` is not the name of a permission."))),
        None => Ok(()),
    }
}

/// Fails with a clear text unless every id is a user of the tenant.
pub(crate) async fn check_exist(tx: &mut Tx, tenant: Id, ids: &[Id]) -> Result<()> {
    for id in ids {
        if store::by_id(tx, tenant, *id).await?.is_none() {
            return Err(Error::unprocessable(format!("`user_ids`: no such user: `{id}`.")));
        }
    }
    Ok(())
}
