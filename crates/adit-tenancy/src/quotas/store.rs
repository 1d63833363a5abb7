//! SQL on quotas.

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};

use super::Kind;

/// A limit that somebody set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) hard: i64,
    pub(super) auto_increase_up_to: Option<i64>,
}

pub(super) async fn limit(tx: &mut Tx, tenant: Id, kind: Kind) -> Result<Option<Limit>> {
    let sql = "SELECT hard_limit, auto_increase_up_to FROM quotas WHERE tenant_id = $1 AND kind = $2";
    let row = tx.first(sql, args![tenant, kind.name()]).await?;
    row.map(|row| Ok(Limit { hard: row.int(0)?, auto_increase_up_to: row.opt_int(1)? })).transpose()
}

pub(super) async fn set(tx: &mut Tx, tenant: Id, kind: Kind, limit: Limit) -> Result<()> {
    let sql = "INSERT INTO quotas (tenant_id, kind, hard_limit, auto_increase_up_to) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, kind) DO UPDATE SET hard_limit = excluded.hard_limit,
            auto_increase_up_to = excluded.auto_increase_up_to";
    tx.execute(sql, args![tenant, kind.name(), limit.hard, limit.auto_increase_up_to]).await?;
    Ok(())
}

pub(super) async fn reset(tx: &mut Tx, tenant: Id, kind: Kind) -> Result<()> {
    tx.execute("DELETE FROM quotas WHERE tenant_id = $1 AND kind = $2", args![tenant, kind.name()]).await?;
    Ok(())
}

/// Makes others that create something of the kind in the tenant wait until this transaction ends.
pub(super) async fn lock(tx: &mut Tx, tenant: Id, kind: Kind) -> Result<()> {
    let sql = "INSERT INTO quota_locks (tenant_id, kind) VALUES ($1, $2)
        ON CONFLICT (tenant_id, kind) DO UPDATE SET kind = excluded.kind";
    tx.execute(sql, args![tenant, kind.name()]).await?;
    Ok(())
}

/// Removes what was set for and counted of a tenant that is deleted.
pub(crate) async fn forget_tenant(tx: &mut Tx, tenant: Id) -> Result<()> {
    tx.execute("DELETE FROM quotas WHERE tenant_id = $1", args![tenant]).await?;
    tx.execute("DELETE FROM quota_locks WHERE tenant_id = $1", args![tenant]).await?;
    tx.execute("DELETE FROM tenant_usage WHERE tenant_id = $1", args![tenant]).await?;
    Ok(())
}
