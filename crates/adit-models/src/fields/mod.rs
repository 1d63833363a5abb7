//! Fields of a dataset: what a version knows about them, learns about them and finds.

mod definition;
mod document;
mod gather;
mod history;
mod ranks;
mod scores;
mod served;
pub(crate) mod store;
mod words;

use adit_http::Operation;

pub use definition::{Definition, FieldType, Form, FormSlot, Slot};
pub(crate) use document::Document;
pub use document::reviewable_blocks;
pub(crate) use gather::{corpus_without_examples, gather};
pub use ranks::FieldQuestion;
pub(crate) use ranks::{FieldRank, questions};
pub(crate) use scores::{Thresholds, thresholds};
pub use served::{ExtractedValue, Extraction, ServedFields};
pub use store::{field_rank_of, ranked_by_field};
pub use words::{assigned_entities, predicted_entities, words_of};

/// The operations on the history of fields.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&history::field::OPERATION, &history::group::OPERATION]
}
