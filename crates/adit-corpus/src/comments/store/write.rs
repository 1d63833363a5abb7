//! Writing comments: every statement that changes them.

use std::collections::HashMap;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, Value, args, placeholders};

use super::{KEYS_AT_ONCE, padded};
use crate::comments::prepared::Prepared;
use crate::sources::Source;

/// What a write needs to know about a comment that is already there.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) seq: i64,
    pub(crate) version: i64,
    pub(crate) timestamp: Timestamp,
    pub(crate) content_hash: String,
    pub(crate) messages_hash: String,
    pub(crate) text_hash: String,
}

/// Holds the source for this transaction, so that two writes to it never meet on the same new comment.
/// False when the source is gone.
pub(crate) async fn lock_source(tx: &mut Tx, source: &Source) -> Result<bool> {
    let sql = "UPDATE sources SET modified_us = modified_us WHERE tenant_id = $1 AND id = $2";
    Ok(tx.execute(sql, args![source.tenant_id, source.id]).await? == 1)
}

/// Notes that the comments of a source changed.
pub(crate) async fn touch_source(tx: &mut Tx, source: &Source, now: Timestamp) -> Result<()> {
    let sql = "UPDATE sources SET modified_us = $3 WHERE tenant_id = $1 AND id = $2";
    tx.execute(sql, args![source.tenant_id, source.id, now]).await?;
    Ok(())
}

/// The comments of a source that exist among `ids`.
pub(crate) async fn existing(tx: &mut Tx, source_id: Id, ids: &[&str]) -> Result<HashMap<String, Existing>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(KEYS_AT_ONCE) {
        let keys = padded(chunk);
        let sql = format!(
            "SELECT comment_id, seq, version, timestamp_us, content_hash, messages_hash, text_hash
             FROM comments WHERE source_id = $1 AND comment_id IN ({})",
            placeholders(2, keys.len())
        );
        let mut args = args![source_id];
        args.extend(keys.into_iter().map(Value::from));
        for row in tx.all(&sql, args).await? {
            let known = Existing {
                seq: row.int(1)?,
                version: row.int(2)?,
                timestamp: row.time(3)?,
                content_hash: row.text(4)?,
                messages_hash: row.text(5)?,
                text_hash: row.text(6)?,
            };
            found.insert(row.text(0)?, known);
        }
    }
    Ok(found)
}

/// Takes `count` positions; returns the first and the creation time that goes with them.
///
/// The row stays locked until the transaction ends: positions become visible in their order, without gaps behind
/// which an earlier one could still appear. That is why this is done as late as possible.
async fn reserve(tx: &mut Tx, count: usize, now: Timestamp) -> Result<(i64, Timestamp)> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let sql = "UPDATE comment_positions SET value = value + $1,
            created_us = CASE WHEN created_us > $2 THEN created_us ELSE $2 END
        WHERE name = 'comments' RETURNING value, created_us";
    let row = tx.one(sql, args![count, now]).await?;
    Ok((row.int(0)? - count + 1, row.time(1)?))
}

/// Inserts comments that do not exist yet.
pub(crate) async fn insert(tx: &mut Tx, source_id: Id, comments: Vec<Prepared>, now: Timestamp) -> Result<()> {
    if comments.is_empty() {
        return Ok(());
    }
    let (first, created) = reserve(tx, comments.len(), now).await?;
    let rows = comments.into_iter().zip(first..).map(|(new, seq)| {
        let timestamp = new.timestamp.unwrap_or(now);
        args![
            seq,
            source_id,
            new.id,
            timestamp,
            created,
            created,
            1,
            new.thread_id,
            new.content,
            new.content_hash,
            new.messages_hash,
            new.text_hash
        ]
    });
    let head = "INSERT INTO comments (seq, source_id, comment_id, timestamp_us, created_us, modified_us, version, thread_id,
        content, content_hash, messages_hash, text_hash) VALUES";
    tx.insert_many(head, rows.collect(), "").await?;
    Ok(())
}

/// Replaces comments wholesale; position and creation time stay.
pub(crate) async fn replace(tx: &mut Tx, changes: Vec<(Existing, Prepared)>, now: Timestamp) -> Result<()> {
    let rows = changes.into_iter().map(|(known, new)| {
        let timestamp = new.timestamp.unwrap_or(known.timestamp);
        args![known.seq, timestamp, now, new.thread_id, new.content, new.content_hash, new.messages_hash, new.text_hash]
    });
    let head = "UPDATE comments SET version = version + 1, timestamp_us = v.column2, modified_us = v.column3,
        thread_id = v.column4, content = v.column5, content_hash = v.column6, messages_hash = v.column7, text_hash = v.column8
        FROM (VALUES";
    tx.insert_many(head, rows.collect(), ") AS v WHERE comments.seq = v.column1").await?;
    Ok(())
}

/// Deletes comments with everything said about them; returns how many there were.
pub(crate) async fn delete(tx: &mut Tx, source_id: Id, ids: &[&str]) -> Result<u64> {
    let mut deleted = 0;
    for chunk in ids.chunks(KEYS_AT_ONCE) {
        let keys = padded(chunk);
        let sql = format!("DELETE FROM comments WHERE source_id = $1 AND comment_id IN ({})", placeholders(2, keys.len()));
        let mut args = args![source_id];
        args.extend(keys.into_iter().map(Value::from));
        deleted += tx.execute(&sql, args).await?;
    }
    Ok(deleted)
}
