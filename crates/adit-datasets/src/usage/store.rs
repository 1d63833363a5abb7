//! SQL on counts.

use adit_kernel::{Id, Result};
use adit_store::{Tx, args};

use crate::datasets::Settings;

pub(super) async fn tenant_of(tx: &mut Tx, dataset: Id) -> Result<Id> {
    tx.one("SELECT tenant_id FROM datasets WHERE id = $1", args![dataset]).await?.id(0)
}

pub(super) async fn datasets(tx: &mut Tx, tenant: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM datasets WHERE tenant_id = $1", args![tenant]).await?.int(0)
}

pub(super) async fn datasets_of_source(tx: &mut Tx, source: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM dataset_sources WHERE source_id = $1", args![source]).await?.int(0)
}

pub(super) async fn labels(tx: &mut Tx, dataset: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM labels WHERE dataset_id = $1", args![dataset]).await?.int(0)
}

pub(super) async fn reviewed(tx: &mut Tx, dataset: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM annotations WHERE dataset_id = $1 AND reviewed = 1", args![dataset]).await?.int(0)
}

pub(super) async fn most_sources(tx: &mut Tx, tenant: Id) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM dataset_sources s
        JOIN datasets d ON d.id = s.dataset_id WHERE d.tenant_id = $1 GROUP BY s.dataset_id) AS counted";
    tx.one(sql, args![tenant]).await?.int(0)
}

pub(super) async fn most_datasets(tx: &mut Tx, tenant: Id) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM dataset_sources s
        JOIN datasets d ON d.id = s.dataset_id WHERE d.tenant_id = $1 GROUP BY s.source_id) AS counted";
    tx.one(sql, args![tenant]).await?.int(0)
}

pub(super) async fn most_labels(tx: &mut Tx, tenant: Id) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM labels l
        JOIN datasets d ON d.id = l.dataset_id WHERE d.tenant_id = $1 GROUP BY l.dataset_id) AS counted";
    tx.one(sql, args![tenant]).await?.int(0)
}

pub(super) async fn most_reviewed(tx: &mut Tx, tenant: Id) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM annotations a
        JOIN datasets d ON d.id = a.dataset_id WHERE d.tenant_id = $1 AND a.reviewed = 1 GROUP BY a.dataset_id) AS counted";
    tx.one(sql, args![tenant]).await?.int(0)
}

/// Definitions stand in one JSON record, so the records are read; there are few, and nobody waits for this but a person.
pub(super) async fn most_entities(tx: &mut Tx, tenant: Id) -> Result<i64> {
    let mut most = 0;
    for row in tx.all("SELECT settings FROM datasets WHERE tenant_id = $1", args![tenant]).await? {
        let settings: Settings = row.json(0)?;
        most = most.max(i64::try_from(settings.entity_defs.len()).unwrap_or(i64::MAX));
    }
    Ok(most)
}
