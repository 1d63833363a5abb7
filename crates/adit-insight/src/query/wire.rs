//! JSON shapes of queries.

use adit_corpus::filter::{AttributeFilter, CommentFilter};
use adit_datasets::wire::{AnnotatedComment, EntityDef};
use serde::{Deserialize, Serialize};

/// `QueryCommentsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct QueryCommentsRequest {
    pub(super) continuation: Option<String>,
    pub(super) limit: Option<i64>,
    pub(super) attribute_filters: Option<Vec<AttributeFilter>>,
    pub(super) collapse_mode: Option<String>,
    pub(super) filter: Option<CommentFilter>,
    pub(super) order: Order,
}

/// `Order`.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Newest first.
    Recent,
    /// A random but repeatable order.
    Sample {
        /// The same seed gives the same order.
        seed: i64,
    },
    /// Comments that have the label, then those likeliest to have it.
    ByLabel {
        /// The label; any label when absent.
        label: Option<String>,
        /// Only this sentiment.
        sentiment: Option<String>,
    },
    /// By the likeliest label, least likely first.
    AnyLabelAsc,
    /// Comments nobody reviewed, those the model is least sure of first.
    Learning {
        /// Least sure about this label; about any when absent.
        label: Option<String>,
    },
    /// Reviewed comments with a label that the model does not believe.
    Check {
        /// A field instead of labels.
        entity_def_id: Option<String>,
    },
    /// Reviewed comments without a label that the model expects.
    Missed {
        /// A field instead of labels.
        entity_def_id: Option<String>,
    },
    /// By tone or quality of service.
    LabelProperty {
        /// Which.
        label_property_id: String,
        /// `ascending` or `descending`; the highest first when absent.
        direction: Option<String>,
    },
    /// By a measure of the model's.
    Diagnostic {
        /// Which.
        diagnostic_kind: DiagnosticKind,
        /// The field that it is about; any when absent.
        entity_def_id: Option<String>,
    },
    /// Comments in which words occur, newest first.
    TextSearch {
        /// The words; those in double quotes have to follow each other.
        query: String,
    },
    /// Comments with attachments in whose names words occur, newest first.
    AttachmentTextSearch {
        /// The words.
        query: String,
    },
    /// The orders that a later version serves.
    #[serde(other)]
    Later,
}

/// `DiagnosticKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DiagnosticKind {
    /// What the reviewed comments stand for least.
    Bias,
    /// What informative labels cover best.
    Informative,
    /// What informative labels cover least.
    LabelOnlyNeglect,
    /// What labels and fields cover least.
    Neglect,
    /// A field the model is unsure of.
    TeachEntity,
    /// A field that may have been overlooked.
    MissedEntity,
    /// A field that may be wrong.
    CheckEntity,
    /// Extractions likely to be wrong.
    ExtractionErrorRate,
}

/// `QueryCommentsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct QueryCommentsResponse {
    pub(super) entity_defs: Vec<EntityDef>,
    pub(super) results: Vec<AnnotatedComment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) continuation: Option<String>,
}

/// `GetRecentCommentsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetRecentCommentsRequest {
    pub(super) limit: i64,
    pub(super) filter: CommentFilter,
    pub(super) continuation: Option<String>,
}

/// `GetRecentCommentsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetRecentCommentsResponse {
    pub(super) results: Vec<AnnotatedComment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) continuation: Option<String>,
}
