//! A stream holds one position in the order in which comments were taken in, shared by all its consumers.
//!
//! Reading repeats the same batch until somebody advances; only the comment filter decides which comments
//! come back, label thresholds merely decide which predictions come with them. Delivery is at least once.

mod access;
mod advance;
mod create;
mod definition;
mod delete;
mod exceptions;
mod fetch;
mod get;
mod gx_fetch;
mod list;
mod position;
mod prediction;
mod reading;
mod reset;
mod results;
mod results_wire;
mod rules;
mod spelling;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_rules;
mod update;
mod wire;

use adit_http::Operation;

pub use exceptions::exceptions_of;
pub use store::{streams_using_version, subject, titles, usage};

/// The operations of streams, in both spellings.
pub(crate) static OPERATIONS: &[&Operation] = &[
    &list::STREAMS,
    &list::TRIGGERS,
    &create::STREAM,
    &create::TRIGGER,
    &get::STREAM,
    &get::TRIGGER,
    &update::STREAM,
    &update::TRIGGER,
    &delete::STREAM,
    &delete::TRIGGER,
    &fetch::STREAM,
    &fetch::TRIGGER,
    &gx_fetch::OPERATION,
    &results::CURRENT,
    &results::PREVIEW,
    &advance::STREAM,
    &advance::TRIGGER,
    &reset::STREAM,
    &reset::TRIGGER,
    &exceptions::PUT_STREAM,
    &exceptions::PUT_TRIGGER,
    &exceptions::DELETE_STREAM,
    &exceptions::DELETE_TRIGGER,
];
