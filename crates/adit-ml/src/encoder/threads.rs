//! The threads of an encoder.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::encoder::weights::WeightsError;

/// Texts that one thread takes at once where a text is little work.
const TEXTS_AT_ONCE: usize = 16;

/// Threads that share work out between them, each with a pool of its own: a product of matrices is computed whole by one
/// thread. Cut in parts for several, every one of the dozens of products of a text would wait for the slowest thread.
pub(super) struct Threads {
    workers: Vec<Worker>,
}

struct Worker {
    pool: rayon::ThreadPool,
    n_waiting: AtomicUsize,
}

impl Threads {
    /// As many threads, at least one.
    pub(super) fn new(threads: usize) -> Result<Threads, WeightsError> {
        let worker = |index: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).thread_name(move |_| format!("encoder-{index}")).build();
            pool.map(|pool| Worker { pool, n_waiting: AtomicUsize::new(0) })
        };
        let workers = (0..threads.max(1)).map(worker).collect::<Result<_, _>>();
        Ok(Threads { workers: workers.map_err(|error| WeightsError::Threads(error.to_string()))? })
    }

    /// How many threads there are for a call from this thread.
    pub(super) fn count(&self) -> usize {
        if rayon::current_thread_index().is_some() { rayon::current_num_threads() } else { self.workers.len() }
    }

    /// What `work` makes of each text, in their order; of a few it is made by the caller itself.
    pub(super) fn map_texts<T: Send>(&self, texts: &[&str], work: impl Fn(&str) -> T + Sync) -> Vec<T> {
        let chunks: Vec<&[&str]> = texts.chunks(TEXTS_AT_ONCE).collect();
        let of_chunk = |n: usize| chunks[n].iter().map(|text| work(text)).collect::<Vec<_>>();
        match chunks.as_slice() {
            [few] => few.iter().map(|text| work(text)).collect(),
            _ => self.map(chunks.len(), of_chunk).into_iter().flatten().collect(),
        }
    }

    /// What `work` makes of the numbers below `n`, in their order.
    ///
    /// A caller that is a thread of some pool has it done there: who wants other threads than the encoder's brings its own.
    pub(super) fn map<T: Send>(&self, n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        if rayon::current_thread_index().is_some() {
            return (0..n).into_par_iter().with_max_len(1).map(&work).collect();
        }
        let next = AtomicUsize::new(0);
        let share = || {
            let mut done = Vec::new();
            loop {
                match next.fetch_add(1, Ordering::Relaxed) {
                    at if at < n => done.push((at, work(at))),
                    _ => return done,
                }
                if next.load(Ordering::Relaxed) < n {
                    // Whoever waits for this thread comes in between, so that little work is done soon beside much.
                    rayon::yield_now();
                }
            }
        };
        let mut idlest: Vec<&Worker> = self.workers.iter().collect();
        idlest.sort_by_key(|worker| worker.n_waiting.load(Ordering::Relaxed));
        idlest.truncate(n.max(1));
        let mut done = on_each(&idlest, &share);
        done.sort_unstable_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, made)| made).collect()
    }
}

/// What each worker makes of `share`, all together.
fn on_each<T: Send>(workers: &[&Worker], share: &(impl Fn() -> Vec<T> + Sync)) -> Vec<T> {
    let Some((first, others)) = workers.split_first() else { return Vec::new() };
    first.n_waiting.fetch_add(1, Ordering::Relaxed);
    let mut own = Vec::new();
    let mut made = first.pool.in_place_scope(|scope| {
        scope.spawn(|_| own = share());
        on_each(others, share)
    });
    first.n_waiting.fetch_sub(1, Ordering::Relaxed);
    made.append(&mut own);
    made
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Duration;

    use super::Threads;

    #[test]
    fn little_work_is_done_in_the_middle_of_much() {
        const N: usize = 2_000;
        let threads = Threads::new(1).unwrap();
        let (has_begun, is_little_done, n_after) = (AtomicBool::new(false), AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                threads.map(N, |_| {
                    has_begun.store(true, Ordering::SeqCst);
                    match is_little_done.load(Ordering::SeqCst) {
                        true => _ = n_after.fetch_add(1, Ordering::SeqCst),
                        false => std::thread::sleep(Duration::from_millis(1)),
                    }
                })
            });
            while !has_begun.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            threads.map(1, |_| is_little_done.store(true, Ordering::SeqCst));
        });
        assert!(n_after.load(Ordering::SeqCst) > 0, "it waited for the end");
    }

    #[test]
    fn results_come_in_order_from_any_threads() {
        for threads in [1, 2, 3] {
            let threads = Threads::new(threads).unwrap();
            for n in [0, 1, 2, 100] {
                let expected: Vec<usize> = (0..n).map(|at| at * at).collect();
                assert_eq!(threads.map(n, |at| at * at), expected);
                let texts: Vec<String> = (0..n).map(|at| at.to_string()).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                assert_eq!(threads.map_texts(&texts, str::to_owned), texts);
                let brought = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
                assert_eq!(brought.install(|| threads.map(n, |at| at * at)), expected);
            }
        }
    }

    #[test]
    fn who_brings_threads_has_the_work_done_there() {
        let threads = Threads::new(2).unwrap();
        let name = |_| std::thread::current().name().map(str::to_owned);
        assert!(threads.map(8, name).iter().flatten().all(|name| name.starts_with("encoder-")));
        let brought = rayon::ThreadPoolBuilder::new().num_threads(2).thread_name(|_| "brought".to_owned()).build().unwrap();
        assert!(brought.install(|| threads.map(8, name)).iter().flatten().all(|name| name == "brought"));
    }
}
