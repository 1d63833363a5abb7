//! SQL on ranks and doubts.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, Value, args, placeholders};

use crate::predictions::store::alive;

const KEYS: usize = 500;

/// By what unreviewed comments are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// How sure the model is of its least sure label.
    Sureness,
    /// How well informative labels cover the comment.
    Coverage,
    /// How well the reviewed comments stand for it; below 0 worse than for others.
    Balance,
}

impl Rank {
    fn column(self) -> &'static str {
        match self {
            Self::Sureness => "sureness",
            Self::Coverage => "coverage",
            Self::Balance => "balance",
        }
    }
}

/// The ranks of one comment.
pub(crate) struct Ranks {
    pub(crate) seq: i64,
    pub(crate) sureness: f32,
    pub(crate) coverage: f32,
    pub(crate) balance: f32,
}

/// Replaces the ranks of comments that still exist.
pub(crate) async fn keep(tx: &mut Tx, dataset: Id, ranks: &[Ranks]) -> Result<()> {
    let seqs: Vec<i64> = ranks.iter().map(|one| one.seq).collect();
    let alive = alive(tx, &seqs).await?;
    let rows = ranks.iter().filter(|one| alive.contains(&one.seq));
    let rows = rows.map(|one| args![dataset, one.seq, one.sureness, one.coverage, one.balance]).collect();
    let head = "INSERT INTO predicted_ranks (dataset_id, comment_seq, sureness, coverage, balance) VALUES";
    let tail = "ON CONFLICT (dataset_id, comment_seq) DO UPDATE SET sureness = excluded.sureness,
        coverage = excluded.coverage, balance = excluded.balance";
    tx.insert_many(head, rows, tail).await?;
    Ok(())
}

/// Changes how sure a version is said to be of some comments, by position.
pub(crate) async fn set_sureness(tx: &mut Tx, dataset: Id, rows: &[(i64, f32)]) -> Result<()> {
    for chunk in rows.chunks(KEYS) {
        let list: Vec<String> = (0..chunk.len()).map(|at| format!("({})", placeholders(2 * at + 1, 2))).collect();
        let list = list.join(", ");
        let last = 2 * chunk.len() + 1;
        let sql = format!(
            "UPDATE predicted_ranks SET sureness = v.column2 FROM (VALUES {list}) AS v
             WHERE comment_seq = v.column1 AND dataset_id = ${last}"
        );
        let mut values: Vec<Value> = chunk.iter().flat_map(|(seq, sureness)| args![*seq, *sureness]).collect();
        values.push(dataset.into());
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// Comments by rank, lowest first, or highest first when `is_falling`; after the `(rank, position)` of the last one.
pub async fn ranked(
    tx: &mut Tx,
    dataset: Id,
    rank: Rank,
    is_falling: bool,
    after: Option<(f64, i64)>,
    limit: i64,
) -> Result<Vec<(f64, i64)>> {
    let column = rank.column();
    let (beyond, direction) = if is_falling { ("<", "DESC") } else { (">", "ASC") };
    let end = if is_falling { (f64::MAX, i64::MAX) } else { (f64::MIN, 0) };
    let (key, seq) = after.unwrap_or(end);
    let sql = format!(
        "SELECT {column}, comment_seq FROM predicted_ranks
         WHERE dataset_id = $1 AND ({column}, comment_seq) {beyond} ($2, $3)
         ORDER BY {column} {direction}, comment_seq {direction} LIMIT $4"
    );
    let rows = tx.all(&sql, args![dataset, key, seq, limit]).await?;
    rows.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// Comments by the distance of one label's probability from `center`, nearest first, after the last
/// `(distance, position)`. Comments on which the label is below the floor of kept predictions are left out.
pub async fn ranked_near(
    tx: &mut Tx,
    dataset: Id,
    label: Id,
    center: f64,
    after: Option<(f64, i64)>,
    limit: i64,
) -> Result<Vec<(f64, i64)>> {
    let (apart, seq) = after.unwrap_or((-1.0, 0));
    let sql = "SELECT ABS(probability - $3), comment_seq FROM predicted_labels
        WHERE dataset_id = $1 AND label_id = $2 AND (ABS(probability - $3), comment_seq) > ($4, $5)
        ORDER BY ABS(probability - $3), comment_seq LIMIT $6";
    let rows = tx.all(sql, args![dataset, label, center, apart, seq, limit]).await?;
    rows.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// How little a decision about a label is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Doubt {
    pub(crate) seq: i64,
    pub(crate) label: Id,
    pub(crate) is_assigned: bool,
    /// The probability of what was decided, by a model that did not see the decision.
    pub(crate) belief: f32,
}

/// Replaces the doubts about the decisions on some comments.
pub(crate) async fn keep_doubts(tx: &mut Tx, dataset: Id, seqs: &[i64], doubts: &[Doubt]) -> Result<()> {
    forget_doubts(tx, dataset, seqs).await?;
    let alive = alive(tx, seqs).await?;
    let rows = doubts.iter().filter(|doubt| alive.contains(&doubt.seq));
    let rows = rows.map(|doubt| args![dataset, doubt.seq, doubt.label, doubt.is_assigned, doubt.belief]).collect();
    let head = "INSERT INTO reviewed_doubts (dataset_id, comment_seq, label_id, is_assigned, belief) VALUES";
    tx.insert_many(head, rows, "").await?;
    Ok(())
}

async fn forget_doubts(tx: &mut Tx, dataset: Id, seqs: &[i64]) -> Result<()> {
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        tx.execute(&format!("DELETE FROM reviewed_doubts WHERE dataset_id = $1 AND comment_seq IN ({list})"), values).await?;
    }
    Ok(())
}

/// Takes out the doubts about comments that nobody has reviewed any more.
pub(crate) async fn forget_unreviewed(tx: &mut Tx, dataset: Id) -> Result<()> {
    let sql = "DELETE FROM reviewed_doubts WHERE dataset_id = $1 AND NOT EXISTS (SELECT 1 FROM annotations a
        WHERE a.dataset_id = $1 AND a.comment_seq = reviewed_doubts.comment_seq AND a.reviewed = 1)";
    tx.execute(sql, args![dataset]).await?;
    Ok(())
}

/// Reviewed comments by how little the decisions on them are believed, least first: that labels were assigned, or
/// that they were not. Only decisions about `labels`, or about any; after the last `(belief, position)`.
pub async fn doubted(
    tx: &mut Tx,
    dataset: Id,
    is_assigned: bool,
    labels: Option<&[Id]>,
    after: Option<(f64, i64)>,
    limit: i64,
) -> Result<Vec<(f64, i64)>> {
    let (belief, seq) = after.unwrap_or((-1.0, 0));
    let only = labels.map_or_else(String::new, |labels| format!("AND label_id IN ({})", placeholders(6, labels.len())));
    let sql = format!(
        "SELECT MIN(belief), comment_seq FROM reviewed_doubts WHERE dataset_id = $1 AND is_assigned = $2 {only}
         GROUP BY comment_seq HAVING MIN(belief) > $3 OR (MIN(belief) = $3 AND comment_seq > $4)
         ORDER BY MIN(belief), comment_seq LIMIT $5"
    );
    let mut values = args![dataset, is_assigned, belief, seq, limit];
    values.extend(labels.unwrap_or_default().iter().map(|label| Value::from(*label)));
    let rows = tx.all(&sql, values).await?;
    rows.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// One rank of some comments, by position.
pub async fn rank_of(tx: &mut Tx, dataset: Id, rank: Rank, seqs: &[i64]) -> Result<HashMap<i64, f64>> {
    let column = rank.column();
    let mut found = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!("SELECT comment_seq, {column} FROM predicted_ranks WHERE dataset_id = $1 AND comment_seq IN ({list})");
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            found.insert(row.int(0)?, row.real(1)?);
        }
    }
    Ok(found)
}

/// How little the decisions on some comments are believed, by position; as [`doubted`].
pub async fn doubts_of(
    tx: &mut Tx,
    dataset: Id,
    is_assigned: bool,
    labels: Option<&[Id]>,
    seqs: &[i64],
) -> Result<HashMap<i64, f64>> {
    let mut found: HashMap<i64, f64> = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(3, chunk.len());
        let sql = format!(
            "SELECT comment_seq, label_id, belief FROM reviewed_doubts
             WHERE dataset_id = $1 AND is_assigned = $2 AND comment_seq IN ({list})"
        );
        let mut values = args![dataset, is_assigned];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            let label = row.id(1)?;
            if labels.is_none_or(|labels| labels.contains(&label)) {
                let least = found.entry(row.int(0)?).or_insert(f64::INFINITY);
                *least = least.min(row.real(2)?);
            }
        }
    }
    Ok(found)
}
