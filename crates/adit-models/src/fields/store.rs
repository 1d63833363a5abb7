//! SQL on what versions know about fields, and on the fields that are predicted in comments.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_ml::fields::FieldReport;
use adit_store::{Row, Tx, Value, args, placeholders};

use super::{Definition, FieldQuestion, FieldRank};

const KEYS: usize = 500;

/// What a version knows about fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldRow {
    /// Names the definitions, decisions and texts it was learnt from.
    pub(crate) fingerprint: String,
    pub(crate) definition: Definition,
    pub(crate) report: FieldReport,
    /// Digest of the weights; `None` once they have been let go.
    pub(crate) blob: Option<String>,
}

fn row_of(row: &Row, first: usize) -> Result<FieldRow> {
    Ok(FieldRow {
        fingerprint: row.text(first)?,
        definition: row.json(first + 1)?,
        report: row.json(first + 2)?,
        blob: row.opt_text(first + 3)?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, dataset: Id, version: u32, row: &FieldRow) -> Result<()> {
    let sql =
        "INSERT INTO model_fields (dataset_id, version, fingerprint, definition, report, blob) VALUES ($1, $2, $3, $4, $5, $6)";
    let (definition, report) = (serde_json::to_string(&row.definition)?, serde_json::to_string(&row.report)?);
    tx.execute(sql, args![dataset, version, &row.fingerprint, definition, report, row.blob.clone()]).await?;
    Ok(())
}

/// What a version knows; nothing, for versions from before fields were learnt.
pub(crate) async fn of_version(tx: &mut Tx, dataset: Id, version: u32) -> Result<Option<FieldRow>> {
    let sql = "SELECT fingerprint, definition, report, blob FROM model_fields WHERE dataset_id = $1 AND version = $2";
    tx.first(sql, args![dataset, version]).await?.as_ref().map(|row| row_of(row, 0)).transpose()
}

/// Definitions of versions below `before`, newest first, with the time of their training.
pub(crate) async fn history(
    tx: &mut Tx,
    dataset: Id,
    before: i64,
    limit: i64,
) -> Result<Vec<(u32, adit_kernel::Timestamp, Definition)>> {
    let sql = "SELECT f.version, m.trained_us, f.definition FROM model_fields f
        JOIN models m ON m.dataset_id = f.dataset_id AND m.version = f.version
        WHERE f.dataset_id = $1 AND f.version < $2 ORDER BY f.version DESC LIMIT $3";
    let rows = tx.all(sql, args![dataset, before, limit]).await?;
    rows.iter().map(|row| Ok((u32::try_from(row.int(0)?).unwrap_or_default(), row.time(1)?, row.json(2)?))).collect()
}

/// Replaces the kept fields of some comments, all of which exist.
pub(crate) async fn keep_predicted(tx: &mut Tx, dataset: Id, found: &[(i64, Vec<String>)]) -> Result<()> {
    for chunk in found.chunks(KEYS) {
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|(seq, _)| Value::from(*seq)));
        let list = placeholders(2, chunk.len());
        tx.execute(&format!("DELETE FROM predicted_fields WHERE dataset_id = $1 AND comment_seq IN ({list})"), values).await?;
    }
    let rows = found.iter().flat_map(|(seq, fields)| fields.iter().map(|field| args![dataset, *seq, field.as_str()])).collect();
    let head = "INSERT INTO predicted_fields (dataset_id, comment_seq, field_id) VALUES";
    tx.insert_many(head, rows, "ON CONFLICT (dataset_id, comment_seq, field_id) DO NOTHING").await?;
    Ok(())
}

/// Ids of the fields that the newest version found in comments, by position.
pub(crate) async fn predicted(tx: &mut Tx, dataset: Id, seqs: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!(
            "SELECT comment_seq, field_id FROM predicted_fields WHERE dataset_id = $1 AND comment_seq IN ({list})
             ORDER BY comment_seq, field_id"
        );
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            found.entry(row.int(0)?).or_default().push(row.text(1)?);
        }
    }
    Ok(found)
}

/// Replaces what there is to ask about the fields of some comments, all of which exist.
pub(crate) async fn keep_ranks(tx: &mut Tx, dataset: Id, ranks: &[(i64, Vec<FieldRank>)]) -> Result<()> {
    for chunk in ranks.chunks(KEYS) {
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|(seq, _)| Value::from(*seq)));
        let list = placeholders(2, chunk.len());
        tx.execute(&format!("DELETE FROM field_ranks WHERE dataset_id = $1 AND comment_seq IN ({list})"), values).await?;
    }
    let row = |seq: i64, one: &FieldRank| args![dataset, seq, one.question.word(), one.type_id.as_str(), one.sureness];
    let rows = ranks.iter().flat_map(|(seq, ranks)| ranks.iter().map(move |one| row(*seq, one))).collect();
    let head = "INSERT INTO field_ranks (dataset_id, comment_seq, question, type_id, sureness) VALUES";
    tx.insert_many(head, rows, "").await?;
    Ok(())
}

/// Comments by how much they ask for a decision about fields, most first; about fields of one definition or of any.
/// After the `(number, position)` of the last one.
pub async fn ranked_by_field(
    tx: &mut Tx,
    dataset: Id,
    question: FieldQuestion,
    type_id: Option<&str>,
    after: Option<(f64, i64)>,
    limit: i64,
) -> Result<Vec<(f64, i64)>> {
    let (sureness, seq) = after.unwrap_or((-1.0, 0));
    let only = if type_id.is_some() { "AND type_id = $6" } else { "" };
    let sql = format!(
        "SELECT MIN(sureness), comment_seq FROM field_ranks WHERE dataset_id = $1 AND question = $2 {only}
         GROUP BY comment_seq HAVING MIN(sureness) > $3 OR (MIN(sureness) = $3 AND comment_seq > $4)
         ORDER BY MIN(sureness), comment_seq LIMIT $5"
    );
    let mut values = args![dataset, question.word(), sureness, seq, limit];
    values.extend(type_id.map(Value::from));
    tx.all(&sql, values).await?.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// The number of each of some comments, as [`ranked_by_field`].
pub async fn field_rank_of(
    tx: &mut Tx,
    dataset: Id,
    question: FieldQuestion,
    type_id: Option<&str>,
    seqs: &[i64],
) -> Result<HashMap<i64, f64>> {
    let mut found: HashMap<i64, f64> = HashMap::new();
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(3, chunk.len());
        let sql = format!(
            "SELECT comment_seq, type_id, sureness FROM field_ranks
             WHERE dataset_id = $1 AND question = $2 AND comment_seq IN ({list})"
        );
        let mut values = args![dataset, question.word()];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            let own = row.text(1)?;
            if type_id.is_none_or(|wanted| wanted == own) {
                let least = found.entry(row.int(0)?).or_insert(f64::INFINITY);
                *least = least.min(row.real(2)?);
            }
        }
    }
    Ok(found)
}
