//! Looking at a dataset: pages of annotated comments in some order, and counts over them.

mod facts;
mod query;
mod search;
mod statistics;
mod summary;
mod training_actions;

use adit_corpus::{CommentsDeleted, CommentsTouched, CommentsWritten, SourceDeleted};
use adit_http::Operation;
use adit_jobs::Registry;
use adit_store::Migration;

pub use facts::{ExceptionTable, Exceptions};
pub use search::{IndexSource, rebuild};

/// The operations this area serves.
pub fn operations() -> Vec<&'static Operation> {
    let mut operations = query::operations();
    operations.extend(statistics::operations());
    operations.extend(summary::operations());
    operations.extend(training_actions::operations());
    operations
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    let seen = include_str!("../migrations/0600_seen_training_comments.sql");
    vec![
        Migration { number: 600, name: "seen_training_comments", sql: seen },
        Migration { number: 601, name: "search", sql: include_str!("../migrations/0601_search.sql") },
    ]
}

/// The jobs of this area and what sets them off.
pub fn jobs() -> Registry {
    Registry::default()
        .job::<IndexSource>()
        .on::<CommentsWritten, IndexSource>(|event| vec![IndexSource { source_id: event.source_id }])
        .on::<CommentsTouched, IndexSource>(|event| vec![IndexSource { source_id: event.source_id }])
        .on::<CommentsDeleted, IndexSource>(|event| vec![IndexSource { source_id: event.source_id }])
        .on::<SourceDeleted, IndexSource>(|event| vec![IndexSource { source_id: event.source_id }])
}
