//! JSON shapes of statistics.

use std::collections::BTreeMap;

use adit_corpus::filter::{AttributeFilter, CommentFilter};
use adit_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GetDatasetStatisticsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetDatasetStatisticsRequest {
    pub(super) comment_filter: Option<CommentFilter>,
    pub(super) attribute_filters: Option<Vec<AttributeFilter>>,
    pub(super) label_filter: Option<Vec<String>>,
    pub(super) by_labels: Option<ByLabels>,
    pub(super) by_label_properties: Option<Vec<String>>,
    pub(super) time_resolution: Option<Resolution>,
    pub(super) string_user_property_counts: Option<Vec<PropertyCountsSettings>>,
    pub(super) email_property_counts: Option<BTreeMap<String, CountsSettings>>,
    pub(super) source_counts: Option<CountsSettings>,
    pub(super) label_timeseries: Option<bool>,
    pub(super) label_property_timeseries: Option<bool>,
    pub(super) thread_histogram: Option<BTreeMap<String, HistogramSettings>>,
    pub(super) nps_property: Option<String>,
    pub(super) thread_mode: Option<bool>,
    pub(super) timezone: Option<String>,
}

/// `ByLabels`: for which labels counts are broken down.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ByLabels {
    /// These.
    Include {
        /// Their names.
        include_labels: Vec<String>,
    },
    /// The most frequent ones.
    Top {
        /// How many.
        num_top_labels: usize,
        /// Names of labels that are not counted among them.
        exclude_labels: Vec<String>,
    },
}

/// `TimeResolution`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Resolution {
    /// One day.
    #[default]
    Day,
    /// From Monday on.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// `SourceCountsSettings` and `EmailPropertyCountsSettings`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct CountsSettings {
    /// The most frequent values, so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) limit: Option<usize>,
    /// These values, in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Vec<String>>,
}

/// `StringUserPropertyCountsSettings`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PropertyCountsSettings {
    pub(super) group_by: String,
    #[serde(flatten)]
    pub(super) counts: CountsSettings,
}

/// `ThreadHistogramSettings`.
#[derive(Debug, Deserialize)]
pub(super) struct HistogramSettings {
    pub(super) binning: Binning,
}

/// `Binning`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Binning {
    /// Bins of one width.
    Fixed {
        /// The width.
        interval: i64,
        /// Where one bin begins.
        offset: i64,
    },
    /// Bins between points.
    Custom {
        /// The points, rising.
        points: Vec<f64>,
        /// Whether there is a bin below the first point.
        negative_infinity: bool,
        /// Whether there is a bin from the last point on.
        positive_infinity: bool,
    },
    /// As many bins of one round width as fit the values.
    Variable {
        /// At most so many.
        max_bins: usize,
    },
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
    pub(super) string_user_property_counts: Vec<PropertyCounts>,
    pub(super) email_property_counts: BTreeMap<String, EmailCounts>,
    pub(super) thread_histogram_counts: BTreeMap<String, HistogramCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_counts: Option<EmailCounts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label_timeseries: Option<Series>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nps_summary: Option<NpsSummary>,
    /// Where properties are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label_property_summary: Option<LabelPropertySummary>,
    pub(super) timezone: String,
}

/// `Sentiment`: expected numbers of comments.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Sentiment {
    pub(super) positive: f64,
    pub(super) negative: f64,
}

/// Numbers of comments for each value, and how many of those have each label.
#[derive(Debug, Default, Serialize)]
pub(super) struct CountTable {
    pub(super) values: Vec<String>,
    pub(super) labels: Vec<String>,
    pub(super) num_comments: Vec<f64>,
    pub(super) num_labels: Vec<Vec<f64>>,
}

/// `StringUserPropertyCount`.
#[derive(Debug, Serialize)]
pub(super) struct PropertyCounts {
    pub(super) settings: PropertyCountsSettings,
    #[serde(flatten)]
    pub(super) table: CountTable,
}

/// `EmailPropertyCounts` and `SourceCounts`.
#[derive(Debug, Serialize)]
pub(super) struct EmailCounts {
    pub(super) settings: CountsSettings,
    #[serde(flatten)]
    pub(super) table: CountTable,
    /// For each value, where properties are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label_property_digest: Option<Vec<LabelPropertiesDigest>>,
}

/// `LabelPropertiesDigest`.
#[derive(Debug, Serialize)]
pub(super) struct LabelPropertiesDigest {
    /// In the order of the properties asked for.
    pub(super) label_property_digests: Vec<LabelPropertyDigest>,
}

/// `LabelPropertyDigest`.
#[derive(Debug, Serialize)]
pub(super) struct LabelPropertyDigest {
    pub(super) sum: f64,
}

/// `LabelPropertySummary`: sums over comments, in the order of the properties asked for.
#[derive(Debug, Default, Serialize)]
pub(super) struct LabelPropertySummary {
    pub(super) labels: Vec<LabelPropertySummaryLabel>,
    pub(super) timeseries: Vec<LabelPropertyTimeSeriesRow>,
    pub(super) totals: Vec<f64>,
}

/// `LabelPropertySummaryLabel`.
#[derive(Debug, Serialize)]
pub(super) struct LabelPropertySummaryLabel {
    pub(super) label_name: String,
    pub(super) label_property_sums: Vec<f64>,
}

/// `LabelPropertyTimeSeriesRow`.
#[derive(Debug, Serialize)]
pub(super) struct LabelPropertyTimeSeriesRow {
    pub(super) timestamp_str: String,
    pub(super) sums: Vec<f64>,
}

/// `ThreadHistogramCounts`.
#[derive(Debug, Serialize)]
pub(super) struct HistogramCounts {
    pub(super) bins: Vec<HistogramBin>,
    pub(super) labels: Vec<String>,
}

/// `HistogramBin`: from `min` on, below `max`.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct HistogramBin {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pub(super) num_comments: f64,
    pub(super) num_labels: Vec<f64>,
}

/// A series of counts, in either of two encodings.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Series {
    /// As the schema says.
    Entries(Vec<SeriesEntry>),
    /// As the official client reads it: each entry a list, the date first.
    Rows(Vec<Vec<Value>>),
}

/// `LabelTimeseriesEntry`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SeriesEntry {
    /// The first day, `YYYY-MM-DD`.
    pub(super) timestamp_str: String,
    pub(super) expected_count_any: f64,
    pub(super) expected_count_positive: f64,
    pub(super) expected_count_negative: f64,
    /// For each label of `by_labels` the positive ones, then the negative ones.
    pub(super) label_sentiment_counts: Vec<f64>,
}

/// `NpsSummary`.
#[derive(Debug, Serialize)]
pub(super) struct NpsSummary {
    pub(super) nps_property: String,
    pub(super) label_names: Vec<String>,
    /// First day, promoters, passives, detractors.
    pub(super) timeseries: Vec<Vec<String>>,
    /// Score, comments, and how many of those have each label.
    pub(super) histogram: Vec<Vec<f64>>,
    /// For each label: comments, and their net promoter score from -100 to 100.
    pub(super) bubbles: Vec<Vec<f64>>,
}
