//! Work that is done later: a job table with leases and fences, worker loops, and the event outbox.
//!
//! Delivery is at least once: a job may run twice and must not care.

mod context;
mod job;
mod queue;
mod worker;

use adit_store::Migration;

pub use context::JobCtx;
pub use job::{Event, Job, Registry};
pub use queue::{JobState, QueueCounts, counts, emit, enqueue, enqueue_at, is_given_up, state_of};
pub use worker::{Workers, drain};

/// The tables of this crate.
pub fn migrations() -> Vec<Migration> {
    vec![Migration { number: 1, name: "jobs", sql: include_str!("../migrations/0001_jobs.sql") }]
}
