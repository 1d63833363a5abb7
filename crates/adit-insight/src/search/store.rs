//! SQL on the search index.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, Value, args, dialect, placeholders};

const KEYS: usize = 500;

/// A comment to be found by these terms from now on.
pub(super) struct Indexed {
    pub(super) seq: i64,
    pub(super) version: i64,
    pub(super) terms: String,
}

/// Positions that the index holds for a question, highest first, below one.
pub(crate) async fn found(tx: &mut Tx, question: &str, before: i64, limit: i64) -> Result<Vec<i64>> {
    let (key, condition) = dialect::search_condition(tx.engine());
    let sql = format!("SELECT {key} FROM search_index WHERE {condition} AND {key} < $2 ORDER BY {key} DESC LIMIT $3");
    tx.all(&sql, args![question, before, limit]).await?.iter().map(|row| row.int(0)).collect()
}

/// Versions that the index knows, for a range of positions.
pub(super) async fn versions(tx: &mut Tx, from_seq: i64, to_seq: i64) -> Result<HashMap<i64, i64>> {
    let sql = "SELECT comment_seq, version FROM searched_comments WHERE comment_seq >= $1 AND comment_seq <= $2";
    tx.all(sql, args![from_seq, to_seq]).await?.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// Puts comments into the index, in place of what it held about them.
pub(super) async fn put(tx: &mut Tx, comments: &[Indexed]) -> Result<()> {
    let seqs: Vec<i64> = comments.iter().map(|one| one.seq).collect();
    forget(tx, &seqs).await?;
    let (head, tail) = dialect::search_insert(tx.engine());
    tx.insert_many(head, comments.iter().map(|one| args![one.seq, &one.terms]).collect(), tail).await?;
    let known = comments.iter().map(|one| args![one.seq, one.version]).collect();
    tx.insert_many("INSERT INTO searched_comments (comment_seq, version) VALUES", known, "").await?;
    Ok(())
}

/// Takes comments out of the index.
pub(super) async fn forget(tx: &mut Tx, seqs: &[i64]) -> Result<()> {
    let (key, _) = dialect::search_condition(tx.engine());
    for chunk in seqs.chunks(KEYS) {
        let list = placeholders(1, chunk.len());
        let values: Vec<Value> = chunk.iter().map(|seq| Value::from(*seq)).collect();
        tx.execute(&format!("DELETE FROM search_index WHERE {key} IN ({list})"), values.clone()).await?;
        tx.execute(&format!("DELETE FROM searched_comments WHERE comment_seq IN ({list})"), values).await?;
    }
    Ok(())
}

/// Positions in the index whose comments are gone.
pub(super) async fn orphans(tx: &mut Tx, limit: i64) -> Result<Vec<i64>> {
    let sql = "SELECT s.comment_seq FROM searched_comments s
        WHERE NOT EXISTS (SELECT 1 FROM comments c WHERE c.seq = s.comment_seq) LIMIT $1";
    tx.all(sql, args![limit]).await?.iter().map(|row| row.int(0)).collect()
}

/// Empties the index.
pub(super) async fn forget_all(tx: &mut Tx) -> Result<()> {
    tx.execute("DELETE FROM search_index", vec![]).await?;
    tx.execute("DELETE FROM searched_comments", vec![]).await?;
    Ok(())
}

/// The language tag of each source.
pub(crate) fn languages(sources: &[adit_corpus::Source]) -> HashMap<Id, super::Language> {
    sources.iter().map(|source| (source.id, super::Language::of_tag(&source.language))).collect()
}
