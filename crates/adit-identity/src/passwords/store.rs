//! SQL on passwords and on the accounts they belong to.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

/// The person of that user name in the tenant, or else of that address if only one has it.
pub(crate) async fn find_account(tx: &mut Tx, tenant: Id, name: &str) -> Result<Option<Id>> {
    let by_name = "SELECT id FROM users WHERE tenant_id = $1 AND username = $2 AND kind = 'person' AND is_disabled = 0";
    if let Some(row) = tx.first(by_name, args![tenant, name]).await? {
        return row.id(0).map(Some);
    }
    let by_address =
        "SELECT id FROM users WHERE tenant_id = $1 AND LOWER(email) = $2 AND kind = 'person' AND is_disabled = 0 LIMIT 2";
    match tx.all(by_address, args![tenant, name.to_lowercase()]).await?.as_slice() {
        [only] => only.id(0).map(Some),
        _ => Ok(None),
    }
}

/// The person of that user name or address who would be found if it were not disabled.
pub(crate) async fn find_disabled(tx: &mut Tx, tenant: Id, name: &str) -> Result<Option<Id>> {
    let sql = "SELECT id FROM users WHERE tenant_id = $1 AND (username = $2 OR LOWER(email) = $3) AND kind = 'person'
        AND is_disabled = 1 LIMIT 2";
    match tx.all(sql, args![tenant, name, name.to_lowercase()]).await?.as_slice() {
        [only] => only.id(0).map(Some),
        _ => Ok(None),
    }
}

/// The digest of a user's password.
pub(crate) async fn hash_of(tx: &mut Tx, user: Id) -> Result<Option<String>> {
    let row = tx.first("SELECT hash FROM passwords WHERE user_id = $1", args![user]).await?;
    row.map(|row| row.text(0)).transpose()
}

pub(super) async fn set(tx: &mut Tx, user: Id, hash: &str, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO passwords (user_id, hash, changed_us) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_us = excluded.changed_us";
    tx.execute(sql, args![user, hash, now]).await?;
    Ok(())
}
