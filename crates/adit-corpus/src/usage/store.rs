//! SQL on counts.

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};

/// Counts of a tenant. A sum over its sources, which are few, never over its comments.
pub(super) struct Counts {
    pub(super) n_sources: i64,
    pub(super) n_comments: i64,
    pub(super) n_comments_most: i64,
}

pub(super) async fn counts(tx: &mut Tx, tenant: Id) -> Result<Counts> {
    let sql = "SELECT COUNT(*), CAST(COALESCE(SUM(n_comments), 0) AS BIGINT), COALESCE(MAX(n_comments), 0)
        FROM sources WHERE tenant_id = $1";
    let row = tx.one(sql, args![tenant]).await?;
    Ok(Counts { n_sources: row.int(0)?, n_comments: row.int(1)?, n_comments_most: row.int(2)? })
}

pub(super) async fn count_buckets(tx: &mut Tx, tenant: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM buckets WHERE tenant_id = $1", args![tenant]).await?.int(0)
}

/// Adds to a source's count; the new count.
pub(super) async fn add_comments(tx: &mut Tx, tenant: Id, source: Id, added: i64) -> Result<i64> {
    let sql = "UPDATE sources SET n_comments = n_comments + $3 WHERE tenant_id = $1 AND id = $2 RETURNING n_comments";
    tx.one(sql, args![tenant, source, added]).await?.int(0)
}
