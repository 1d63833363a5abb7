//! The queue: coalescing, retries, dead letters, fences.

use adit_jobs::{Job, JobCtx, JobState, Registry, counts, drain, enqueue, state_of};
use adit_kernel::{Error, Result};
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
