//! Themes as they are stored.

use adit_datasets::LabelSuggestions;
use adit_kernel::Id;
use serde::{Deserialize, Serialize};

/// One theme; its place in the list is the one it is shown at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ThemeRecord {
    /// The comments to show, by position, the most typical first.
    pub(crate) members: Vec<i64>,
    /// Words that explain why they are together, with their weight.
    pub(crate) words: Vec<(String, f32)>,
    /// A name made of these words; empty if there are none.
    pub(crate) name: String,
    /// Labels of the taxonomy that are likely on many of the comments.
    pub(crate) likely_labels: Vec<Id>,
    /// How many comments the group has.
    pub(crate) size: usize,
    /// What a higher area suggests, where there is one that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) suggestions: Option<LabelSuggestions>,
}
