//! The JSON shapes of streams.
//!
//! Both spellings share them: the request check has already made sure that the body used its route's own key.

use std::collections::BTreeMap;

use adit_datasets::wire::PredictedEntity;
use adit_kernel::{Field, Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `CreateStreamRequest`, `CreateTriggerRequest` and `UpdateTriggerRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct StreamRequest {
    /// What to create or change.
    #[serde(alias = "trigger")]
    pub(super) stream: TriggerNew,
}

/// A stream as a caller describes it: `TriggerNew` and `TriggerUpdate`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TriggerNew {
    pub(super) name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    /// Kept and returned exactly as sent.
    pub(super) comment_filter: Option<Value>,
    #[serde(default)]
    pub(super) model: Field<TriggerUserModelNew>,
}

/// `TriggerUserModel` as sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct TriggerUserModelNew {
    pub(super) version: u32,
    #[serde(default)]
    pub(super) label_thresholds: Vec<TriggerLabelThresholdNew>,
}

/// `TriggerLabelThreshold` as sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct TriggerLabelThresholdNew {
    pub(super) name: Vec<String>,
    pub(super) threshold: Option<f64>,
}

/// A stream as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Trigger {
    pub(super) id: Id,
    pub(super) dataset_id: Id,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) created_at: Timestamp,
    /// May be null in the contract, but the official client insists on a time.
    pub(super) updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comment_filter: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<TriggerUserModel>,
}

/// `TriggerUserModel` as shown: the official client insists on the list and on every threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct TriggerUserModel {
    pub(super) version: u32,
    pub(super) label_thresholds: Vec<TriggerLabelThreshold>,
}

/// `TriggerLabelThreshold` as shown and stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TriggerLabelThreshold {
    pub(super) name: Vec<String>,
    pub(super) threshold: f64,
}

/// `FetchFromStreamRequest`, `PollTriggerRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct FetchFromStreamRequest {
    pub(super) size: i64,
    pub(super) max_filtered: Option<i64>,
}

/// `FetchFromStreamResponse`, `PollTriggerResponse`.
#[derive(Debug, Serialize)]
pub(super) struct FetchFromStreamResponse {
    pub(super) filtered: usize,
    pub(super) sequence_id: String,
    pub(super) results: Vec<StreamCommentResult>,
    pub(super) is_end_sequence: bool,
}

/// One comment of a fetched batch; labels and entities only when the stream has a model.
#[derive(Debug, Serialize)]
pub(super) struct StreamCommentResult {
    pub(super) comment: adit_corpus::wire::Comment,
    pub(super) sequence_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) labels: Option<Vec<PredictedLabel>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entities: Option<Vec<PredictedEntity>>,
    /// Where the dataset shows any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label_properties: Option<Vec<Value>>,
}

/// A predicted label whose name is a path.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct PredictedLabel {
    pub(super) name: Vec<String>,
    pub(super) probability: f64,
    /// Of datasets with sentiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sentiment: Option<f64>,
}

/// `AdvanceStreamRequest`, `AdvanceTriggerRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct AdvanceStreamRequest {
    pub(super) sequence_id: String,
}

/// `AdvanceStreamResponse`, `AdvanceTriggerResponse`.
#[derive(Debug, Serialize)]
pub(super) struct AdvanceStreamResponse {
    pub(super) sequence_id: String,
}

/// `ResetStreamRequest`, `ResetTriggerRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct ResetStreamRequest {
    pub(super) to_comment_created_at: Timestamp,
}

/// `ResetStreamResponse`, `ResetTriggerResponse`.
#[derive(Debug, Serialize)]
pub(super) struct ResetStreamResponse {
    pub(super) sequence_id: String,
    /// `stream` or `trigger`.
    #[serde(flatten)]
    pub(super) stream: BTreeMap<&'static str, Trigger>,
}
