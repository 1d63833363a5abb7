//! SQL on what questions cost and on the answers that are kept.

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, args};

/// Answers are kept this long.
const KEPT_DAYS: i64 = 30;

const DAY_US: i64 = 86_400_000_000;

/// The day (UTC) of an instant, counted from 1970.
pub(super) fn day_of(now: Timestamp) -> i64 {
    now.micros().div_euclid(DAY_US)
}

/// When a day begins.
pub(super) fn start_of(day: i64) -> Timestamp {
    Timestamp::from_micros(day * DAY_US)
}

/// Sets tokens aside for a question; false when the tenant's budget for the day does not allow it.
pub(super) async fn reserve(tx: &mut Tx, tenant: Id, day: i64, tokens: i64, budget: Option<i64>) -> Result<bool> {
    let budget = budget.unwrap_or(i64::MAX / 2);
    if tokens > budget {
        return Ok(false);
    }
    let sql = "INSERT INTO llm_usage (tenant_id, day, tokens, n_questions) VALUES ($1, $2, $3, 1)
        ON CONFLICT (tenant_id, day) DO UPDATE SET
            tokens = llm_usage.tokens + excluded.tokens, n_questions = llm_usage.n_questions + 1
        WHERE llm_usage.tokens + excluded.tokens <= $4";
    Ok(tx.execute(sql, args![tenant, day, tokens, budget]).await? == 1)
}

/// Corrects what was set aside to what was used.
pub(super) async fn settle(tx: &mut Tx, tenant: Id, day: i64, difference: i64) -> Result<()> {
    let sql = "UPDATE llm_usage SET tokens = tokens + $3 WHERE tenant_id = $1 AND day = $2";
    tx.execute(sql, args![tenant, day, difference]).await?;
    Ok(())
}

/// Tokens used or set aside on a day.
pub(super) async fn used(tx: &mut Tx, tenant: Id, day: i64) -> Result<i64> {
    let sql = "SELECT tokens FROM llm_usage WHERE tenant_id = $1 AND day = $2";
    tx.first(sql, args![tenant, day]).await?.map_or(Ok(0), |row| row.int(0))
}

/// A kept answer.
pub(super) async fn answer(tx: &mut Tx, tenant: Id, digest: &str) -> Result<Option<String>> {
    let sql = "SELECT answer FROM llm_answers WHERE tenant_id = $1 AND digest = $2";
    tx.first(sql, args![tenant, digest]).await?.map(|row| row.text(0)).transpose()
}

/// An answer to be kept.
pub(super) struct KeptAnswer<'a> {
    pub(super) digest: &'a str,
    pub(super) dataset_id: Id,
    /// The comment it goes with.
    pub(super) comment_seq: Option<i64>,
    pub(super) answer: String,
}

/// Keeps an answer while its dataset and comment exist, and drops those that are too old.
pub(super) async fn keep(tx: &mut Tx, tenant: Id, kept: KeptAnswer<'_>, now: Timestamp) -> Result<()> {
    let oldest = Timestamp::from_micros(now.micros() - KEPT_DAYS * DAY_US);
    tx.execute("DELETE FROM llm_answers WHERE created_us < $1", args![oldest]).await?;
    // Whatever was deleted while the model was thinking takes its answer with it.
    let sql = "INSERT INTO llm_answers (tenant_id, digest, dataset_id, comment_seq, answer, created_us)
        SELECT d.tenant_id, $2, d.id, $4, $5, $6 FROM datasets d
        WHERE d.tenant_id = $1 AND d.id = $3
            AND ($4 IS NULL OR EXISTS (SELECT 1 FROM comments c WHERE c.seq = $4))
        ON CONFLICT (tenant_id, digest) DO UPDATE SET answer = excluded.answer, created_us = excluded.created_us";
    let args = args![tenant, kept.digest, kept.dataset_id, kept.comment_seq, kept.answer, now];
    tx.execute(sql, args).await?;
    Ok(())
}
