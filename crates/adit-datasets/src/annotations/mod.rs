//! What people decided about comments: labels, entities, forms, or that there is nothing to say.

mod compose;
mod jobs;
mod list;
mod rules;
mod spans;
mod store;
mod sync;
#[cfg(test)]
mod tests;
mod update;
pub(crate) mod wire;
mod write;

use adit_http::Operation;

pub use compose::annotated_comment;
pub(crate) use jobs::jobs;
pub use store::methods::{ReviewMethods, met_by_search, review_methods};
pub use store::read::{
    Annotation, AssignedLabel, TrainingRow, annotations_of, assigned_signs, count_reviewed, reviewed_after, training_rows,
    with_field_decisions, without_field_decisions,
};
pub(crate) use store::{copy_annotations, forget_labels, forget_reviews, merge_labels, n_comments_with};

pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&list::OPERATION, &update::OPERATION, &sync::OPERATION]
}
