//! Who goes first: requests and trainings, which people wait for, before what a version says about everything else.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use adit_kernel::{Error, Result};
use tokio::sync::oneshot;

/// How long background work makes way for what people wait for: this often, this long.
const MAX_WAITS: usize = 100;
const WAIT: Duration = Duration::from_millis(25);

/// How much less of a contended core background threads get: a tenth of what a request gets.
#[cfg(target_os = "linux")]
const BACKGROUND_NICENESS: i32 = 10;

tokio::task_local! {
    static IS_BACKGROUND: ();
}

/// Work that people wait for.
#[derive(Default)]
pub(crate) struct UrgentWork {
    n_running: AtomicUsize,
    last_end: Mutex<Option<Instant>>,
}

/// Lives as long as a piece of urgent work does.
pub struct Urgent<'a>(&'a UrgentWork);

impl UrgentWork {
    pub(crate) fn begin(&self) -> Urgent<'_> {
        self.n_running.fetch_add(1, Ordering::SeqCst);
        Urgent(self)
    }

    /// Whether something urgent is going on or ended less than `span` ago.
    pub(crate) fn is_near(&self, span: Duration) -> bool {
        let last_end = *self.last_end.lock().unwrap_or_else(PoisonError::into_inner);
        self.n_running.load(Ordering::SeqCst) > 0 || last_end.is_some_and(|end| end.elapsed() < span)
    }

    /// Waits while something urgent is going on or has just ended, but not forever. A client that asks one thing after
    /// another leaves gaps too short to be worth using.
    pub(crate) async fn make_way(&self) {
        for _ in 0..MAX_WAITS {
            if !self.is_near(WAIT) {
                return;
            }
            tokio::time::sleep(WAIT).await;
        }
    }
}

impl Drop for Urgent<'_> {
    fn drop(&mut self) {
        *self.0.last_end.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.n_running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs a job whose computations step back behind those of requests and trainings.
pub(crate) async fn in_background<F: Future>(job: F) -> F::Output {
    IS_BACKGROUND.scope((), job).await
}

/// Whether the work at hand is a job that steps back.
pub(crate) fn is_background() -> bool {
    IS_BACKGROUND.try_with(|()| ()).is_ok()
}

/// Runs CPU work off the async threads. In a job that steps back it runs on a thread of its own, which the system
/// gives less time than the others, as it does the threads which that one starts.
///
/// # Errors
/// The work panicked, or the thread could not be started.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    if !is_background() {
        return tokio::task::spawn_blocking(work).await.map_err(|e| Error::wrap("a computation panicked", e));
    }
    let (done, result) = oneshot::channel();
    let begin = move || {
        step_back();
        // Nobody waits for the result of a job that was cancelled.
        let _ = done.send(work());
    };
    std::thread::Builder::new()
        .name("background".to_owned())
        .spawn(begin)
        .map_err(|e| Error::wrap("a thread could not be started", e))?;
    result.await.map_err(|e| Error::wrap("a computation panicked", e))
}

/// Lowers the priority of this thread. Elsewhere than on Linux priorities belong to whole processes; there it is a
/// matter of [`UrgentWork::make_way`] alone.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{getpriority_process, setpriority_process};
        let lowered = getpriority_process(None).and_then(|own| setpriority_process(None, own.max(BACKGROUND_NICENESS)));
        if let Err(error) = lowered {
            tracing::debug!(error = %error, "background work keeps its priority");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn background_work_waits_for_what_is_urgent_and_for_a_moment_more() {
        let work = UrgentWork::default();
        work.make_way().await;
        let urgent = work.begin();
        assert!(tokio::time::timeout(WAIT * 3, work.make_way()).await.is_err(), "it must wait");
        drop(urgent);
        assert!(work.is_near(Duration::from_secs(60)), "it has just ended");
        work.make_way().await;
        assert!(!work.is_near(WAIT), "the way was made for a moment more");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn background_threads_and_those_they_start_are_less_important_than_others() -> Result<()> {
        let niceness = || {
            let own = rustix::process::getpriority_process(None);
            let of_child = std::thread::scope(|scope| scope.spawn(|| rustix::process::getpriority_process(None)).join());
            (own.ok(), of_child.ok().and_then(std::result::Result::ok))
        };
        let before = off_thread(niceness).await?;
        let lowered = in_background(async { off_thread(niceness).await }).await?;
        let of_this = before.0.unwrap_or_default();
        // As high as the system lets it go, where the tests themselves run with a lower priority.
        let expected = (of_this.max(BACKGROUND_NICENESS), of_this.max(BACKGROUND_NICENESS));
        assert_eq!((lowered.0, lowered.1), (Some(expected.0), Some(expected.1)));
        assert_eq!(off_thread(niceness).await?, before, "other threads keep theirs");
        Ok(())
    }

    #[tokio::test]
    async fn a_panic_in_background_work_is_an_error() {
        let outcome = in_background(async { off_thread(|| assert_eq!(1, 2)).await }).await;
        assert!(outcome.is_err());
    }
}
