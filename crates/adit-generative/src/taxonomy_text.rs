//! A dataset's taxonomy as it is shown to a language model.

use adit_datasets::Label;
use serde::Serialize;

use crate::llm::cut;

/// The most labels that are shown.
pub(crate) const MAX_LABELS: usize = 300;
/// The longest description that is shown.
const MAX_DESCRIPTION: usize = 500;

/// One label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ShownLabel {
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
}

/// Names and descriptions of labels; what is longer than allowed is cut.
pub(crate) fn shown<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Vec<ShownLabel> {
    let show = |label: &Label| ShownLabel { name: label.name.clone(), description: cut(&label.instructions, MAX_DESCRIPTION) };
    labels.into_iter().take(MAX_LABELS).map(show).collect()
}
