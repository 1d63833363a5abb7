//! The job table and the outbox: every statement on them.

use adit_kernel::{Result, Timestamp};
use adit_store::{Tx, Value, args, dialect, placeholders};

use crate::job::{NewJob, Registry};
use crate::{Event, Job};

/// How often a job is tried before it is set aside as dead.
pub(crate) const MAX_ATTEMPTS: i64 = 8;

/// A job that a worker holds.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) payload: String,
    pub(crate) attempts: i64,
    pub(crate) fence: i64,
}

/// Where the work behind a key stands.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// Nothing to do.
    Idle,
    /// Waiting for a worker since the given instant.
    Waiting(Timestamp),
    /// Running; the progress is between 0 and 1.
    Running(f64),
}

/// How many jobs are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Waiting.
    pub n_ready: i64,
    /// Held by a worker.
    pub n_running: i64,
    /// Given up after too many failures.
    pub n_dead: i64,
    /// Events not yet turned into jobs.
    pub n_events: i64,
}

/// Enqueues `job` to run as soon as possible, unless the same work is waiting already.
pub async fn enqueue<J: Job>(tx: &mut Tx, job: &J, now: Timestamp) -> Result<()> {
    enqueue_at(tx, job, now, now).await
}

/// Enqueues `job` to run at `run_at`; the same work already waiting moves forward if that is earlier.
pub async fn enqueue_at<J: Job>(tx: &mut Tx, job: &J, now: Timestamp, run_at: Timestamp) -> Result<()> {
    let new = NewJob { name: J::NAME, key: job.key(), payload: serde_json::to_string(job)? };
    insert(tx, &new, now, run_at).await
}

async fn insert(tx: &mut Tx, job: &NewJob, now: Timestamp, run_at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO jobs (name, key, payload, state, run_at_us, enqueued_us, attempts, lease_until_us, fence, progress)
        VALUES ($1, $2, $3, 'ready', $4, $5, 0, 0, 0, 0.0)
        ON CONFLICT (key) WHERE state = 'ready' DO UPDATE SET
            payload = excluded.payload,
            run_at_us = CASE WHEN jobs.run_at_us > excluded.run_at_us THEN excluded.run_at_us ELSE jobs.run_at_us END";
    tx.execute(sql, args![job.name, &job.key, &job.payload, run_at, now]).await?;
    Ok(())
}

/// Records that `event` happened, in the transaction in which it happened.
pub async fn emit<E: Event>(tx: &mut Tx, event: &E, now: Timestamp) -> Result<()> {
    let payload = serde_json::to_string(event)?;
    tx.execute("INSERT INTO outbox (topic, payload, emitted_us) VALUES ($1, $2, $3)", args![E::TOPIC, payload, now]).await?;
    Ok(())
}

/// Turns waiting events into jobs; returns how many events it consumed.
pub(crate) async fn dispatch_events(tx: &mut Tx, registry: &Registry, now: Timestamp) -> Result<usize> {
    let sql =
        format!("SELECT id, topic, payload FROM outbox ORDER BY id LIMIT 200 {}", dialect::for_update_skip_locked(tx.engine()));
    let rows = tx.all(&sql, vec![]).await?;
    for row in &rows {
        for job in registry.react(&row.text(1)?, &row.text(2)?)? {
            insert(tx, &job, now, now).await?;
        }
        tx.execute("DELETE FROM outbox WHERE id = $1", args![row.int(0)?]).await?;
    }
    Ok(rows.len())
}

/// A condition that leaves out the jobs of these names, which are the parameters from number `first` on.
fn others_than(names: &[&str], column: &str, first: usize) -> String {
    if names.is_empty() { String::new() } else { format!("AND {column} NOT IN ({})", placeholders(first, names.len())) }
}

/// Whether there is an event or a due job with none of these names; a read, so that idle workers never take the writer.
pub(crate) async fn has_work(tx: &mut Tx, not: &[&str], now: Timestamp) -> Result<bool> {
    let sql = format!(
        "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM jobs
        WHERE ((state = 'ready' AND run_at_us <= $1) OR (state = 'running' AND lease_until_us < $1)) {} LIMIT 1",
        others_than(not, "name", 2)
    );
    let mut values = args![now];
    values.extend(not.iter().map(|name| Value::from(*name)));
    Ok(tx.first(&sql, values).await?.is_some())
}

/// Claims the oldest due job with none of these names whose key nobody works on.
pub(crate) async fn claim(
    tx: &mut Tx,
    owner: &str,
    not: &[&str],
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<Claimed>> {
    let sql = format!(
        "UPDATE jobs SET state = 'running', fence = fence + 1, attempts = attempts + 1, lease_owner = $1, lease_until_us = $2,
            progress = 0.0
         WHERE id = (
            SELECT j.id FROM jobs j
            WHERE ((j.state = 'ready' AND j.run_at_us <= $3) OR (j.state = 'running' AND j.lease_until_us < $3)) {}
              AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.key = j.key AND r.state = 'running' AND r.lease_until_us >= $3 AND r.id <> j.id)
            ORDER BY j.run_at_us, j.id LIMIT 1 {})
         RETURNING id, name, key, payload, attempts, fence",
        others_than(not, "j.name", 4),
        dialect::for_update_skip_locked(tx.engine())
    );
    let mut values = args![owner, lease_until, now];
    values.extend(not.iter().map(|name| Value::from(*name)));
    let Some(row) = tx.first(&sql, values).await? else { return Ok(None) };
    Ok(Some(Claimed {
        id: row.int(0)?,
        name: row.text(1)?,
        key: row.text(2)?,
        payload: row.text(3)?,
        attempts: row.int(4)?,
        fence: row.int(5)?,
    }))
}

/// Extends the lease and notes progress; false when the lease was lost to another worker.
pub(crate) async fn renew(tx: &mut Tx, id: i64, fence: i64, lease_until: Timestamp, progress: f64) -> Result<bool> {
    let sql = "UPDATE jobs SET lease_until_us = $3, progress = $4 WHERE id = $1 AND fence = $2 AND state = 'running'";
    Ok(tx.execute(sql, args![id, fence, lease_until, progress]).await? == 1)
}

/// Removes a finished job.
pub(crate) async fn finish(tx: &mut Tx, id: i64, fence: i64) -> Result<()> {
    tx.execute("DELETE FROM jobs WHERE id = $1 AND fence = $2", args![id, fence]).await?;
    Ok(())
}

/// Puts a job back to be tried again at `run_at`; `is_failure` tells a failed try from an orderly hand-back.
pub(crate) async fn put_back(tx: &mut Tx, job: &Claimed, run_at: Timestamp, failure: Option<&str>) -> Result<()> {
    if failure.is_some() && job.attempts >= MAX_ATTEMPTS {
        let sql = "UPDATE jobs SET state = 'dead', error = $3, lease_owner = NULL WHERE id = $1 AND fence = $2";
        tx.execute(sql, args![job.id, job.fence, failure]).await?;
        return Ok(());
    }
    // The same work may have been asked for again meanwhile; then that request stands for both.
    let is_waiting = tx.first("SELECT 1 FROM jobs WHERE key = $1 AND state = 'ready'", args![&job.key]).await?.is_some();
    if is_waiting {
        return finish(tx, job.id, job.fence).await;
    }
    let tried = if failure.is_some() { 0 } else { 1 };
    let sql = "UPDATE jobs SET state = 'ready', run_at_us = $3, error = $4, attempts = attempts - $5, lease_owner = NULL, progress = 0.0
        WHERE id = $1 AND fence = $2";
    tx.execute(sql, args![job.id, job.fence, run_at, failure, tried]).await?;
    Ok(())
}

/// Makes the jobs of a process that died claimable at once. Only right where one process owns the database.
pub(crate) async fn release_orphans(tx: &mut Tx) -> Result<u64> {
    tx.execute("UPDATE jobs SET lease_until_us = 0 WHERE state = 'running'", vec![]).await
}

/// Where the work behind `key` stands.
pub async fn state_of(tx: &mut Tx, key: &str) -> Result<JobState> {
    let sql = "SELECT state, progress, enqueued_us FROM jobs WHERE key = $1 AND state IN ('ready', 'running') ORDER BY state DESC LIMIT 1";
    let Some(row) = tx.first(sql, args![key]).await? else { return Ok(JobState::Idle) };
    Ok(if row.text(0)? == "running" { JobState::Running(row.real(1)?) } else { JobState::Waiting(row.time(2)?) })
}

/// Whether the work behind a key was given up at some time and nobody is at it now.
pub async fn is_given_up(tx: &mut Tx, key: &str) -> Result<bool> {
    let n_dead = tx.one("SELECT COUNT(*) FROM jobs WHERE key = $1 AND state = 'dead'", args![key]).await?.int(0)?;
    Ok(n_dead > 0 && state_of(tx, key).await? == JobState::Idle)
}

/// How many jobs and events there are.
pub async fn counts(tx: &mut Tx) -> Result<QueueCounts> {
    let mut counts = QueueCounts::default();
    for row in tx.all("SELECT state, COUNT(*) FROM jobs GROUP BY state", vec![]).await? {
        match row.text(0)?.as_str() {
            "ready" => counts.n_ready = row.int(1)?,
            "running" => counts.n_running = row.int(1)?,
            _ => counts.n_dead = row.int(1)?,
        }
    }
    counts.n_events = tx.one("SELECT COUNT(*) FROM outbox", vec![]).await?.int(0)?;
    Ok(counts)
}
