//! The two filter languages of the contract, as pure functions of a comment and what is known about it.

mod attribute;
mod comment;
mod lists;
mod participants;
mod properties;
#[cfg(test)]
mod tests;

use adit_kernel::Id;

pub use attribute::AttributeFilter;
pub use comment::CommentFilter;
pub use participants::{domain_of, organisation_in};

use crate::ThreadProperties;

/// What is known about a comment beyond itself. What is not known is left at its default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// Whether somebody reviewed it, where the filter is used: in the dataset, or in any.
    pub is_reviewed: bool,
    /// How it was tagged in streams: the stream and the type of exception.
    pub exceptions: &'a [(Id, String)],
    /// Its conversation, when the filter asks for it.
    pub thread: Option<&'a ThreadProperties>,
    /// Names of its assigned labels.
    pub assigned_labels: &'a [String],
    /// Ids, names and kinds of the entities that people assigned.
    pub assigned_entities: &'a [String],
    /// Ids, names and kinds of the entities that are predicted, when the filter asks for them.
    pub predicted_entities: &'a [String],
}
