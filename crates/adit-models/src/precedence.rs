//! Who goes first: requests and trainings, which people wait for, before what a version says about everything else.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use adit_kernel::{Error, Result};
use adit_ml::with_pauses;
use tokio::sync::oneshot;

/// How long background work makes way for what people wait for: this often, this long.
const MAX_WAITS: usize = 100;
const WAIT: Duration = Duration::from_millis(25);

/// How much less of a contended core background threads get: a tenth of what a request gets.
#[cfg(target_os = "linux")]
const BACKGROUND_NICENESS: i32 = 10;

tokio::task_local! {
    /// In jobs that step back: what they step back behind.
    static BEHIND: Arc<UrgentWork>;
}

/// How long background work has its turn when it made way as long as it should and people still wait.
const TURN: Duration = Duration::from_millis(250);

/// Work that people wait for.
#[derive(Default)]
pub(crate) struct UrgentWork {
    n_running: AtomicUsize,
    last_end: Mutex<Option<Instant>>,
    turn_ends: Mutex<Option<Instant>>,
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

    /// Waits while something urgent is going on or has just ended, but not forever: after the longest wait all that step
    /// back have a turn. A client that asks one thing after another leaves gaps too short to be worth using.
    pub(crate) async fn make_way(&self) {
        for n_waits in 0.. {
            if !self.must_wait(n_waits) {
                return;
            }
            tokio::time::sleep(WAIT).await;
        }
    }

    /// The same, for a computation on a thread of its own.
    fn make_way_here(&self) {
        for n_waits in 0.. {
            if !self.must_wait(n_waits) {
                return;
            }
            std::thread::sleep(WAIT);
        }
    }

    /// Whether somebody who steps back and has waited so often must wait once more.
    fn must_wait(&self, n_waits: usize) -> bool {
        let mut turn_ends = self.turn_ends.lock().unwrap_or_else(PoisonError::into_inner);
        let is_their_turn = turn_ends.is_some_and(|end| Instant::now() < end);
        if is_their_turn || !self.is_near(WAIT) {
            return false;
        }
        if n_waits >= MAX_WAITS {
            *turn_ends = Some(Instant::now() + TURN);
        }
        n_waits < MAX_WAITS
    }
}

impl Drop for Urgent<'_> {
    fn drop(&mut self) {
        *self.0.last_end.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.n_running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs a job whose computations step back behind what is urgent.
pub(crate) async fn in_background<F: Future>(urgent: Arc<UrgentWork>, job: F) -> F::Output {
    BEHIND.scope(urgent, job).await
}

/// Whether the work at hand is a job that steps back.
pub(crate) fn is_background() -> bool {
    BEHIND.try_with(|_| ()).is_ok()
}

/// Runs CPU work off the async threads. In a job that steps back it runs on a thread of its own, which the system
/// gives less time than the others, as it does the threads which that one starts; and between its tasks it makes way.
///
/// # Errors
/// The work panicked, or the thread could not be started.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let Ok(urgent) = BEHIND.try_with(Arc::clone) else {
        return tokio::task::spawn_blocking(work).await.map_err(|e| Error::wrap("a computation panicked", e));
    };
    let (done, result) = oneshot::channel();
    let begin = move || {
        step_back();
        // Nobody waits for the result of a job that was cancelled.
        let _ = done.send(with_pauses(Arc::new(move || urgent.make_way_here()), work));
    };
    std::thread::Builder::new()
        .name("background".to_owned())
        .spawn(begin)
        .map_err(|e| Error::wrap("a thread could not be started", e))?;
    result.await.map_err(|e| Error::wrap("a computation panicked", e))
}

/// Threads for what encoders do in jobs that step back. Started when the first such job comes.
#[derive(Default)]
pub(crate) struct BackgroundThreads(OnceLock<Option<rayon::ThreadPool>>);

impl BackgroundThreads {
    /// Does the work on up to `threads` of these threads; without any, where the caller is.
    pub(crate) fn run<T: Send>(&self, threads: usize, work: impl FnOnce() -> T + Send) -> T {
        let pool = self.0.get_or_init(|| {
            let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(|_| step_back());
            let built = builder.thread_name(|index| format!("background-{index}")).build();
            built.inspect_err(|error| tracing::warn!(%error, "encoders use the same threads for jobs as for requests")).ok()
        });
        match pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
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
    use adit_ml::clustering::{Centroids, Item, ThemeOptions, themes};
    use adit_ml::{Encoder, HashEncoder};

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

    #[tokio::test]
    async fn background_work_has_its_turn_though_people_never_stop_waiting() {
        let work = UrgentWork::default();
        let _urgent = work.begin();
        let longest = WAIT * u32::try_from(MAX_WAITS).unwrap();
        assert!(tokio::time::timeout(longest * 3, work.make_way()).await.is_ok(), "it does not wait for ever");
        let its_turn = Instant::now();
        while its_turn.elapsed() < TURN / 2 {
            assert!(tokio::time::timeout(WAIT, work.make_way()).await.is_ok(), "it goes on with its turn");
        }
        tokio::time::sleep(TURN).await;
        assert!(tokio::time::timeout(WAIT * 3, work.make_way()).await.is_err(), "then it makes way again");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn encoders_work_for_jobs_at_a_lower_priority() {
        let threads = BackgroundThreads::default();
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let own = niceness();
        assert_eq!(threads.run(2, niceness), own.max(BACKGROUND_NICENESS));
        assert_eq!(niceness(), own, "the caller keeps its own");
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
        let lowered = in_background(Arc::default(), async { off_thread(niceness).await }).await?;
        let of_this = before.0.unwrap_or_default();
        // As high as the system lets it go, where the tests themselves run with a lower priority.
        let expected = (of_this.max(BACKGROUND_NICENESS), of_this.max(BACKGROUND_NICENESS));
        assert_eq!((lowered.0, lowered.1), (Some(expected.0), Some(expected.1)));
        assert_eq!(off_thread(niceness).await?, before, "other threads keep theirs");
        Ok(())
    }

    #[tokio::test]
    async fn a_computation_in_the_background_makes_way_as_well() -> Result<()> {
        let work = Arc::new(UrgentWork::default());
        let urgent = work.begin();
        let texts: Vec<String> = (0..40).map(|n| format!("text {n}")).collect();
        let cluster = move || {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let vectors = HashEncoder::new().encode(&texts);
            let item = |(text, embedding)| Item { text, embedding, novelty: 1.0 };
            let items: Vec<Item<'_>> = texts.iter().copied().zip(vectors.iter().map(Vec::as_slice)).map(item).collect();
            themes(&items, &Centroids::default(), &ThemeOptions { threads: 2, ..ThemeOptions::default() })
        };
        let computing = in_background(work.clone(), off_thread(cluster));
        tokio::pin!(computing);
        assert!(tokio::time::timeout(WAIT * 4, &mut computing).await.is_err(), "it waits");
        drop(urgent);
        assert!(tokio::time::timeout(WAIT * 400, computing).await.is_ok(), "it goes on");
        Ok(())
    }

    #[tokio::test]
    async fn a_panic_in_background_work_is_an_error() {
        let outcome = in_background(Arc::default(), async { off_thread(|| assert_eq!(1, 2)).await }).await;
        assert!(outcome.is_err());
    }
}
