//! A tenant is never left without an administrator.

use adit_kernel::{Error, Id, Permission, Result, expand_with};
use adit_store::Tx;

use super::{UserKind, UserRow, store};
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
    for user in store::all(tx, tenant).await? {
        // A program cannot make another administrator when its own credentials are lost.
        let may_be_left = !user.is_disabled && administers(&user, &roles);
        if may_be_left && store::sso_permissions(tx, tenant, user.id).await?.kind == UserKind::Person {
            return Ok(());
        }
    }
    Err(Error::unprocessable("This is the tenant's last administrator: make another one first."))
}

fn administers(user: &UserRow, roles: &Scoped) -> bool {
    expand_with(user.global_permissions.iter().map(String::as_str), &roles.global).contains(Permission::TENANT_ADMIN.0)
}
