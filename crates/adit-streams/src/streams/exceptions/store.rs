//! The rows of exceptions.

use std::collections::{BTreeMap, HashMap};

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args, placeholders};

/// How many comments one statement asks about.
const CHUNK: usize = 1000;

/// Sets the type of each comment, by position, whatever it was before.
pub(in crate::streams) async fn put(tx: &mut Tx, stream_id: Id, types: BTreeMap<i64, String>, now: Timestamp) -> Result<()> {
    let rows = types.into_iter().map(|(seq, type_)| args![stream_id, seq, type_, now]).collect();
    let head = "INSERT INTO stream_exceptions (stream_id, comment_seq, type, updated_us) VALUES";
    let tail = "ON CONFLICT (stream_id, comment_seq) DO UPDATE SET type = excluded.type, updated_us = excluded.updated_us";
    tx.insert_many(head, rows, tail).await.map(drop)
}

/// Removes the exceptions of these comments; comments without one are passed over.
pub(in crate::streams) async fn remove(tx: &mut Tx, stream_id: Id, seqs: &[i64]) -> Result<()> {
    for chunk in seqs.chunks(CHUNK) {
        let sql =
            format!("DELETE FROM stream_exceptions WHERE stream_id = $1 AND comment_seq IN ({})", placeholders(2, chunk.len()));
        let mut values = args![stream_id];
        values.extend(chunk.iter().map(|seq| (*seq).into()));
        tx.execute(&sql, values).await?;
    }
    Ok(())
}

/// The exceptions of these comments in the streams of a dataset: stream and type, by position of the comment.
pub async fn exceptions_of(tx: &mut Tx, dataset_id: Id, seqs: &[i64]) -> Result<HashMap<i64, Vec<(Id, String)>>> {
    let mut found: HashMap<i64, Vec<(Id, String)>> = HashMap::new();
    for chunk in seqs.chunks(CHUNK) {
        let sql = format!(
            "SELECT e.comment_seq, e.stream_id, e.type FROM stream_exceptions e JOIN streams s ON s.id = e.stream_id \
             WHERE s.dataset_id = $1 AND e.comment_seq IN ({}) ORDER BY e.comment_seq, e.stream_id",
            placeholders(2, chunk.len())
        );
        let mut values = args![dataset_id];
        values.extend(chunk.iter().map(|seq| (*seq).into()));
        for row in tx.all(&sql, values).await? {
            found.entry(row.int(0)?).or_default().push((row.id(1)?, row.text(2)?));
        }
    }
    Ok(found)
}
