//! SQL on the keys that sign access tokens.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::seal::Sealed;
use adit_store::{Row, Tx, args};

/// Where private keys lie sealed.
pub(crate) const PRIVATE_KEY: Sealed = Sealed { table: "signing_keys", column: "sealed", id: "id" };

/// A key as stored.
pub(super) struct KeyRow {
    pub(super) id: Id,
    pub(super) sealed: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(super) created: Timestamp,
}

const COLUMNS: &str = "id, sealed, public_key, created_us";

fn key_of(row: &Row) -> Result<KeyRow> {
    Ok(KeyRow { id: row.id(0)?, sealed: row.blob(1)?, public_key: row.blob(2)?, created: row.time(3)? })
}

/// All keys, the newest first.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<KeyRow>> {
    let sql = format!("SELECT {COLUMNS} FROM signing_keys ORDER BY created_us DESC, id");
    tx.all(&sql, vec![]).await?.iter().map(key_of).collect()
}

pub(super) async fn by_id(tx: &mut Tx, id: Id) -> Result<Option<KeyRow>> {
    let sql = format!("SELECT {COLUMNS} FROM signing_keys WHERE id = $1");
    tx.first(&sql, args![id]).await?.as_ref().map(key_of).transpose()
}

pub(super) async fn insert(tx: &mut Tx, key: &KeyRow) -> Result<()> {
    let sql = "INSERT INTO signing_keys (id, sealed, public_key, created_us) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![key.id, key.sealed.clone(), key.public_key.clone(), key.created]).await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, id: Id) -> Result<()> {
    tx.execute("DELETE FROM signing_keys WHERE id = $1", args![id]).await?;
    Ok(())
}
