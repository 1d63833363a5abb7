//! JSON shapes of themes.

use adit_datasets::{SuggestedLabel, SuggestionReasoning};
use adit_kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};

/// `GetThemesResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetThemesResponse {
    pub(super) theme_set: Option<ThemeSet>,
}

/// `ThemeSet`.
#[derive(Debug, Serialize)]
pub(super) struct ThemeSet {
    pub(super) trained_time: Timestamp,
    pub(super) themes: Vec<Theme>,
    /// Whether a quick encoder made them, because the dataset's own is not done with the comments.
    #[serde(rename = "_is_preview")]
    pub(super) is_preview: bool,
}

/// `Theme`.
#[derive(Debug, Serialize)]
pub(super) struct Theme {
    pub(super) theme_comments: Vec<ThemeComment>,
    pub(super) suggested_labels: Vec<SuggestedLabel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suggested_labels_reasoning: Option<SuggestionReasoning>,
}

/// `ThemeComment`.
#[derive(Debug, Serialize)]
pub(super) struct ThemeComment {
    pub(super) comment_uid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interpretation: Option<ThemeCommentInterpretation>,
}

/// `ThemeCommentInterpretation`: words that explain why a comment is in its theme.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ThemeCommentInterpretation {
    pub(super) content_part: &'static str,
    pub(super) message_index: usize,
    pub(super) spans: Vec<InterpretationSpan>,
}

/// `InterpretationSpan`, in bytes of UTF-16.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct InterpretationSpan {
    pub(super) utf16_byte_start: usize,
    pub(super) utf16_byte_end: usize,
    pub(super) importance: f32,
}

/// `GetThreadThemesRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetThreadThemesRequest {
    pub(super) source_id: Id,
    pub(super) thread_id: String,
}

/// `GetThreadThemesResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetThreadThemesResponse {
    pub(super) thread_themes: Vec<ThreadTheme>,
}

/// `ThreadTheme`.
#[derive(Debug, Serialize)]
pub(super) struct ThreadTheme {
    pub(super) description: String,
    pub(super) comment_indices: Vec<usize>,
}
