//! SQL on usage.

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};

/// What a tenant used of something in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    /// The month, `2024-03`.
    pub month: String,
    /// What.
    pub kind: String,
    /// How much.
    pub amount: i64,
}

pub(super) async fn add(tx: &mut Tx, tenant: Id, month: &str, kind: &str, amount: i64) -> Result<()> {
    let sql = "INSERT INTO tenant_usage (tenant_id, month, kind, amount) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, month, kind) DO UPDATE SET amount = tenant_usage.amount + excluded.amount";
    tx.execute(sql, args![tenant, month, kind, amount]).await?;
    Ok(())
}

pub(super) async fn total(tx: &mut Tx, tenant: Id, kind: &str) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM tenant_usage WHERE tenant_id = $1 AND kind = $2";
    tx.one(sql, args![tenant, kind]).await?.int(0)
}

/// Everything a tenant used, by month.
pub async fn all(tx: &mut Tx, tenant: Id) -> Result<Vec<UsageRow>> {
    let sql = "SELECT month, kind, amount FROM tenant_usage WHERE tenant_id = $1 ORDER BY month, kind";
    let rows = tx.all(sql, args![tenant]).await?;
    rows.iter().map(|row| Ok(UsageRow { month: row.text(0)?, kind: row.text(1)?, amount: row.int(2)? })).collect()
}
