//! Pauses of long work, during which other work has the processor. They change no result.

use std::cell::RefCell;
use std::sync::Arc;

/// Returns when the work may go on.
pub type Pause = Arc<dyn Fn() + Send + Sync>;

thread_local! {
    static PAUSE: RefCell<Option<Pause>> = const { RefCell::new(None) };
}

/// Does the work, and calls `pause` before each of the tasks into which this crate cuts it for its threads, and between the
/// steps of a fit.
pub fn with_pauses<T>(pause: Pause, work: impl FnOnce() -> T) -> T {
    let _before = Before(PAUSE.replace(Some(pause)));
    work()
}

/// Makes a pause where the work at hand has any: within a task that is long itself.
pub(crate) fn pause() {
    if let Some(pause) = of_this_thread() {
        pause();
    }
}

/// What is called before each task on this thread.
pub(crate) fn of_this_thread() -> Option<Pause> {
    PAUSE.with_borrow(Clone::clone)
}

/// Restored at the end, also when the work panics.
struct Before(Option<Pause>);

impl Drop for Before {
    fn drop(&mut self) {
        PAUSE.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::with_pauses;
    use crate::classifier::for_each_index;

    #[test]
    fn every_task_is_preceded_by_a_pause_also_within_a_task() {
        let n_pauses = Arc::new(AtomicUsize::new(0));
        let count = n_pauses.clone();
        let pause = Arc::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let work = || for_each_index(4, 2, |n| for_each_index(3, 2, |k| n * k).iter().sum::<usize>());
        assert_eq!(with_pauses(pause, work), [0, 3, 6, 9]);
        assert_eq!(n_pauses.load(Ordering::SeqCst), 4 + 4 * 3);
        assert_eq!(work(), [0, 3, 6, 9]);
        assert_eq!(n_pauses.load(Ordering::SeqCst), 16, "only the work that was given is paused");
    }
}
