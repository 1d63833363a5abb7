//! SQL on what users have seen of training actions.

use std::collections::HashSet;

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

/// Positions of the comments that a user has seen in an action.
pub(super) async fn seen(tx: &mut Tx, dataset: Id, user: Id, action: &str) -> Result<HashSet<i64>> {
    let sql = "SELECT comment_seq FROM seen_training_comments WHERE dataset_id = $1 AND user_id = $2 AND action_id = $3";
    tx.all(sql, args![dataset, user, action]).await?.iter().map(|row| row.int(0)).collect()
}

/// How many comments of an action a user has annotated.
pub(super) async fn count_annotated(tx: &mut Tx, dataset: Id, user: Id, action: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM seen_training_comments
        WHERE dataset_id = $1 AND user_id = $2 AND action_id = $3 AND is_annotated = 1";
    tx.one(sql, args![dataset, user, action]).await?.int(0)
}

/// Notes that a user has seen a comment; what was once annotated stays so.
pub(super) async fn put(
    tx: &mut Tx,
    dataset: Id,
    user: Id,
    action: &str,
    seq: i64,
    is_annotated: bool,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO seen_training_comments (dataset_id, user_id, action_id, comment_seq, is_annotated, seen_us)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (dataset_id, user_id, action_id, comment_seq) DO UPDATE SET seen_us = excluded.seen_us,
            is_annotated = CASE WHEN excluded.is_annotated = 1 THEN 1 ELSE seen_training_comments.is_annotated END";
    tx.execute(sql, args![dataset, user, action, seq, is_annotated, now]).await?;
    Ok(())
}
