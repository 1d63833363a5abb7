//! SQL on who a provider's subjects are.

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};

pub(super) async fn by_subject(tx: &mut Tx, tenant: Id, issuer: &str, subject: &str) -> Result<Option<Id>> {
    let sql = "SELECT user_id FROM oidc_identities WHERE tenant_id = $1 AND issuer = $2 AND subject = $3";
    tx.first(sql, args![tenant, issuer, subject]).await?.map(|row| row.id(0)).transpose()
}

/// The one person with that address.
pub(super) async fn by_address(tx: &mut Tx, tenant: Id, address: &str) -> Result<Option<Id>> {
    let sql = "SELECT id FROM users WHERE tenant_id = $1 AND LOWER(email) = $2 AND kind = 'person' LIMIT 2";
    match tx.all(sql, args![tenant, address.to_lowercase()]).await?.as_slice() {
        [only] => only.id(0).map(Some),
        _ => Ok(None),
    }
}

pub(super) async fn link(tx: &mut Tx, tenant: Id, issuer: &str, subject: &str, user: Id) -> Result<()> {
    let sql = "INSERT INTO oidc_identities (tenant_id, issuer, subject, user_id) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![tenant, issuer, subject, user]).await?;
    Ok(())
}
