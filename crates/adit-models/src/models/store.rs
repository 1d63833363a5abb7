//! SQL on model versions and tags.

use std::collections::BTreeMap;

use adit_kernel::{Id, Result, Timestamp};
use adit_ml::validation::Report;
use adit_store::{Row, Tx, args};
use serde::Deserialize;

/// A model version as stored.
#[derive(Debug, Clone)]
pub(crate) struct ModelRow {
    pub(crate) version: u32,
    pub(crate) trained_at: Timestamp,
    /// When the annotations it was trained on were last changed.
    pub(crate) input_at: Timestamp,
    pub(crate) training_ms: i64,
    /// Names the data, options and seed of the training.
    pub(crate) fingerprint: String,
    pub(crate) seed: i64,
    pub(crate) encoder: String,
    /// Digest of the weights; `None` once an old unpinned version has been let go.
    pub(crate) blob: Option<String>,
    pub(crate) report: Report,
    /// Ids of the labels in the model's order.
    pub(crate) label_ids: Vec<Id>,
    pub(crate) n_reviewed: i64,
    pub(crate) is_pinned: bool,
    pub(crate) is_starred: bool,
    pub(crate) description: String,
}

/// What a request must know about a version whose loaded form is at hand; its report is long to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelHead {
    pub(crate) version: u32,
    pub(crate) is_pinned: bool,
}

fn head_of(row: &Row) -> Result<ModelHead> {
    Ok(ModelHead { version: u32::try_from(row.int(0)?).unwrap_or_default(), is_pinned: row.flag(1)? })
}

/// The head of the newest version.
pub(crate) async fn latest_head(tx: &mut Tx, dataset: Id) -> Result<Option<ModelHead>> {
    let sql = "SELECT version, is_pinned FROM models WHERE dataset_id = $1 ORDER BY version DESC LIMIT 1";
    tx.first(sql, args![dataset]).await?.as_ref().map(head_of).transpose()
}

/// The head of a version.
pub(crate) async fn head(tx: &mut Tx, dataset: Id, version: u32) -> Result<Option<ModelHead>> {
    let sql = "SELECT version, is_pinned FROM models WHERE dataset_id = $1 AND version = $2";
    tx.first(sql, args![dataset, version]).await?.as_ref().map(head_of).transpose()
}

const COLUMNS: &str =
    "version, trained_us, input_us, training_ms, fingerprint, seed, encoder, blob, report, label_ids, n_reviewed,
    is_pinned, is_starred, description";

fn model_of(row: &Row) -> Result<ModelRow> {
    Ok(ModelRow {
        version: u32::try_from(row.int(0)?).unwrap_or_default(),
        trained_at: row.time(1)?,
        input_at: row.time(2)?,
        training_ms: row.int(3)?,
        fingerprint: row.text(4)?,
        seed: row.int(5)?,
        encoder: row.text(6)?,
        blob: row.opt_text(7)?,
        report: row.json(8)?,
        label_ids: row.json(9)?,
        n_reviewed: row.int(10)?,
        is_pinned: row.flag(11)?,
        is_starred: row.flag(12)?,
        description: row.text(13)?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, dataset: Id, row: &ModelRow) -> Result<()> {
    let sql = "INSERT INTO models (dataset_id, version, trained_us, input_us, training_ms, fingerprint, seed, encoder, blob, report,
        label_ids, n_reviewed, is_pinned, is_starred, description) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, '')";
    let values = args![
        dataset,
        row.version,
        row.trained_at,
        row.input_at,
        row.training_ms,
        &row.fingerprint,
        row.seed,
        &row.encoder,
        row.blob.clone(),
        serde_json::to_string(&row.report)?,
        serde_json::to_string(&row.label_ids)?,
        row.n_reviewed
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

pub(crate) async fn latest(tx: &mut Tx, dataset: Id) -> Result<Option<ModelRow>> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE dataset_id = $1 ORDER BY version DESC LIMIT 1");
    tx.first(&sql, args![dataset]).await?.as_ref().map(model_of).transpose()
}

pub(crate) async fn by_version(tx: &mut Tx, dataset: Id, version: u32) -> Result<Option<ModelRow>> {
    let sql = format!("SELECT {COLUMNS} FROM models WHERE dataset_id = $1 AND version = $2");
    tx.first(&sql, args![dataset, version]).await?.as_ref().map(model_of).transpose()
}

/// Keeps everybody else from changing a version until the transaction ends; SQLite has one writer anyway.
pub(crate) async fn lock(tx: &mut Tx, dataset: Id, version: u32) -> Result<()> {
    let sql = "UPDATE models SET is_pinned = is_pinned WHERE dataset_id = $1 AND version = $2";
    tx.execute(sql, args![dataset, version]).await?;
    Ok(())
}

/// What is told of a version in a list: everything but its report.
#[derive(Debug, Clone)]
pub(crate) struct ModelSummary {
    pub(crate) version: u32,
    pub(crate) trained_at: Timestamp,
    pub(crate) input_at: Timestamp,
    pub(crate) training_ms: i64,
    pub(crate) fingerprint: String,
    pub(crate) encoder: String,
    pub(crate) is_pinned: bool,
    pub(crate) is_starred: bool,
    pub(crate) description: String,
}

fn summary_of(row: &Row) -> Result<ModelSummary> {
    Ok(ModelSummary {
        version: u32::try_from(row.int(0)?).unwrap_or_default(),
        trained_at: row.time(1)?,
        input_at: row.time(2)?,
        training_ms: row.int(3)?,
        fingerprint: row.text(4)?,
        encoder: row.text(5)?,
        is_pinned: row.flag(6)?,
        is_starred: row.flag(7)?,
        description: row.text(8)?,
    })
}

impl From<ModelRow> for ModelSummary {
    fn from(row: ModelRow) -> ModelSummary {
        ModelSummary {
            version: row.version,
            trained_at: row.trained_at,
            input_at: row.input_at,
            training_ms: row.training_ms,
            fingerprint: row.fingerprint,
            encoder: row.encoder,
            is_pinned: row.is_pinned,
            is_starred: row.is_starred,
            description: row.description,
        }
    }
}

/// Versions below `before`, newest first; without `include_deleted` only those that still have weights.
pub(crate) async fn page(
    tx: &mut Tx,
    dataset: Id,
    before: i64,
    limit: i64,
    include_deleted: bool,
    starred: Option<bool>,
) -> Result<Vec<ModelSummary>> {
    let sql = "SELECT version, trained_us, input_us, training_ms, fingerprint, encoder, is_pinned, is_starred, description
        FROM models WHERE dataset_id = $1 AND version < $2 AND ($3 = 1 OR blob IS NOT NULL)
            AND ($4 < 0 OR is_starred = $4) ORDER BY version DESC LIMIT $5";
    let wanted = starred.map_or(-1_i64, i64::from);
    tx.all(sql, args![dataset, before, include_deleted, wanted, limit]).await?.iter().map(summary_of).collect()
}

/// How many reviewed comments each label of a version had, by name.
pub(crate) async fn reviewed_counts(tx: &mut Tx, dataset: Id, version: u32) -> Result<BTreeMap<String, usize>> {
    // Of the report, half a megabyte where labels are many, no more is read than this.
    #[derive(Deserialize)]
    struct Reviewed {
        labels: Vec<OfLabel>,
    }
    #[derive(Deserialize)]
    struct OfLabel {
        name: String,
        n_train: usize,
        n_test: usize,
    }
    let sql = "SELECT report FROM models WHERE dataset_id = $1 AND version = $2";
    let report: Reviewed = tx.one(sql, args![dataset, version]).await?.json(0)?;
    Ok(report.labels.into_iter().map(|label| (label.name, label.n_train + label.n_test)).collect())
}

/// Changes what people may change about a version.
pub(crate) async fn set_marks(tx: &mut Tx, dataset: Id, row: &ModelRow) -> Result<()> {
    let sql = "UPDATE models SET is_pinned = $3, is_starred = $4, description = $5 WHERE dataset_id = $1 AND version = $2";
    tx.execute(sql, args![dataset, row.version, row.is_pinned, row.is_starred, &row.description]).await?;
    Ok(())
}

pub(crate) async fn count_pinned(tx: &mut Tx, dataset: Id) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM models WHERE dataset_id = $1 AND is_pinned = 1", args![dataset]).await?.int(0)
}

/// Lets go of the weights of unpinned versions but the newest `keep`; returns digests that nothing refers to any more.
pub(crate) async fn let_go(tx: &mut Tx, dataset: Id, keep: i64) -> Result<Vec<String>> {
    let sql = "SELECT version, blob FROM models WHERE dataset_id = $1 AND is_pinned = 0 AND blob IS NOT NULL
        ORDER BY version DESC LIMIT 1000 OFFSET $2";
    let mut let_go = Vec::new();
    for row in tx.all(sql, args![dataset, keep]).await? {
        let version = row.int(0)?;
        let_go.push(row.text(1)?);
        let of_fields = "SELECT blob FROM model_fields WHERE dataset_id = $1 AND version = $2";
        let of_fields = tx.first(of_fields, args![dataset, version]).await?;
        let_go.extend(of_fields.map(|row| row.opt_text(0)).transpose()?.flatten());
        let of_sentiment = "SELECT blob FROM model_sentiments WHERE dataset_id = $1 AND version = $2";
        let of_sentiment = tx.first(of_sentiment, args![dataset, version]).await?;
        let_go.extend(of_sentiment.map(|row| row.opt_text(0)).transpose()?.flatten());
        tx.execute("UPDATE models SET blob = NULL WHERE dataset_id = $1 AND version = $2", args![dataset, version]).await?;
        tx.execute("UPDATE model_fields SET blob = NULL WHERE dataset_id = $1 AND version = $2", args![dataset, version]).await?;
        tx.execute("UPDATE model_sentiments SET blob = NULL WHERE dataset_id = $1 AND version = $2", args![dataset, version])
            .await?;
    }
    let_go.sort_unstable();
    let_go.dedup();
    let mut released = Vec::new();
    for digest in let_go {
        let is_kept = "SELECT 1 FROM models WHERE blob = $1 UNION ALL SELECT 1 FROM model_fields WHERE blob = $1
            UNION ALL SELECT 1 FROM model_sentiments WHERE blob = $1";
        if tx.first(is_kept, args![&digest]).await?.is_none() {
            released.push(digest);
        }
    }
    Ok(released)
}

pub(crate) async fn tagged(tx: &mut Tx, dataset: Id, tag: &str) -> Result<Option<u32>> {
    let row = tx.first("SELECT version FROM model_tags WHERE dataset_id = $1 AND tag = $2", args![dataset, tag]).await?;
    row.map(|row| Ok(u32::try_from(row.int(0)?).unwrap_or_default())).transpose()
}

/// Tags with version and time, by name.
pub(crate) async fn tags(tx: &mut Tx, dataset: Id) -> Result<Vec<(String, u32, Timestamp)>> {
    let sql = "SELECT tag, version, updated_us FROM model_tags WHERE dataset_id = $1 ORDER BY tag";
    let rows = tx.all(sql, args![dataset]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, u32::try_from(row.int(1)?).unwrap_or_default(), row.time(2)?))).collect()
}

pub(crate) async fn set_tag(tx: &mut Tx, dataset: Id, tag: &str, version: u32, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO model_tags (dataset_id, tag, version, updated_us) VALUES ($1, $2, $3, $4)
        ON CONFLICT (dataset_id, tag) DO UPDATE SET version = excluded.version, updated_us = excluded.updated_us";
    tx.execute(sql, args![dataset, tag, version, now]).await?;
    Ok(())
}

pub(crate) async fn delete_tag(tx: &mut Tx, dataset: Id, tag: &str) -> Result<bool> {
    let sql = "DELETE FROM model_tags WHERE dataset_id = $1 AND tag = $2";
    Ok(tx.execute(sql, args![dataset, tag]).await? > 0)
}

/// For the tenant's quotas: how many versions the dataset with most of them has pinned.
pub async fn usage(tx: &mut Tx, tenant: Id) -> Result<Vec<(adit_tenancy::quotas::Kind, i64)>> {
    let sql = "SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) AS n FROM models m
        JOIN datasets d ON d.id = m.dataset_id WHERE d.tenant_id = $1 AND m.is_pinned = 1 GROUP BY m.dataset_id) AS counted";
    Ok(vec![(adit_tenancy::quotas::Kind::PinnedModels, tx.one(sql, args![tenant]).await?.int(0)?)])
}
