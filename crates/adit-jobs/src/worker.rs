//! The worker loops: claim, run with a heartbeat, finish or put back.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use adit_kernel::{Error, Result, Timestamp};
use adit_store::{Engine, Env};
use futures_util::FutureExt;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use crate::context::Lease;
use crate::queue::{self, Claimed};
use crate::{JobCtx, Registry};

const LEASE: Duration = Duration::from_secs(20);
const HEARTBEAT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(500);

/// Running workers; [`Workers::stop`] ends them in order.
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

fn after(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_micros(now.micros() + i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 4))
}

impl Workers {
    /// Starts workers for `width` jobs at the same time, and one more for the case that all of these step back. On SQLite, where one process owns the file, work left by a killed process is free at once.
    pub async fn start(env: Env, registry: Registry, width: usize) -> Result<Self> {
        if env.db.engine() == Engine::Sqlite {
            let mut tx = env.begin().await?;
            let n_orphans = queue::release_orphans(&mut tx).await?;
            tx.commit().await?;
            if n_orphans > 0 {
                tracing::info!(jobs.orphans = n_orphans, "taking up the jobs of a process that ended early");
            }
        }
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        // Without any width the jobs are left to other processes.
        let n_workers = if width == 0 { 0 } else { width + 1 };
        let seats = Arc::new(BackSeats::new(width));
        for _ in 0..n_workers {
            tasks.spawn(work(env.clone(), registry.clone(), seats.clone(), stopped.clone()));
        }
        Ok(Self { stop, tasks })
    }

    /// Asks running jobs to stop, hands their leases back and waits for the loops to end.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn work(env: Env, registry: Registry, seats: Arc<BackSeats>, mut stopped: watch::Receiver<bool>) {
    let mut bytes = [0; 8];
    env.random.fill(&mut bytes);
    let owner = hex::encode(bytes);
    while !*stopped.borrow() {
        match step(&env, &registry, &owner, &seats, &stopped).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(error = %error, "the job queue cannot be read"),
        }
        tokio::select! {
            () = env.work_bell.notified() => {}
            () = tokio::time::sleep(POLL) => {}
            _ = stopped.changed() => {}
        }
    }
}

/// Runs everything that is due, in this task, until nothing is; for tests.
pub async fn drain(env: &Env, registry: &Registry) -> Result<usize> {
    let (_stop, stopped) = watch::channel(false);
    let seats = Arc::new(BackSeats::new(1));
    let mut n_steps = 0;
    while step(env, registry, "drain", &seats, &stopped).await? {
        n_steps += 1;
    }
    Ok(n_steps)
}

/// How many jobs that step back run here at the same time, at most.
struct BackSeats {
    width: usize,
    n_taken: AtomicUsize,
    /// Held from the look at the seats until one is taken.
    claiming: Mutex<()>,
}

impl BackSeats {
    fn new(width: usize) -> BackSeats {
        BackSeats { width, n_taken: AtomicUsize::new(0), claiming: Mutex::new(()) }
    }

    fn are_taken(&self) -> bool {
        self.n_taken.load(Ordering::SeqCst) >= self.width
    }
}

/// One of the seats, until it is dropped.
struct Seat(Arc<BackSeats>);

impl Seat {
    fn take(seats: &Arc<BackSeats>) -> Seat {
        seats.n_taken.fetch_add(1, Ordering::SeqCst);
        Seat(seats.clone())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.n_taken.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Dispatches events and runs at most one job; false when there was nothing to do. Jobs that step back need a
/// seat.
async fn step(
    env: &Env,
    registry: &Registry,
    owner: &str,
    seats: &Arc<BackSeats>,
    stopped: &watch::Receiver<bool>,
) -> Result<bool> {
    let turn = seats.claiming.lock().await;
    let not: Vec<&str> = if seats.are_taken() { registry.stepping_back().collect() } else { Vec::new() };
    let mut tx = env.read().await?;
    let has_work = queue::has_work(&mut tx, &not, env.now()).await?;
    drop(tx);
    if !has_work {
        return Ok(false);
    }
    let now = env.now();
    let mut tx = env.begin().await?;
    let n_events = queue::dispatch_events(&mut tx, registry, now).await?;
    let claimed = queue::claim(&mut tx, owner, &not, now, after(now, LEASE)).await?;
    tx.commit().await?;
    let Some(job) = claimed else { return Ok(n_events > 0) };
    let _seat = registry.steps_back(&job.name).then(|| Seat::take(seats));
    drop(turn);
    // Another worker can look for work while this one runs.
    env.work_bell.notify_one();
    run(env, registry, &job, stopped).await?;
    Ok(true)
}

async fn run(env: &Env, registry: &Registry, job: &Claimed, stopped: &watch::Receiver<bool>) -> Result<()> {
    let lease = Arc::new(Lease::default());
    let ctx = JobCtx::new(env.clone(), job.id, job.fence, lease.clone());
    let outcome = match registry.runner(&job.name) {
        Some(runner) => {
            let payload = serde_json::from_str(&job.payload)?;
            let running = AssertUnwindSafe(runner(payload, ctx)).catch_unwind();
            with_heartbeat(env, job, &lease, stopped.clone(), running)
                .await
                .unwrap_or_else(|_| Err(Error::internal("the job panicked")))
        }
        None => Err(Error::internal(format!("no code for job `{}`", job.name))),
    };
    let mut tx = env.begin().await?;
    let now = env.now();
    match outcome {
        Ok(()) => {
            queue::finish(&mut tx, job.id, job.fence).await?;
            metrics::counter!("adit_jobs_total", "name" => job.name.clone(), "outcome" => "ok").increment(1);
        }
        Err(_) if *stopped.borrow() => queue::put_back(&mut tx, job, now, None).await?,
        Err(error) => {
            tracing::warn!(job.name = %job.name, job.key = %job.key, job.attempts = job.attempts, error = %error, "a job failed");
            metrics::counter!("adit_jobs_total", "name" => job.name.clone(), "outcome" => "failed").increment(1);
            let back_off = Duration::from_secs(1 << job.attempts.clamp(0, 8));
            queue::put_back(&mut tx, job, after(now, back_off), Some(&error.to_string())).await?;
        }
    }
    tx.commit().await
}

/// Awaits `running` while renewing the lease; a lost lease or a stop cancels it.
///
/// Job and heartbeat are polled side by side: the job may hold the one writer of SQLite that the heartbeat waits
/// for, so a heartbeat that kept the job from running would wait for ever.
async fn with_heartbeat<F: Future>(
    env: &Env,
    job: &Claimed,
    lease: &Lease,
    mut stopped: watch::Receiver<bool>,
    running: F,
) -> F::Output {
    let beating = async {
        loop {
            tokio::select! {
                () = tokio::time::sleep(HEARTBEAT) => {}
                Ok(()) = stopped.changed() => lease.cancel(),
            }
            if let Ok(false) = beat(env, job, lease).await {
                tracing::warn!(job.name = %job.name, "the lease was lost");
                lease.cancel();
            }
        }
    };
    tokio::select! {
        output = running => output,
        never = beating => never,
    }
}

async fn beat(env: &Env, job: &Claimed, lease: &Lease) -> Result<bool> {
    let mut tx = env.begin().await?;
    let is_held = queue::renew(&mut tx, job.id, job.fence, after(env.now(), LEASE), lease.progress()).await?;
    tx.commit().await?;
    Ok(is_held)
}
