//! Finding the user of another tenant that is meant.

use adit_kernel::{Error, Id, Result, catalogue};
use adit_store::Tx;

use super::{store, wire};
use crate::tenants;

/// The user with that address in the tenant named in the body.
pub(super) async fn named(tx: &mut Tx, own: Id, body: &wire::SupportTenantRequest) -> Result<Id> {
    let home = tenants::find(tx, &body.user_tenant).await?.filter(|tenant| tenant.deleted.is_none());
    let home = home.ok_or_else(|| catalogue::no_tenant(&body.user_tenant))?;
    if home.id == own {
        return Err(Error::unprocessable("`user_tenant`: users of this tenant need no support access to it."));
    }
    let found = store::by_email(tx, home.id, &body.email).await?;
    let user = found.first().ok_or_else(|| Error::unprocessable(format!("`email`: no user `{}` in that tenant.", body.email)))?;
    Ok(user.id)
}
