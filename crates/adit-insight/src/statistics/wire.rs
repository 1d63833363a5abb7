//! JSON shapes of statistics.

use std::collections::BTreeMap;

use adit_corpus::filter::{AttributeFilter, CommentFilter};
use adit_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `GetDatasetStatisticsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetDatasetStatisticsRequest {
    pub(super) comment_filter: Option<CommentFilter>,
    pub(super) attribute_filters: Option<Vec<AttributeFilter>>,
    pub(super) timezone: Option<String>,
    /// Parts that a later version serves.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// `GetDatasetStatisticsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetDatasetStatisticsResponse {
    pub(super) statistics: Statistics,
}

/// `Statistics`.
#[derive(Debug, Serialize)]
pub(super) struct Statistics {
    pub(super) thread_mode: bool,
    pub(super) by_labels: Vec<String>,
    pub(super) by_label_properties: Vec<String>,
    pub(super) num_comments: i64,
    pub(super) min_timestamp: Option<Timestamp>,
    pub(super) max_timestamp: Option<Timestamp>,
    pub(super) label_counts: BTreeMap<String, Sentiment>,
    pub(super) string_user_property_counts: Vec<Value>,
    pub(super) email_property_counts: Map<String, Value>,
    pub(super) thread_histogram_counts: Map<String, Value>,
    pub(super) timezone: String,
}

/// `Sentiment`: expected numbers of comments.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Sentiment {
    pub(super) positive: f64,
    pub(super) negative: f64,
}
