//! Comments: adding, synchronising, paging, deleting, and reading them in ingestion order.

mod add;
mod batch;
mod cursor;
mod delete;
mod get;
mod list;
mod prepared;
mod rules;
mod store;
mod stored;
mod sync;
#[cfg(test)]
mod tests;
mod threads;
pub mod wire;

use adit_http::Operation;

pub use store::{
    TimeBounds, comment_by_uid, comments_by_seqs, comments_by_uids, comments_of_threads, count_comments, head_seq, note_reviewed,
    scan_by_seq, scan_recent, seq_before_created, text_versions, time_span, versions,
};
pub(crate) use store::{count_within, threads_of};
pub use stored::{CommentView, Content, StoredComment, model_text_of};
pub(crate) use threads::recipients_of;
pub use threads::{ThreadProperties, thread_properties_of};

pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&add::OPERATION, &sync::OPERATION, &list::OPERATION, &get::OPERATION, &delete::OPERATION]
}
