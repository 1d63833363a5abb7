//! An exception is a consumer's note on a comment it could not handle: a free text per stream and comment.
//!
//! It does not move the cursor; people find the comment again through the filter `trigger_exceptions`.

mod delete;
mod put;
pub(super) mod store;
mod wire;

pub(super) use delete::{STREAM as DELETE_STREAM, TRIGGER as DELETE_TRIGGER};
pub(super) use put::{STREAM as PUT_STREAM, TRIGGER as PUT_TRIGGER};
pub use store::exceptions_of;
