//! SQL on who there is.

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};

use super::Principal;

/// Those whose name or address holds `search`, by name.
pub(super) async fn find(tx: &mut Tx, tenant: Id, search: &str, limit: i64) -> Result<Vec<Principal>> {
    let sql = "SELECT id, kind, username, email, is_disabled FROM users
        WHERE tenant_id = $1 AND (LOWER(username) LIKE $2 ESCAPE '!' OR LOWER(email) LIKE $2 ESCAPE '!')
        ORDER BY username LIMIT $3";
    let escaped = search.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let rows = tx.all(sql, args![tenant, format!("%{escaped}%"), limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Principal {
                id: row.id(0)?,
                kind: row.text(1)?,
                name: row.text(2)?,
                email: row.text(3)?,
                is_disabled: row.flag(4)?,
            })
        })
        .collect()
}
