//! A tenant is never left without an administrator.

use adit_kernel::{Error, Id, Permission, Result, expand_with};
use adit_store::Tx;

use super::{UserRow, store};
use crate::roles::{self, Scoped};

/// Fails when `changed` was an administrator before this transaction and nobody is one now.
///
/// # Errors
/// 422, which undoes the change.
pub(super) async fn check_one_is_left(tx: &mut Tx, tenant: Id, changed: &UserRow) -> Result<()> {
    let roles = roles::scoped(tx, tenant).await?;
    if !administers(changed, &roles) {
        return Ok(());
    }
    let left = store::all(tx, tenant).await?.iter().any(|user| !user.is_disabled && administers(user, &roles));
    if left { Ok(()) } else { Err(Error::unprocessable("This is the tenant's last administrator: make another one first.")) }
}

fn administers(user: &UserRow, roles: &Scoped) -> bool {
    expand_with(user.global_permissions.iter().map(String::as_str), &roles.global).contains(Permission::TENANT_ADMIN.0)
}
