//! The rows of streams.

use adit_kernel::{Error, Id, Result, Timestamp};
use adit_store::{Noun, Row, Subject, Tx, args};
use adit_tenancy::quotas::{Kind, admit, hold};
use serde_json::{Value, json};

use super::position::Position;
use super::rules::Definition;
use super::wire::{Trigger, TriggerLabelThreshold, TriggerUserModel};

/// A stored stream.
#[derive(Debug, Clone)]
pub(super) struct StreamRow {
    pub(super) id: Id,
    pub(super) dataset_id: Id,
    pub(super) name: String,
    pub(super) definition: Definition,
    pub(super) position: Position,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl StreamRow {
    /// The thresholds that decide which labels are returned; empty lets all through.
    pub(super) fn label_thresholds(&self) -> &[TriggerLabelThreshold] {
        self.definition.model.as_ref().map_or(&[], |model| &model.label_thresholds)
    }

    /// The stream as the subject of a change.
    pub(super) fn subject(&self) -> Subject {
        let model = self.definition.model.as_ref();
        Subject {
            noun: Noun::Stream,
            id: self.id,
            name: self.name.clone(),
            title: self.definition.title.clone(),
            parent: Some(self.dataset_id),
            state: json!({
                "title": self.definition.title, "description": self.definition.description,
                "comment_filter": self.definition.comment_filter, "model_version": model.map(|model| model.version),
            }),
        }
    }

    /// The stream as callers see it.
    pub(super) fn into_wire(self) -> Trigger {
        Trigger {
            id: self.id,
            dataset_id: self.dataset_id,
            name: self.name,
            title: self.definition.title,
            description: self.definition.description,
            created_at: self.created_at,
            updated_at: self.updated_at,
            comment_filter: self.definition.comment_filter,
            model: self.definition.model,
        }
    }
}

const SELECT: &str = "SELECT id, dataset_id, name, title, description, comment_filter, model_version, label_thresholds, \
                      position_seq, position_us, created_us, updated_us FROM streams";

fn read(row: &Row) -> Result<StreamRow> {
    let comment_filter = match row.opt_text(5)? {
        Some(_) => Some(row.json::<Value>(5)?),
        None => None,
    };
    let model = match row.opt_int(6)? {
        Some(version) => Some(TriggerUserModel {
            version: u32::try_from(version).map_err(|_| Error::internal("a stored model version is a u32"))?,
            label_thresholds: row.json(7)?,
        }),
        None => None,
    };
    Ok(StreamRow {
        id: row.id(0)?,
        dataset_id: row.id(1)?,
        name: row.text(2)?,
        definition: Definition { title: row.text(3)?, description: row.text(4)?, comment_filter, model },
        position: Position::new(row.int(8)?, row.time(9)?),
        created_at: row.time(10)?,
        updated_at: row.time(11)?,
    })
}

/// The streams of a dataset in the order of their creation.
pub(super) async fn of_dataset(tx: &mut Tx, dataset_id: Id) -> Result<Vec<StreamRow>> {
    let sql = format!("{SELECT} WHERE dataset_id = $1 ORDER BY created_us, name");
    tx.all(&sql, args![dataset_id]).await?.iter().map(read).collect()
}

/// The stream of that name.
pub(super) async fn by_name(tx: &mut Tx, dataset_id: Id, name: &str) -> Result<Option<StreamRow>> {
    let sql = format!("{SELECT} WHERE dataset_id = $1 AND name = $2");
    tx.first(&sql, args![dataset_id, name]).await?.as_ref().map(read).transpose()
}

/// The stream of that name, held against changes by others until this transaction ends.
pub(super) async fn locked_by_name(tx: &mut Tx, dataset_id: Id, name: &str) -> Result<Option<StreamRow>> {
    // A write that changes nothing takes the row lock on both engines.
    let lock = "UPDATE streams SET name = name WHERE dataset_id = $1 AND name = $2";
    tx.execute(lock, args![dataset_id, name]).await?;
    by_name(tx, dataset_id, name).await
}

fn stored_definition(definition: &Definition) -> Result<(Option<String>, Option<u32>, String)> {
    let filter = definition.comment_filter.as_ref().map(serde_json::to_string).transpose()?;
    let thresholds = definition.model.as_ref().map_or(&[][..], |model| &model.label_thresholds);
    Ok((filter, definition.model.as_ref().map(|model| model.version), serde_json::to_string(thresholds)?))
}

/// Stores a new stream.
pub(super) async fn insert(tx: &mut Tx, stream: &StreamRow) -> Result<()> {
    let (filter, version, thresholds) = stored_definition(&stream.definition)?;
    let sql = "INSERT INTO streams (id, dataset_id, name, title, description, comment_filter, model_version, label_thresholds, \
               position_seq, position_us, created_us, updated_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = args![
        stream.id,
        stream.dataset_id,
        &stream.name,
        &stream.definition.title,
        &stream.definition.description,
        filter,
        version,
        thresholds,
        stream.position.seq,
        stream.position.at,
        stream.created_at,
        stream.updated_at,
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Stores what the owner decides about a stream.
pub(super) async fn set_definition(tx: &mut Tx, stream: &StreamRow) -> Result<()> {
    let (filter, version, thresholds) = stored_definition(&stream.definition)?;
    let sql = "UPDATE streams SET title = $2, description = $3, comment_filter = $4, model_version = $5, label_thresholds = $6, \
               updated_us = $7 WHERE dataset_id = $8 AND id = $1";
    let values = args![
        stream.id,
        &stream.definition.title,
        &stream.definition.description,
        filter,
        version,
        thresholds,
        stream.updated_at,
        stream.dataset_id,
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Moves the cursor.
pub(super) async fn set_position(tx: &mut Tx, stream: &StreamRow, position: Position) -> Result<()> {
    let sql = "UPDATE streams SET position_seq = $3, position_us = $4 WHERE dataset_id = $1 AND id = $2";
    tx.execute(sql, args![stream.dataset_id, stream.id, position.seq, position.at]).await.map(drop)
}

/// Deletes the stream of that name with its exceptions; false when there is none.
pub(super) async fn delete(tx: &mut Tx, dataset_id: Id, name: &str) -> Result<bool> {
    let sql = "DELETE FROM streams WHERE dataset_id = $1 AND name = $2";
    Ok(tx.execute(sql, args![dataset_id, name]).await? > 0)
}

/// The names of the dataset's streams that use a model version; such a version must stay pinned.
pub async fn streams_using_version(tx: &mut Tx, dataset_id: Id, version: u32) -> Result<Vec<String>> {
    let sql = "SELECT name FROM streams WHERE dataset_id = $1 AND model_version = $2 ORDER BY name";
    tx.all(sql, args![dataset_id, version]).await?.iter().map(|row| row.text(0)).collect()
}

/// The ids and titles of a dataset's streams.
pub async fn titles(tx: &mut Tx, dataset_id: Id) -> Result<Vec<(Id, String)>> {
    let sql = "SELECT id, title FROM streams WHERE dataset_id = $1 ORDER BY name";
    tx.all(sql, args![dataset_id]).await?.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
}

/// For the tenant's quotas: how many streams it has, and how many the dataset with most of them.
pub async fn usage(tx: &mut Tx, tenant: Id) -> Result<Vec<(Kind, i64)>> {
    let sql = "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT), COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM streams s
        JOIN datasets d ON d.id = s.dataset_id WHERE d.tenant_id = $1 GROUP BY s.dataset_id) AS counted";
    let row = tx.one(sql, args![tenant]).await?;
    Ok(vec![(Kind::Triggers, row.int(0)?), (Kind::TriggersPerDataset, row.int(1)?)])
}

/// Fails unless one more stream may be created in the dataset.
pub(super) async fn admit_one(tx: &mut Tx, tenant: Id, dataset_id: Id) -> Result<()> {
    hold(tx, tenant, Kind::Triggers).await?;
    let row = tx.one("SELECT COUNT(*) FROM streams WHERE dataset_id = $1", args![dataset_id]).await?;
    admit(tx, tenant, Kind::TriggersPerDataset, row.int(0)? + 1, 1).await?;
    for (kind, used) in usage(tx, tenant).await? {
        if kind == Kind::Triggers {
            admit(tx, tenant, kind, used + 1, 1).await?;
        }
    }
    Ok(())
}

/// The stream as the subject of a change; `None` when there is no stream of that name.
pub async fn subject(tx: &mut Tx, dataset_id: Id, name: &str) -> Result<Option<Subject>> {
    Ok(by_name(tx, dataset_id, name).await?.map(|stream| stream.subject()))
}
