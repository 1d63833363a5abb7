//! Runs independent tasks on a few threads and gives the results in the order of the tasks.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::pauses::{self, with_pauses};

/// Runs `task` for 0 up to `n`, on up to `threads` threads; each result depends on its index alone.
pub(crate) fn for_each_index<T: Send>(n: usize, threads: usize, task: impl Fn(usize) -> T + Sync) -> Vec<T> {
    run(n, threads, &|index, _| task(index), &mut |_| true).unwrap_or_default()
}

/// As [`for_each_index`], telling `on_done` how many are done; `None` once it answers false.
///
/// A task should give up early when the flag it is handed becomes true: its result is then not used.
pub(super) fn run<T: Send>(
    n: usize,
    threads: usize,
    task: &(dyn Fn(usize, &AtomicBool) -> T + Sync),
    on_done: &mut dyn FnMut(usize) -> bool,
) -> Option<Vec<T>> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let n_threads = threads.clamp(1, n.max(1));
    if n_threads == 1 {
        return run_here(n, task, on_done);
    }
    let pause = pauses::of_this_thread();
    let mut results: Vec<Option<T>> = (0..n).map(|_| None).collect();
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..n_threads {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            let pause = pause.clone();
            let work = move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= n || stop.load(Ordering::Relaxed) {
                        break;
                    }
                    pauses::pause();
                    if sender.send((index, task(index, stop))).is_err() {
                        break;
                    }
                }
            };
            scope.spawn(move || match pause {
                Some(pause) => with_pauses(pause, work),
                None => work(),
            });
        }
        drop(sender);
        for (n_done, (index, result)) in (1..).zip(receiver) {
            results[index] = Some(result);
            if !on_done(n_done) {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    if stop.load(Ordering::Relaxed) { None } else { results.into_iter().collect() }
}

/// The same on this thread: to start another one takes longer than many a task.
fn run_here<T>(n: usize, task: &dyn Fn(usize, &AtomicBool) -> T, on_done: &mut dyn FnMut(usize) -> bool) -> Option<Vec<T>> {
    let stop = AtomicBool::new(false);
    let mut results = Vec::with_capacity(n);
    for index in 0..n {
        pauses::pause();
        results.push(task(index, &stop));
        if !on_done(index + 1) {
            return None;
        }
    }
    Some(results)
}
