//! Sources and the comments in them: what was said, when, by whom, kept exactly as it was sent.
//!
//! Every comment has a position (`seq`) in the one ingestion order of the deployment. It is given out inside the
//! writing transaction and never changes; whoever follows comments follows positions, never clocks.

mod buckets;
mod comments;
mod events;
pub mod filter;
mod sources;
#[cfg(test)]
mod tests_world;
mod usage;

use adit_http::Operation;
use adit_jobs::Registry;
use adit_store::Migration;

pub use buckets::{Bucket, bucket_by_id, count_buckets};
pub use comments::wire;
pub use comments::{
    CommentView, Content, StoredComment, ThreadProperties, TimeBounds, comment_by_uid, comments_by_seqs, comments_by_uids,
    comments_of_threads, count_comments, head_seq, model_text_of, note_reviewed, scan_by_seq, scan_recent, seq_before_created,
    text_versions, thread_properties_of, time_span, versions,
};
pub use events::{CommentsDeleted, CommentsTouched, CommentsWritten, SourceDeleted};
pub use sources::{
    Source, all_source_ids, count_sources, language_of, source_at, source_by_id, sources_by_ids, unreadable_sources, view_for,
};

pub use usage::usage;

/// What this area serves.
pub fn operations() -> Vec<&'static Operation> {
    [sources::operations(), comments::operations(), buckets::operations()].concat()
}

/// The tables of this crate.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { number: 200, name: "sources", sql: include_str!("../migrations/0200_sources.sql") },
        Migration { number: 201, name: "comments", sql: include_str!("../migrations/0201_comments.sql") },
        Migration { number: 210, name: "buckets", sql: include_str!("../migrations/0210_buckets.sql") },
        Migration { number: 240, name: "source_counts", sql: include_str!("../migrations/0240_source_counts.sql") },
    ]
}

/// This area runs no jobs; it only tells what happened.
pub fn jobs() -> Registry {
    Registry::default()
}
