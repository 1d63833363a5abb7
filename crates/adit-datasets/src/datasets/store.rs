//! The tables of datasets and their sources: every statement on them.

use adit_http::{Address, Call};
use adit_kernel::{Error, Id, Result, Timestamp};
use adit_store::{Row, Tx, Value, args, dialect};
use serde::{Deserialize, Serialize};

use super::wire::{EntityDef, GeneralFieldDef, Locales};

/// A dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its id.
    pub id: Id,
    /// Its tenant.
    pub tenant_id: Id,
    /// Its project.
    pub owner: String,
    /// Its name, unique in the project.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub description: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub last_modified: Timestamp,
    /// Which family of models learns from it; fixed at creation.
    pub model_family: String,
    /// Whether labels carry a sentiment; fixed at creation.
    pub has_sentiment: bool,
    /// Its sources, in the order they were given.
    pub source_ids: Vec<Id>,
    /// The rest.
    pub settings: Settings,
}

/// The part of a dataset that is stored as one JSON record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Definitions of entities.
    pub entity_defs: Vec<EntityDef>,
    /// General fields.
    pub general_fields: Vec<GeneralFieldDef>,
    /// Ids of enabled label properties.
    pub label_properties: Vec<String>,
    /// The time zone of charts.
    pub timezone: Option<String>,
    /// The locales in which values are read.
    pub preferred_locales: Option<Locales>,
    /// Requested flags.
    pub flags: Vec<String>,
    /// The kind of model and its options, kept as sent.
    pub model_config: Option<serde_json::Value>,
    /// Opaque to the server.
    pub debug_config_json: Option<String>,
}

const DELETED: &str = "The dataset was deleted at the same time.";

const SELECT: &str = "SELECT d.id, d.tenant_id, d.owner, d.name, d.title, d.description, d.created_us, d.modified_us,
    d.model_family, d.has_sentiment, d.settings FROM datasets d";

fn dataset_in(row: &Row) -> Result<Dataset> {
    Ok(Dataset {
        id: row.id(0)?,
        tenant_id: row.id(1)?,
        owner: row.text(2)?,
        name: row.text(3)?,
        title: row.text(4)?,
        description: row.text(5)?,
        created_at: row.time(6)?,
        last_modified: row.time(7)?,
        model_family: row.text(8)?,
        has_sentiment: row.flag(9)?,
        source_ids: Vec::new(),
        settings: row.json(10)?,
    })
}

async fn dataset(tx: &mut Tx, sql: &str, args: Vec<Value>) -> Result<Option<Dataset>> {
    let Some(row) = tx.first(sql, args).await? else { return Ok(None) };
    let mut dataset = dataset_in(&row)?;
    let sql = "SELECT source_id FROM dataset_sources WHERE dataset_id = $1 ORDER BY ordinal";
    dataset.source_ids = tx.all(sql, args![dataset.id]).await?.iter().map(|row| row.id(0)).collect::<Result<_>>()?;
    Ok(Some(dataset))
}

/// The dataset at an address in the tenant.
pub async fn dataset_at(tx: &mut Tx, tenant: Id, address: &Address) -> Result<Option<Dataset>> {
    match address {
        Address::Id(id) => dataset(tx, &format!("{SELECT} WHERE d.tenant_id = $1 AND d.id = $2"), args![tenant, *id]).await,
        Address::Name { owner, name } => {
            let sql = format!("{SELECT} WHERE d.tenant_id = $1 AND d.owner = $2 AND d.name = $3");
            dataset(tx, &sql, args![tenant, owner, name]).await
        }
    }
}

/// The dataset a call addresses.
///
/// # Errors
/// Missing when there is none.
pub(crate) async fn dataset_of(tx: &mut Tx, call: &Call) -> Result<Dataset> {
    dataset_at(tx, call.caller.tenant_id, &call.address()?).await?.ok_or_else(|| call.no_dataset())
}

/// The dataset with this id, whatever its tenant; for jobs, which carry ids of their own tenant.
pub async fn dataset_by_id(tx: &mut Tx, id: Id) -> Result<Option<Dataset>> {
    dataset(tx, &format!("{SELECT} WHERE d.id = $1"), args![id]).await
}

/// The datasets of a tenant, oldest first; of one project when `owner` is given.
pub(super) async fn datasets_in(tx: &mut Tx, tenant: Id, owner: Option<&str>) -> Result<Vec<Dataset>> {
    let sql = format!("{SELECT} WHERE d.tenant_id = $1 AND ($2 = '' OR d.owner = $2) ORDER BY d.created_us, d.id");
    let rows = tx.all(&sql, args![tenant, owner.unwrap_or_default()]).await?;
    let mut datasets: Vec<Dataset> = rows.iter().map(dataset_in).collect::<Result<_>>()?;
    let sql = "SELECT s.dataset_id, s.source_id FROM dataset_sources s JOIN datasets d ON d.id = s.dataset_id
        WHERE d.tenant_id = $1 ORDER BY s.dataset_id, s.ordinal";
    let mut sources = std::collections::HashMap::<Id, Vec<Id>>::new();
    for row in tx.all(sql, args![tenant]).await? {
        sources.entry(row.id(0)?).or_default().push(row.id(1)?);
    }
    for dataset in &mut datasets {
        dataset.source_ids = sources.remove(&dataset.id).unwrap_or_default();
    }
    Ok(datasets)
}

/// The datasets that contain a source.
pub async fn datasets_with_source(tx: &mut Tx, source_id: Id) -> Result<Vec<Id>> {
    let sql = "SELECT dataset_id FROM dataset_sources WHERE source_id = $1 ORDER BY dataset_id";
    tx.all(sql, args![source_id]).await?.iter().map(|row| row.id(0)).collect()
}

/// Stores a new dataset with its sources.
pub(super) async fn insert(tx: &mut Tx, dataset: &Dataset) -> Result<()> {
    let sql = "INSERT INTO datasets (id, tenant_id, owner, name, title, description, created_us, modified_us, model_family,
        has_sentiment, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let args = args![
        dataset.id,
        dataset.tenant_id,
        &dataset.owner,
        &dataset.name,
        &dataset.title,
        &dataset.description,
        dataset.created_at,
        dataset.last_modified,
        &dataset.model_family,
        dataset.has_sentiment,
        serde_json::to_string(&dataset.settings)?,
    ];
    tx.execute(sql, args).await?;
    set_sources(tx, dataset.id, &dataset.source_ids).await
}

/// Replaces title, description and settings of a dataset.
pub(super) async fn save(tx: &mut Tx, dataset: &Dataset) -> Result<()> {
    let sql = "UPDATE datasets SET title = $2, description = $3, modified_us = $4, settings = $5
        WHERE tenant_id = $6 AND id = $1";
    let settings = serde_json::to_string(&dataset.settings)?;
    let values = args![dataset.id, &dataset.title, &dataset.description, dataset.last_modified, settings, dataset.tenant_id];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Notes that something in the dataset's definitions changed. Also the lock under which a taxonomy is changed.
pub(crate) async fn touch(tx: &mut Tx, dataset: &Dataset, now: Timestamp) -> Result<()> {
    let sql = "UPDATE datasets SET modified_us = $3 WHERE tenant_id = $1 AND id = $2";
    let touched = tx.execute(sql, args![dataset.tenant_id, dataset.id, now]).await?;
    if touched == 1 { Ok(()) } else { Err(Error::conflict(DELETED)) }
}

/// Replaces the sources of a dataset.
pub(super) async fn set_sources(tx: &mut Tx, id: Id, source_ids: &[Id]) -> Result<()> {
    tx.execute("DELETE FROM dataset_sources WHERE dataset_id = $1", args![id]).await?;
    let rows = (0i64..).zip(source_ids).map(|(ordinal, source)| args![id, *source, ordinal]).collect();
    tx.insert_many("INSERT INTO dataset_sources (dataset_id, source_id, ordinal) VALUES", rows, "").await?;
    Ok(())
}

/// Whether the dataset is still there, and then stays until the transaction ends. Taken before anything in it is written:
/// a deletion, which goes through all that is in it in an order of its own, then waits and cannot wait in a circle.
pub(super) async fn holds(tx: &mut Tx, dataset: &Dataset) -> Result<bool> {
    let sql = format!("SELECT id FROM datasets WHERE tenant_id = $1 AND id = $2 {}", dialect::while_it_stays(tx.engine()));
    Ok(tx.first(&sql, args![dataset.tenant_id, dataset.id]).await?.is_some())
}

/// Waits for everyone who [`holds`] the dataset, and lets nobody else do so.
pub(super) async fn seize(tx: &mut Tx, dataset: &Dataset) -> Result<()> {
    let sql = format!("SELECT id FROM datasets WHERE tenant_id = $1 AND id = $2 {}", dialect::to_delete(tx.engine()));
    let found = tx.first(&sql, args![dataset.tenant_id, dataset.id]).await?;
    found.map(|_| ()).ok_or_else(|| Error::conflict(DELETED))
}

/// Deletes a dataset with everything in it; the caller has [seized](seize) it.
pub(super) async fn delete(tx: &mut Tx, dataset: &Dataset) -> Result<()> {
    let sql = "DELETE FROM datasets WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, args![dataset.tenant_id, dataset.id]).await?;
    Ok(())
}
