//! Streams: named cursors over a dataset's comments, with the predictions of one pinned model.
//!
//! A consumer fetches a batch, works on it and advances the cursor. `/triggers` is the older spelling
//! of the same routes and is served by the same code.

mod stream_uses;
mod streams;

use adit_http::Operation;
use adit_store::Migration;

pub use stream_uses::stream_uses;
pub use streams::{exceptions_of, streams_using_version, subject, titles, usage};

/// The operations of this area.
pub fn operations() -> Vec<&'static Operation> {
    streams::OPERATIONS.to_vec()
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { number: 500, name: "streams", sql: include_str!("../migrations/0500_streams.sql") },
        Migration { number: 501, name: "stream_exceptions", sql: include_str!("../migrations/0501_stream_exceptions.sql") },
    ]
}
