//! SQL on what versions learnt about sentiment, and on the scores that are kept for comments.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, Value, args, placeholders};

const KEYS: usize = 500;

/// A label property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// How somebody sounds.
    Tone,
    /// How well somebody is served.
    QualityOfService,
}

impl PropertyKind {
    /// Both, in the order of their ids.
    pub const ALL: [PropertyKind; 2] = [PropertyKind::Tone, PropertyKind::QualityOfService];

    /// The property with this id.
    pub fn of_id(id: &str) -> Option<PropertyKind> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The id in the contract.
    pub fn id(self) -> &'static str {
        match self {
            PropertyKind::Tone => "0000000000000001",
            PropertyKind::QualityOfService => "0000000000000002",
        }
    }

    /// The name in the contract, which is also its column.
    pub fn name(self) -> &'static str {
        match self {
            PropertyKind::Tone => "tone",
            PropertyKind::QualityOfService => "quality_of_service",
        }
    }
}

/// What a version learnt about sentiment.
#[derive(Debug, Clone)]
pub(crate) struct SentimentRow {
    /// Names the decisions it was learnt from.
    pub(crate) fingerprint: String,
    /// Digest of the weights; `None` where there is nothing but the program's own.
    pub(crate) blob: Option<String>,
}

pub(crate) async fn insert(tx: &mut Tx, dataset: Id, version: u32, row: &SentimentRow) -> Result<()> {
    let sql = "INSERT INTO model_sentiments (dataset_id, version, fingerprint, blob) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, args![dataset, version, &row.fingerprint, row.blob.clone()]).await?;
    Ok(())
}

/// What a version learnt; nothing, for versions from before sentiment was learnt.
pub(crate) async fn of_version(tx: &mut Tx, dataset: Id, version: u32) -> Result<Option<SentimentRow>> {
    let sql = "SELECT fingerprint, blob FROM model_sentiments WHERE dataset_id = $1 AND version = $2";
    let row = tx.first(sql, args![dataset, version]).await?;
    row.map(|row| Ok(SentimentRow { fingerprint: row.text(0)?, blob: row.opt_text(1)? })).transpose()
}

/// What is kept of a comment as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeptScores {
    /// The comment.
    pub seq: i64,
    /// What its text alone says, from -1 to 1.
    pub net: f64,
    /// How well it speaks of what it is about, from -1 to 1; in datasets with sentiment.
    pub sentiment: Option<f64>,
    /// From -10 to 10.
    pub tone: f64,
    /// From -10 to 10.
    pub quality_of_service: f64,
}

impl KeptScores {
    /// A property.
    pub fn property(&self, kind: PropertyKind) -> f64 {
        match kind {
            PropertyKind::Tone => self.tone,
            PropertyKind::QualityOfService => self.quality_of_service,
        }
    }
}

/// Replaces the kept scores of some comments, all of which exist.
pub(crate) async fn keep(tx: &mut Tx, dataset: Id, scores: &[KeptScores]) -> Result<()> {
    let row = |one: &KeptScores| args![dataset, one.seq, one.net, one.sentiment, one.tone, one.quality_of_service];
    let head = "INSERT INTO predicted_scores (dataset_id, comment_seq, net, sentiment, tone, quality_of_service) VALUES";
    let tail = "ON CONFLICT (dataset_id, comment_seq) DO UPDATE SET net = excluded.net, sentiment = excluded.sentiment,
        tone = excluded.tone, quality_of_service = excluded.quality_of_service";
    tx.insert_many(head, scores.iter().map(row).collect(), tail).await?;
    Ok(())
}

/// The kept scores of comments, by position; those that are not predicted yet are left out.
pub async fn scores_of(tx: &mut Tx, dataset: Id, seqs: &[i64]) -> Result<HashMap<i64, KeptScores>> {
    let mut found = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!("{SELECT} WHERE dataset_id = $1 AND comment_seq IN ({list})");
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            let scores = scores_in(&row)?;
            found.insert(scores.seq, scores);
        }
    }
    Ok(found)
}

const SELECT: &str = "SELECT comment_seq, net, sentiment, tone, quality_of_service FROM predicted_scores";

fn scores_in(row: &adit_store::Row) -> Result<KeptScores> {
    Ok(KeptScores {
        seq: row.int(0)?,
        net: row.real(1)?,
        sentiment: row.opt_real(2)?,
        tone: row.real(3)?,
        quality_of_service: row.real(4)?,
    })
}

/// The kept scores after a position, in the order of positions.
pub(crate) async fn page(tx: &mut Tx, dataset: Id, after: i64, limit: i64) -> Result<Vec<KeptScores>> {
    let sql = format!("{SELECT} WHERE dataset_id = $1 AND comment_seq > $2 ORDER BY comment_seq LIMIT $3");
    tx.all(&sql, args![dataset, after, limit]).await?.iter().map(scores_in).collect()
}

/// Comments by a property after the last `(value, position)`, the lowest first or the highest.
pub async fn ranked_by_property(
    tx: &mut Tx,
    dataset: Id,
    kind: PropertyKind,
    is_falling: bool,
    after: Option<(f64, i64)>,
    limit: i64,
) -> Result<Vec<(f64, i64)>> {
    let (column, sign, direction) = (kind.name(), if is_falling { "<" } else { ">" }, if is_falling { "DESC" } else { "ASC" });
    let sql = format!(
        "SELECT {column}, comment_seq FROM predicted_scores
         WHERE dataset_id = $1 AND ({column}, comment_seq) {sign} ($2, $3)
         ORDER BY {column} {direction}, comment_seq {direction} LIMIT $4"
    );
    let start = if is_falling { (f64::from(f32::MAX), i64::MAX) } else { (f64::from(f32::MIN), 0) };
    let (value, seq) = after.unwrap_or(start);
    let rows = tx.all(&sql, args![dataset, value, seq, limit]).await?;
    rows.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// Kept predictions of comments by position: label, probability, and how well the comment speaks of it.
pub async fn signed_predictions_of(tx: &mut Tx, dataset: Id, seqs: &[i64]) -> Result<HashMap<i64, Vec<(Id, f64, Option<f64>)>>> {
    let mut found: HashMap<i64, Vec<(Id, f64, Option<f64>)>> = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!(
            "SELECT comment_seq, label_id, probability, sentiment FROM predicted_labels
             WHERE dataset_id = $1 AND comment_seq IN ({list}) ORDER BY probability DESC, label_id"
        );
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            found.entry(row.int(0)?).or_default().push((row.id(1)?, row.real(2)?, row.opt_real(3)?));
        }
    }
    Ok(found)
}

/// The sums of tone and of quality of service over the dataset's predicted comments.
pub async fn sums(tx: &mut Tx, dataset: Id) -> Result<(f64, f64)> {
    let sql = "SELECT CAST(COALESCE(SUM(tone), 0) AS DOUBLE PRECISION),
            CAST(COALESCE(SUM(quality_of_service), 0) AS DOUBLE PRECISION)
        FROM predicted_scores WHERE dataset_id = $1";
    let row = tx.one(sql, args![dataset]).await?;
    Ok((row.real(0)?, row.real(1)?))
}

/// For each label the sums of tone and of quality of service over the dataset's comments that nobody reviewed, each as
/// often as it is likely to have the label.
pub async fn sum_by_label(tx: &mut Tx, dataset: Id) -> Result<HashMap<Id, (f64, f64)>> {
    let sql = "SELECT p.label_id, CAST(SUM(p.probability * s.tone) AS DOUBLE PRECISION),
            CAST(SUM(p.probability * s.quality_of_service) AS DOUBLE PRECISION)
        FROM predicted_labels p JOIN predicted_scores s ON s.dataset_id = p.dataset_id AND s.comment_seq = p.comment_seq
        WHERE p.dataset_id = $1 AND NOT EXISTS (SELECT 1 FROM annotations a
            WHERE a.dataset_id = p.dataset_id AND a.comment_seq = p.comment_seq AND a.reviewed = 1)
        GROUP BY p.label_id";
    let rows = tx.all(sql, args![dataset]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, (row.real(1)?, row.real(2)?)))).collect()
}

/// With which impacts the scores of a dataset were computed.
pub(crate) async fn impacts(tx: &mut Tx, dataset: Id) -> Result<Option<String>> {
    let row = tx.first("SELECT impacts FROM scored_datasets WHERE dataset_id = $1", args![dataset]).await?;
    row.map(|row| row.text(0)).transpose()
}

pub(crate) async fn set_impacts(tx: &mut Tx, dataset: Id, impacts: &str) -> Result<()> {
    let sql = "INSERT INTO scored_datasets (dataset_id, impacts) VALUES ($1, $2)
        ON CONFLICT (dataset_id) DO UPDATE SET impacts = excluded.impacts";
    tx.execute(sql, args![dataset, impacts]).await?;
    Ok(())
}
