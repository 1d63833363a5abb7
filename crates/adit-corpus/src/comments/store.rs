//! Reading comments: every `SELECT` on them.

pub(crate) mod write;

use std::collections::{BTreeMap, HashMap};

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Row, Tx, Value, args, placeholders};

use super::stored::StoredComment;

/// The columns [`comment_in`] reads, in its order.
const SELECT: &str =
    "SELECT c.seq, c.source_id, c.comment_id, c.timestamp_us, c.created_us, c.modified_us, c.thread_id, c.version,
    c.messages_hash, c.text_hash, c.n_reviewed_in, c.content
    FROM comments c";

/// Keys of one `IN (…)`: enough to make statements few, few enough for every engine.
pub(crate) const KEYS_AT_ONCE: usize = 512;

/// Bounds on timestamps, both inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeBounds {
    /// The earliest timestamp.
    pub minimum: Option<Timestamp>,
    /// The latest timestamp.
    pub maximum: Option<Timestamp>,
}

impl TimeBounds {
    /// Whether `at` lies within.
    pub fn contain(&self, at: Timestamp) -> bool {
        self.minimum.is_none_or(|least| at >= least) && self.maximum.is_none_or(|most| at <= most)
    }

    /// The bounds as two SQL parameters that leave nothing out when open.
    fn ends(&self) -> (i64, i64) {
        (self.minimum.map_or(i64::MIN, Timestamp::micros), self.maximum.map_or(i64::MAX, Timestamp::micros))
    }
}

fn comment_in(row: &Row) -> Result<StoredComment> {
    Ok(StoredComment {
        seq: row.int(0)?,
        source_id: row.id(1)?,
        id: row.text(2)?,
        timestamp: row.time(3)?,
        created_at: row.time(4)?,
        last_modified: row.time(5)?,
        thread_id: row.opt_text(6)?,
        version: row.int(7)?,
        messages_hash: row.text(8)?,
        text_hash: row.text(9)?,
        n_reviewed_in: row.int(10)?,
        content: row.json(11)?,
    })
}

/// How many keys a statement for `wanted` keys takes: a power of two, so that few different texts are prepared.
/// The caller repeats its last key to fill up.
pub(crate) fn padded<T: Clone>(keys: &[T]) -> Vec<T> {
    let mut full = keys.to_vec();
    if let Some(last) = keys.last() {
        full.resize(keys.len().next_power_of_two(), last.clone());
    }
    full
}

async fn comments(tx: &mut Tx, sql: &str, args: Vec<Value>) -> Result<Vec<StoredComment>> {
    tx.all(sql, args).await?.iter().map(comment_in).collect()
}

/// The source and the comment id in a uid; `None` when the text is no uid.
pub(crate) fn split_uid(uid: &str) -> Option<(Id, &str)> {
    let (source, id) = uid.split_once('.')?;
    Some((source.parse().ok()?, id))
}

/// The comment with this uid in the tenant.
pub async fn comment_by_uid(tx: &mut Tx, tenant: Id, uid: &str) -> Result<Option<StoredComment>> {
    let Some((source_id, id)) = split_uid(uid) else { return Ok(None) };
    let sql = format!(
        "{SELECT} WHERE c.source_id = $1 AND c.comment_id = $2
            AND EXISTS (SELECT 1 FROM sources s WHERE s.id = c.source_id AND s.tenant_id = $3)"
    );
    Ok(comments(tx, &sql, args![source_id, id, tenant]).await?.pop())
}

/// The comments with these uids in the tenant, by the uid as it was asked for; unknown ones are left out.
pub async fn comments_by_uids(tx: &mut Tx, tenant: Id, uids: &[String]) -> Result<HashMap<String, StoredComment>> {
    let mut by_source: BTreeMap<Id, Vec<(&str, &String)>> = BTreeMap::new();
    for uid in uids {
        if let Some((source_id, id)) = split_uid(uid) {
            by_source.entry(source_id).or_default().push((id, uid));
        }
    }
    let mut found = HashMap::new();
    for (source_id, wanted) in by_source {
        let is_ours = tx.first("SELECT 1 FROM sources WHERE id = $1 AND tenant_id = $2", args![source_id, tenant]).await?;
        if is_ours.is_none() {
            continue;
        }
        let ids: Vec<&str> = wanted.iter().map(|(id, _)| *id).collect();
        let comments: HashMap<String, StoredComment> =
            comments_by_ids(tx, source_id, &ids).await?.into_iter().map(|comment| (comment.id.clone(), comment)).collect();
        for (id, uid) in wanted {
            if let Some(comment) = comments.get(id) {
                found.insert(uid.clone(), comment.clone());
            }
        }
    }
    Ok(found)
}

/// The comments of a source with these ids, in no particular order.
pub(crate) async fn comments_by_ids(tx: &mut Tx, source_id: Id, ids: &[&str]) -> Result<Vec<StoredComment>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    for chunk in ids.chunks(KEYS_AT_ONCE) {
        let keys = padded(chunk);
        let sql = format!("{SELECT} WHERE c.source_id = $1 AND c.comment_id IN ({})", placeholders(2, keys.len()));
        let mut args = args![source_id];
        args.extend(keys.into_iter().map(Value::from));
        found.extend(comments(tx, &sql, args).await?);
    }
    Ok(found)
}

/// The comments at these positions, ascending; positions that no longer exist are left out.
/// The caller got the positions from rows of its tenant.
pub async fn comments_by_seqs(tx: &mut Tx, seqs: &[i64]) -> Result<Vec<StoredComment>> {
    let mut found = Vec::with_capacity(seqs.len());
    let mut seqs = seqs.to_vec();
    seqs.sort_unstable();
    seqs.dedup();
    for chunk in seqs.chunks(KEYS_AT_ONCE) {
        let keys = padded(chunk);
        let sql = format!("{SELECT} WHERE c.seq IN ({}) ORDER BY c.seq", placeholders(1, keys.len()));
        found.extend(comments(tx, &sql, keys.into_iter().map(Value::from).collect()).await?);
    }
    Ok(found)
}

/// All comments of some conversations of a source, oldest first.
pub async fn comments_of_threads(tx: &mut Tx, source_id: Id, threads: &[&str]) -> Result<Vec<StoredComment>> {
    let mut found = Vec::new();
    for chunk in threads.chunks(KEYS_AT_ONCE) {
        let keys = padded(chunk);
        let list = placeholders(2, keys.len());
        let sql = format!("{SELECT} WHERE c.source_id = $1 AND c.thread_id IN ({list}) ORDER BY c.timestamp_us, c.seq");
        let mut args = args![source_id];
        args.extend(keys.into_iter().map(Value::from));
        found.extend(comments(tx, &sql, args).await?);
    }
    Ok(found)
}

/// The comments of these sources after a position, in ingestion order.
pub async fn scan_by_seq(tx: &mut Tx, source_ids: &[Id], after_seq: i64, limit: usize) -> Result<Vec<StoredComment>> {
    let mut found = Vec::new();
    for source_id in distinct(source_ids) {
        let sql = format!("{SELECT} WHERE c.source_id = $1 AND c.seq > $2 ORDER BY c.seq LIMIT $3");
        found.extend(comments(tx, &sql, args![source_id, after_seq, to_limit(limit)]).await?);
    }
    found.sort_by_key(|comment| comment.seq);
    found.truncate(limit);
    Ok(found)
}

/// The comments of these sources within the bounds, newest first, after the one `before` stands for.
pub async fn scan_recent(
    tx: &mut Tx,
    source_ids: &[Id],
    before: Option<(Timestamp, i64)>,
    bounds: &TimeBounds,
    limit: usize,
) -> Result<Vec<StoredComment>> {
    let (least, most) = bounds.ends();
    let (before_us, before_seq) = before.map_or((i64::MAX, i64::MAX), |(at, seq)| (at.micros(), seq));
    let mut found = Vec::new();
    for source_id in distinct(source_ids) {
        let sql = format!(
            "{SELECT} WHERE c.source_id = $1 AND c.timestamp_us >= $2 AND c.timestamp_us <= $3
            AND (c.timestamp_us, c.seq) < ($4, $5) ORDER BY c.timestamp_us DESC, c.seq DESC LIMIT $6"
        );
        let args = args![source_id, least, most.min(before_us), before_us, before_seq, to_limit(limit)];
        found.extend(comments(tx, &sql, args).await?);
    }
    found.sort_by_key(|comment| std::cmp::Reverse((comment.timestamp, comment.seq)));
    found.truncate(limit);
    Ok(found)
}

/// One page of a source in the order of timestamps, after the comment the cursor stands for.
pub(crate) async fn page_by_time(
    tx: &mut Tx,
    source_id: Id,
    after: Option<(Timestamp, i64)>,
    bounds: &TimeBounds,
    limit: usize,
) -> Result<Vec<StoredComment>> {
    let (least, most) = bounds.ends();
    let (after_us, after_seq) = after.map_or((i64::MIN, i64::MIN), |(at, seq)| (at.micros(), seq));
    let sql = format!(
        "{SELECT} WHERE c.source_id = $1 AND c.timestamp_us >= $2 AND c.timestamp_us <= $3
        AND (c.timestamp_us, c.seq) > ($4, $5) ORDER BY c.timestamp_us, c.seq LIMIT $6"
    );
    let args = args![source_id, least.max(after_us), most, after_us, after_seq, to_limit(limit)];
    comments(tx, &sql, args).await
}

/// Thread ids of a source with the comment ids in each, both in order.
pub(crate) async fn threads_of(tx: &mut Tx, source_id: Id) -> Result<Vec<(String, Vec<String>)>> {
    let sql = "SELECT thread_id, comment_id FROM comments WHERE source_id = $1 AND thread_id IS NOT NULL
        ORDER BY thread_id, timestamp_us, seq";
    let mut threads: Vec<(String, Vec<String>)> = Vec::new();
    for row in tx.all(sql, args![source_id]).await? {
        let (thread, comment) = (row.text(0)?, row.text(1)?);
        match threads.last_mut() {
            Some((last, comments)) if *last == thread => comments.push(comment),
            _ => threads.push((thread, vec![comment])),
        }
    }
    Ok(threads)
}

/// The last position given out.
pub async fn head_seq(tx: &mut Tx) -> Result<i64> {
    tx.one("SELECT value FROM comment_positions WHERE name = 'comments'", vec![]).await?.int(0)
}

/// The last position of these sources whose comment was received before `at`; 0 when there is none.
pub async fn seq_before_created(tx: &mut Tx, source_ids: &[Id], at: Timestamp) -> Result<i64> {
    // Creation times never decrease with the position, so the first later comment is found by halving.
    let (mut low, mut high) = (1, head_seq(tx).await? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let sql = "SELECT created_us FROM comments WHERE seq >= $1 ORDER BY seq LIMIT 1";
        let created = tx.first(sql, args![middle]).await?.map(|row| row.time(0)).transpose()?;
        if created.is_some_and(|created| created < at) { low = middle + 1 } else { high = middle }
    }
    let mut last = 0;
    for source_id in distinct(source_ids) {
        let sql = "SELECT seq FROM comments WHERE source_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1";
        if let Some(row) = tx.first(sql, args![source_id, low]).await? {
            last = last.max(row.int(0)?);
        }
    }
    Ok(last)
}

/// How many comments these sources have.
pub async fn count_comments(tx: &mut Tx, source_ids: &[Id]) -> Result<i64> {
    count_within(tx, source_ids, &TimeBounds::default()).await
}

/// How many comments of these sources lie within the bounds.
pub(crate) async fn count_within(tx: &mut Tx, source_ids: &[Id], bounds: &TimeBounds) -> Result<i64> {
    let (least, most) = bounds.ends();
    let mut count = 0;
    for source_id in distinct(source_ids) {
        let sql = "SELECT COUNT(*) FROM comments WHERE source_id = $1 AND timestamp_us >= $2 AND timestamp_us <= $3";
        count += tx.one(sql, args![source_id, least, most]).await?.int(0)?;
    }
    Ok(count)
}

/// Notes that one dataset more (`delta` 1) or fewer (-1) has a review of this comment.
pub async fn note_reviewed(tx: &mut Tx, seq: i64, delta: i64) -> Result<()> {
    tx.execute("UPDATE comments SET n_reviewed_in = n_reviewed_in + $2 WHERE seq = $1", args![seq, delta]).await?;
    Ok(())
}

fn distinct(ids: &[Id]) -> Vec<Id> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn to_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Positions and text hashes of these sources' comments after a position, ascending: what derived data must keep up with.
pub async fn text_versions(tx: &mut Tx, source_ids: &[Id], after_seq: i64, limit: usize) -> Result<Vec<(i64, String)>> {
    let mut found = Vec::new();
    for source_id in distinct(source_ids) {
        let sql = "SELECT seq, text_hash FROM comments WHERE source_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        for row in tx.all(sql, args![source_id, after_seq, to_limit(limit)]).await? {
            found.push((row.int(0)?, row.text(1)?));
        }
    }
    found.sort_unstable();
    found.truncate(limit);
    Ok(found)
}

/// The earliest and the latest timestamp in these sources; `None` when they are empty.
pub async fn time_span(tx: &mut Tx, source_ids: &[Id]) -> Result<Option<(Timestamp, Timestamp)>> {
    let mut span: Option<(Timestamp, Timestamp)> = None;
    for source_id in distinct(source_ids) {
        let sql = "SELECT MIN(timestamp_us), MAX(timestamp_us) FROM comments WHERE source_id = $1";
        let row = tx.one(sql, args![source_id]).await?;
        let (Some(least), Some(most)) = (row.opt_int(0)?, row.opt_int(1)?) else { continue };
        let (least, most) = (Timestamp::from_micros(least), Timestamp::from_micros(most));
        span = Some(span.map_or((least, most), |(a, b)| (a.min(least), b.max(most))));
    }
    Ok(span)
}

/// Positions and versions of these sources' comments after a position, ascending.
pub async fn versions(tx: &mut Tx, source_ids: &[Id], after_seq: i64, limit: usize) -> Result<Vec<(i64, i64)>> {
    let mut found = Vec::new();
    for source_id in distinct(source_ids) {
        let sql = "SELECT seq, version FROM comments WHERE source_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        for row in tx.all(sql, args![source_id, after_seq, to_limit(limit)]).await? {
            found.push((row.int(0)?, row.int(1)?));
        }
    }
    found.sort_unstable();
    found.truncate(limit);
    Ok(found)
}
