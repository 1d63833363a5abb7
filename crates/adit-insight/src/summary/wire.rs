//! JSON shapes of summaries.

use std::collections::BTreeMap;

use adit_corpus::filter::{AttributeFilter, CommentFilter};
use serde::{Deserialize, Serialize};

/// `GetDatasetSummaryRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetDatasetSummaryRequest {
    pub(super) thread_mode: Option<bool>,
    pub(super) filter: Option<CommentFilter>,
    pub(super) label_filter: Option<Vec<String>>,
    pub(super) attribute_filters: Option<Vec<AttributeFilter>>,
}

/// `GetDatasetSummaryResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetDatasetSummaryResponse {
    pub(super) summary: DatasetSummary,
}

/// `DatasetSummary`.
#[derive(Debug, Serialize)]
pub(super) struct DatasetSummary {
    pub(super) user_properties: DatasetUserPropertiesSummary,
    pub(super) label_properties: Vec<String>,
    pub(super) source_kinds: Vec<String>,
    pub(super) source_names: Vec<String>,
    pub(super) annotation_metadata: AnnotationMetadataCount,
    pub(super) labels: Vec<SingleLabelSummary>,
    pub(super) entity_defs: Vec<EntityDefSummary>,
    pub(super) email_properties: BTreeMap<&'static str, ValuesSummary>,
    /// By the id of the stream.
    pub(super) trigger_exceptions: BTreeMap<String, TriggerExceptionsSummary>,
    pub(super) attachments_common_types_extensions: BTreeMap<String, Vec<String>>,
    pub(super) attachments_file_extensions: BTreeMap<String, Vec<String>>,
}

/// `TriggerExceptionsSummary`.
#[derive(Debug, Serialize)]
pub(super) struct TriggerExceptionsSummary {
    pub(super) display_name: String,
    pub(super) types: Vec<String>,
}

/// `DatasetUserPropertiesSummary`.
#[derive(Debug, Serialize)]
pub(super) struct DatasetUserPropertiesSummary {
    pub(super) number: Vec<Named>,
    pub(super) string: Vec<StringProperty>,
}

/// A number property.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub(super) full_name: String,
}

/// `DatasetUserPropertiesSummaryString`.
#[derive(Debug, Serialize)]
pub(super) struct StringProperty {
    pub(super) full_name: String,
    #[serde(flatten)]
    pub(super) values: ValuesSummary,
}

/// Values, or as many of them as are worth listing.
#[derive(Debug, Default, Serialize)]
pub(super) struct ValuesSummary {
    pub(super) too_many_values: bool,
    pub(super) values: Vec<Valued>,
}

/// One value.
#[derive(Debug, Serialize)]
pub(super) struct Valued {
    pub(super) value: String,
}

/// `AnnotationMetadataCount`.
#[derive(Debug, Serialize)]
pub(super) struct AnnotationMetadataCount {
    pub(super) unknown: i64,
    pub(super) other: i64,
    pub(super) retrieved_by_text_search: i64,
    pub(super) shuffle_label_unfiltered: i64,
    pub(super) clusters_unfiltered: i64,
    pub(super) low_confidence: i64,
    pub(super) teach_label_reviewed: i64,
    pub(super) teach_label_unreviewed: i64,
}

/// `SingleLabelSummary`.
#[derive(Debug, Serialize)]
pub(super) struct SingleLabelSummary {
    pub(super) name: String,
    pub(super) unfiltered_assigned: LabelCounts,
    pub(super) filtered: LabelCounts,
    /// The balanced one of the newest version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) threshold: Option<f32>,
    pub(super) title: String,
    /// As the newest version's validation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) health: Option<serde_json::Value>,
}

/// `LabelCounts`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct LabelCounts {
    pub(super) positive: i64,
    pub(super) negative: i64,
}

/// `EntityDefSummary`.
#[derive(Debug, Serialize)]
pub(super) struct EntityDefSummary {
    pub(super) id: String,
    /// As the newest version's validation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) health: Option<serde_json::Value>,
    pub(super) unfiltered_assigned: i64,
}

/// `GetDatasetUserPropertiesSummaryResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetDatasetUserPropertiesSummaryResponse {
    pub(super) user_properties: UserPropertiesSummary,
}

/// `UserPropertiesSummary`.
#[derive(Debug, Serialize)]
pub(super) struct UserPropertiesSummary {
    pub(super) number: Vec<NumberUserPropertySummary>,
    pub(super) string: Vec<StringUserPropertySummary>,
}

/// `NumberUserPropertySummary`.
#[derive(Debug, Serialize)]
pub(super) struct NumberUserPropertySummary {
    pub(super) full_name: String,
    pub(super) count: i64,
}

/// `StringUserPropertySummary`.
#[derive(Debug, Serialize)]
pub(super) struct StringUserPropertySummary {
    pub(super) full_name: String,
    pub(super) count: i64,
    pub(super) cardinality: usize,
    pub(super) values: Vec<Counted>,
}

/// `StringUserPropertyCountSingle`.
#[derive(Debug, Serialize)]
pub(super) struct Counted {
    pub(super) value: String,
    pub(super) count: i64,
}

/// `QueryDatasetUserPropertyValuesRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct QueryDatasetUserPropertyValuesRequest {
    pub(super) limit: Option<i64>,
    pub(super) filter: Option<QueryDatasetUserPropertyValuesFilter>,
}

/// `QueryDatasetUserPropertyValuesFilter`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct QueryDatasetUserPropertyValuesFilter {
    pub(super) comment_filter: Option<CommentFilter>,
    pub(super) attribute_filters: Option<Vec<AttributeFilter>>,
}

/// `QueryDatasetUserPropertyValuesResponse`.
#[derive(Debug, Serialize)]
pub(super) struct QueryDatasetUserPropertyValuesResponse {
    pub(super) user_property: StringUserPropertySummary,
}
