//! The queue: coalescing, retries, dead letters, fences.

use std::time::{Duration, Instant};

use adit_jobs::{Job, JobCtx, JobState, Registry, Workers, counts, drain, enqueue, state_of};
use adit_kernel::{Error, Id, Result};
use adit_tenancy::usage::{self, Meter, Used};
use serde::{Deserialize, Serialize};

use super::setting::apps;

#[derive(Serialize, Deserialize)]
struct Stubborn {
    succeeds: bool,
}

impl Job for Stubborn {
    const NAME: &'static str = "stubborn";

    fn key(&self) -> String {
        "stubborn:1".into()
    }

    async fn run(self, _ctx: JobCtx) -> Result<()> {
        if self.succeeds { Ok(()) } else { Err(Error::internal("it does not work")) }
    }
}

#[derive(Serialize, Deserialize)]
struct Panics {}

impl Job for Panics {
    const NAME: &'static str = "panics";

    fn key(&self) -> String {
        "panics:1".into()
    }

    async fn run(self, _ctx: JobCtx) -> Result<()> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn the_same_work_asked_for_twice_is_done_once() {
    for (_, app) in apps().await {
        let registry = Registry::default().job::<Stubborn>();
        let mut tx = app.env.begin().await.unwrap();
        for _ in 0..3 {
            enqueue(&mut tx, &Stubborn { succeeds: true }, app.env.now()).await.unwrap();
        }
        assert_eq!(counts(&mut tx).await.unwrap().n_ready, 1);
        tx.commit().await.unwrap();
        assert_eq!(drain(&app.env, &registry).await.unwrap(), 1);
        let mut tx = app.env.read().await.unwrap();
        assert_eq!(state_of(&mut tx, "stubborn:1").await.unwrap(), JobState::Idle);
    }
}

#[tokio::test]
async fn failures_are_retried_with_back_off_and_end_as_dead_letters() {
    for (_, app) in apps().await {
        let registry = Registry::default().job::<Stubborn>().job::<Panics>();
        let mut tx = app.env.begin().await.unwrap();
        enqueue(&mut tx, &Stubborn { succeeds: false }, app.env.now()).await.unwrap();
        enqueue(&mut tx, &Panics {}, app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut n_tries = 0;
        for _ in 0..12 {
            n_tries += drain(&app.env, &registry).await.unwrap();
            // Right after a failure nothing is due.
            assert_eq!(drain(&app.env, &registry).await.unwrap(), 0);
            app.clock.advance_ms(600_000);
        }
        assert_eq!(n_tries, 16, "each is tried eight times");
        let mut tx = app.env.read().await.unwrap();
        let left = counts(&mut tx).await.unwrap();
        assert_eq!((left.n_dead, left.n_ready, left.n_running), (2, 0, 0));
    }
}

#[derive(Serialize, Deserialize)]
struct HoldsTheWriter {}

impl Job for HoldsTheWriter {
    const NAME: &'static str = "holds_the_writer";

    fn key(&self) -> String {
        "holds_the_writer:1".into()
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let mut tx = ctx.begin().await?;
        ctx.fence(&mut tx).await?;
        // Longer than a heartbeat, which wants to write as well.
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        tx.commit().await
    }
}

#[tokio::test]
async fn a_heartbeat_never_blocks_the_job_it_belongs_to() {
    for (_, app) in apps().await {
        let registry = Registry::default().job::<HoldsTheWriter>();
        let mut tx = app.env.begin().await.unwrap();
        enqueue(&mut tx, &HoldsTheWriter {}, app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        let done = tokio::time::timeout(std::time::Duration::from_secs(30), drain(&app.env, &registry)).await;
        assert_eq!(done.expect("the job and its heartbeat wait for each other").unwrap(), 1);
    }
}

/// Takes as long as it is let, while nobody waits for it.
#[derive(Serialize, Deserialize)]
struct Endless {
    n: usize,
}

impl Job for Endless {
    const NAME: &'static str = "endless";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        format!("endless:{}", self.n)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        while ctx.progress(0.5) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(Error::internal("the job was asked to stop"))
    }
}

#[tokio::test]
async fn jobs_that_step_back_leave_a_worker_for_those_that_do_not() {
    for (engine, app) in apps().await {
        let registry = Registry::default().job::<Endless>().job::<Stubborn>();
        let mut tx = app.env.begin().await.unwrap();
        for n in 0..4 {
            enqueue(&mut tx, &Endless { n }, app.env.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let workers = Workers::start(app.env.clone(), registry, 2).await.unwrap();
        let n_running = async || counts(&mut app.env.read().await.unwrap()).await.unwrap().n_running;
        while n_running().await < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut tx = app.env.begin().await.unwrap();
        enqueue(&mut tx, &Stubborn { succeeds: true }, app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.env.work_bell.notify_one();
        let began = Instant::now();
        while state_of(&mut app.env.read().await.unwrap(), "stubborn:1").await.unwrap() != JobState::Idle {
            assert!(began.elapsed() < Duration::from_secs(20), "{engine}: it waits behind jobs that nobody waits for");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(n_running().await, 2, "{engine}: no more of them than there is width for");
        workers.stop().await;
    }
}

/// Counts like a request that writes nothing.
#[derive(Serialize, Deserialize)]
struct Counts {
    tenant: Id,
}

impl Job for Counts {
    const NAME: &'static str = "counts";

    fn key(&self) -> String {
        "counts:1".into()
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        ctx.service::<Meter>()?.count(&ctx, self.tenant, Used::PredictDocuments, 3);
        Ok(())
    }
}

#[tokio::test]
async fn what_a_job_has_counted_is_written_before_the_process_ends() {
    for (engine, app) in apps().await {
        let tenant = adit_tenancy::tenants::named_or_default(&mut app.env.read().await.unwrap(), None).await.unwrap().id;
        // By itself a count is written after half a second: only what is there sooner was written by the stop.
        for attempt in 1.. {
            let mut tx = app.env.begin().await.unwrap();
            enqueue(&mut tx, &Counts { tenant }, app.env.now()).await.unwrap();
            tx.commit().await.unwrap();
            let began = Instant::now();
            let workers = Workers::start(app.env.clone(), Registry::default().job::<Counts>(), 1).await.unwrap();
            while state_of(&mut app.env.read().await.unwrap(), "counts:1").await.unwrap() != JobState::Idle {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            crate::serve::wind_up(&app.env, workers).await.unwrap();
            let rows = usage::all(&mut app.env.read().await.unwrap(), tenant).await.unwrap();
            if began.elapsed() < Duration::from_millis(450) {
                assert_eq!(rows.first().map(|row| row.amount), Some(3 * attempt), "{engine}");
                break;
            }
            assert!(attempt < 20, "{engine}: this machine is too slow to tell");
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
    }
}
