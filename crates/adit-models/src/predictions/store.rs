//! SQL on vectors and kept predictions.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, Value, args, placeholders};

/// Below this a predicted label is not kept: it would order and count nothing.
pub(crate) const FLOOR: f32 = 0.05;

const KEYS: usize = 500;

/// Kept vectors with the hash of the text they belong to, by position.
pub(crate) async fn vectors(tx: &mut Tx, encoder: &str, seqs: &[i64]) -> Result<HashMap<i64, (String, Vec<u8>)>> {
    let mut found = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!("SELECT comment_seq, text_hash, vector FROM embeddings WHERE encoder = $1 AND comment_seq IN ({list})");
        let mut values = args![encoder];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            found.insert(row.int(0)?, (row.text(1)?, row.blob(2)?));
        }
    }
    Ok(found)
}

/// How many of these positions have a vector.
pub(crate) async fn count_vectors(tx: &mut Tx, encoder: &str, seqs: &[i64]) -> Result<usize> {
    let mut count = 0;
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!("SELECT COUNT(*) FROM embeddings WHERE encoder = $1 AND comment_seq IN ({list})");
        let mut values = args![encoder];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        count += usize::try_from(tx.one(&sql, values).await?.int(0)?).unwrap_or(0);
    }
    Ok(count)
}

/// Hashes of the texts whose vectors are kept, for a range of positions.
pub(crate) async fn vector_hashes(tx: &mut Tx, encoder: &str, from_seq: i64, to_seq: i64) -> Result<HashMap<i64, String>> {
    let sql = "SELECT comment_seq, text_hash FROM embeddings WHERE comment_seq >= $2 AND comment_seq <= $3 AND encoder = $1";
    let rows = tx.all(sql, args![encoder, from_seq, to_seq]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// Positions and kept vectors of every `stride`-th comment that nobody reviewed in the dataset, in their order; `turn` says
/// which of the samples that are so large.
pub(crate) async fn unreviewed_sample(
    tx: &mut Tx,
    encoder: &str,
    dataset: Id,
    sources: &[Id],
    stride: i64,
    turn: i64,
) -> Result<Vec<(i64, Vec<u8>)>> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(5, sources.len());
    let sql = format!(
        "SELECT c.seq, e.vector FROM comments c, embeddings e
         WHERE c.source_id IN ({list}) AND c.seq % $3 = $4 AND e.comment_seq = c.seq AND e.encoder = $1
             AND NOT EXISTS (SELECT 1 FROM annotations a
                 WHERE a.dataset_id = $2 AND a.comment_seq = c.seq AND a.reviewed = 1)
         ORDER BY c.seq"
    );
    let mut values = args![encoder, dataset, stride, turn % stride];
    values.extend(sources.iter().map(|source| Value::from(*source)));
    tx.all(&sql, values).await?.iter().map(|row| Ok((row.int(0)?, row.blob(1)?))).collect()
}

/// Keeps vectors of comments that still exist.
pub(crate) async fn keep_vectors(tx: &mut Tx, encoder: &str, rows: &[(i64, String, Vec<u8>)]) -> Result<()> {
    let seqs: Vec<i64> = rows.iter().map(|(seq, ..)| *seq).collect();
    let alive = alive(tx, &seqs).await?;
    let values = rows
        .iter()
        .filter(|(seq, ..)| alive.contains(seq))
        .map(|(seq, hash, bytes)| args![*seq, encoder, hash, bytes.as_slice()])
        .collect();
    let head = "INSERT INTO embeddings (comment_seq, encoder, text_hash, vector) VALUES";
    let tail = "ON CONFLICT (comment_seq, encoder) DO UPDATE SET text_hash = excluded.text_hash, vector = excluded.vector";
    tx.insert_many(head, values, tail).await?;
    Ok(())
}

/// Those of the positions whose comments still exist.
pub(crate) async fn alive(tx: &mut Tx, seqs: &[i64]) -> Result<std::collections::HashSet<i64>> {
    let mut found = std::collections::HashSet::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let sql = format!("SELECT seq FROM comments WHERE seq IN ({})", placeholders(1, chunk.len()));
        for row in tx.all(&sql, chunk.iter().map(|seq| Value::from(*seq)).collect()).await? {
            found.insert(row.int(0)?);
        }
    }
    Ok(found)
}

/// What a version predicts for one comment, on which text.
pub(crate) struct Kept {
    pub(crate) seq: i64,
    pub(crate) text_hash: String,
    /// Labels at or above [`FLOOR`], with how well the comment speaks of them in datasets with sentiment.
    pub(crate) labels: Vec<(Id, f32, Option<f32>)>,
}

/// Version and text hash of the kept predictions for a range of positions.
pub(crate) async fn predicted_range(tx: &mut Tx, dataset: Id, from_seq: i64, to_seq: i64) -> Result<HashMap<i64, (i64, String)>> {
    let sql = "SELECT comment_seq, version, text_hash FROM predicted_comments
        WHERE dataset_id = $1 AND comment_seq >= $2 AND comment_seq <= $3";
    let rows = tx.all(sql, args![dataset, from_seq, to_seq]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, (row.int(1)?, row.text(2)?)))).collect()
}

/// Replaces the kept predictions of some comments by those of `version`.
pub(crate) async fn keep_predictions(tx: &mut Tx, dataset: Id, version: u32, kept: &[Kept]) -> Result<()> {
    let seqs: Vec<i64> = kept.iter().map(|one| one.seq).collect();
    let alive = alive(tx, &seqs).await?;
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        tx.execute(&format!("DELETE FROM predicted_labels WHERE dataset_id = $1 AND comment_seq IN ({list})"), values).await?;
    }
    let mut comments = Vec::new();
    let mut labels = Vec::new();
    for one in kept.iter().filter(|one| alive.contains(&one.seq)) {
        comments.push(args![dataset, one.seq, version, &one.text_hash]);
        let signs = one.labels.iter().map(|(label, probability, sign)| args![dataset, one.seq, *label, *probability, *sign]);
        labels.extend(signs);
    }
    let tail = "ON CONFLICT (dataset_id, comment_seq) DO UPDATE SET version = excluded.version, text_hash = excluded.text_hash";
    tx.insert_many("INSERT INTO predicted_comments (dataset_id, comment_seq, version, text_hash) VALUES", comments, tail).await?;
    let head = "INSERT INTO predicted_labels (dataset_id, comment_seq, label_id, probability, sentiment) VALUES";
    tx.insert_many(head, labels, "ON CONFLICT (dataset_id, comment_seq, label_id) DO NOTHING").await?;
    Ok(())
}

/// How many comments each version predicted last, by version.
pub(crate) async fn progress(tx: &mut Tx, dataset: Id) -> Result<Vec<(u32, i64)>> {
    let sql = "SELECT version, COUNT(*) FROM predicted_comments WHERE dataset_id = $1 GROUP BY version ORDER BY version";
    let rows = tx.all(sql, args![dataset]).await?;
    rows.iter().map(|row| Ok((u32::try_from(row.int(0)?).unwrap_or_default(), row.int(1)?))).collect()
}

/// Kept predictions of comments by position: label and probability, highest first.
pub async fn predictions_of(tx: &mut Tx, dataset: Id, seqs: &[i64]) -> Result<HashMap<i64, Vec<(Id, f64)>>> {
    let mut found: HashMap<i64, Vec<(Id, f64)>> = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(2, chunk.len());
        let sql = format!(
            "SELECT comment_seq, label_id, probability FROM predicted_labels WHERE dataset_id = $1 AND comment_seq IN ({list})
             ORDER BY probability DESC, label_id"
        );
        let mut values = args![dataset];
        values.extend(chunk.iter().map(|seq| Value::from(*seq)));
        for row in tx.all(&sql, values).await? {
            found.entry(row.int(0)?).or_default().push((row.id(1)?, row.real(2)?));
        }
    }
    Ok(found)
}

/// Comments predicted to have the label, most likely first, after the `(probability, position)` of the last one; only
/// those that speak well of it, or ill, where that is asked for. Without sentiment all speak well.
pub async fn ranked_by_label(
    tx: &mut Tx,
    dataset: Id,
    label: Id,
    is_well: Option<bool>,
    after: Option<(f64, i64)>,
    limit: i64,
) -> Result<Vec<(f64, i64)>> {
    let (probability, seq) = after.unwrap_or((2.0, i64::MAX));
    let sign = is_well.map_or(0_i64, |is_well| if is_well { 1 } else { -1 });
    let sql = "SELECT probability, comment_seq FROM predicted_labels
        WHERE dataset_id = $1 AND label_id = $2 AND (probability, comment_seq) < ($3, $4)
            AND ($6 = 0 OR ($6 > 0 AND COALESCE(sentiment, 1) >= 0) OR ($6 < 0 AND COALESCE(sentiment, 1) < 0))
        ORDER BY probability DESC, comment_seq DESC LIMIT $5";
    let rows = tx.all(sql, args![dataset, label, probability, seq, limit, sign]).await?;
    rows.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// Predicted comments by their likeliest label, least likely first, after the last `(probability, position)`.
/// A comment without any label above the floor comes first.
pub async fn ranked_by_any_label(tx: &mut Tx, dataset: Id, after: Option<(f64, i64)>, limit: i64) -> Result<Vec<(f64, i64)>> {
    let (probability, seq) = after.unwrap_or((-1.0, 0));
    let sql = "SELECT best, comment_seq FROM (
            SELECT c.comment_seq AS comment_seq, COALESCE(MAX(l.probability), 0.0) AS best
            FROM predicted_comments c LEFT JOIN predicted_labels l
                ON l.dataset_id = c.dataset_id AND l.comment_seq = c.comment_seq
            WHERE c.dataset_id = $1 GROUP BY c.comment_seq) ranked
        WHERE (best, comment_seq) > ($2, $3) ORDER BY best, comment_seq LIMIT $4";
    let rows = tx.all(sql, args![dataset, probability, seq, limit]).await?;
    rows.iter().map(|row| Ok((row.real(0)?, row.int(1)?))).collect()
}

/// The sums of probabilities by label over the dataset's comments that nobody reviewed, apart for those that speak well of it
/// and those that speak ill: the expected numbers of them. Without sentiment all speak well.
pub async fn count_by_label(tx: &mut Tx, dataset: Id) -> Result<HashMap<Id, (f64, f64)>> {
    let sql = "SELECT p.label_id, CAST(SUM(p.probability * (1 + COALESCE(p.sentiment, 1)) / 2) AS DOUBLE PRECISION),
            CAST(SUM(p.probability * (1 - COALESCE(p.sentiment, 1)) / 2) AS DOUBLE PRECISION)
        FROM predicted_labels p
        WHERE p.dataset_id = $1 AND NOT EXISTS (SELECT 1 FROM annotations a
            WHERE a.dataset_id = p.dataset_id AND a.comment_seq = p.comment_seq AND a.reviewed = 1)
        GROUP BY p.label_id";
    let rows = tx.all(sql, args![dataset]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, (row.real(1)?, row.real(2)?)))).collect()
}
