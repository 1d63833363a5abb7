//! JSON shapes of predictions.

use std::collections::BTreeMap;

use adit_corpus::wire::Message;
use adit_datasets::wire::PredictedEntity;
use adit_kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::ThresholdWire;

/// `PredictedLabel`.
#[derive(Debug, Serialize)]
pub(crate) struct PredictedLabel {
    pub(crate) name: Vec<String>,
    pub(crate) probability: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentiment: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auto_thresholds: Option<Vec<String>>,
}

/// `TriggerLabelThreshold`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TriggerLabelThreshold {
    pub(crate) name: Vec<String>,
    pub(crate) threshold: Option<f64>,
}

/// `PredictionsModel`.
#[derive(Debug, Serialize)]
pub(super) struct PredictionsModel {
    pub(super) version: u32,
    pub(super) time: Timestamp,
}

/// `PredictDocument`.
#[derive(Debug, Deserialize)]
pub(super) struct PredictDocument {
    pub(super) timestamp: Option<Timestamp>,
    pub(super) user_properties: Option<BTreeMap<String, Value>>,
    pub(super) messages: Vec<Message>,
    pub(super) text_format: Option<String>,
}

/// `PredictRequest` and `PredictLatestRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct PredictRequest {
    pub(super) documents: Vec<PredictDocument>,
    pub(super) threshold: Option<ThresholdWire>,
    pub(super) labels: Option<Vec<TriggerLabelThreshold>>,
    #[serde(rename = "_include_comments")]
    pub(super) include_comments: Option<bool>,
}

/// `PredictResponse` and `PredictLatestResponse`.
#[derive(Debug, Serialize)]
pub(super) struct PredictResponse {
    pub(super) model: PredictionsModel,
    pub(super) predictions: Vec<Vec<PredictedLabel>>,
    pub(super) entities: Vec<Vec<PredictedEntity>>,
    /// Of datasets with sentiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sentiment: Option<Vec<CommentSentiment>>,
    /// Where the dataset shows any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label_properties: Option<Vec<Vec<Value>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) comments: Option<Vec<ParseEmailNewComment>>,
}

/// `ParseEmailNewComment`: a document as it would be stored.
#[derive(Debug, Serialize)]
pub(super) struct ParseEmailNewComment {
    pub(super) id: String,
    pub(super) timestamp: Timestamp,
    pub(super) user_properties: BTreeMap<String, Value>,
    pub(super) messages: Vec<Message>,
    pub(super) text_format: String,
    pub(super) attachments: Vec<Value>,
    pub(super) thread_id: Option<String>,
}

/// `GetCommentPredictionsRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetCommentPredictionsRequest {
    pub(super) uids: Vec<String>,
    pub(super) threshold: Option<ThresholdWire>,
    pub(super) labels: Option<Vec<TriggerLabelThreshold>>,
}

/// `GetCommentPredictionsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetCommentPredictionsResponse {
    pub(super) model: PredictionsModel,
    pub(super) predictions: Vec<CommentPrediction>,
}

/// `CommentSentiment`.
#[derive(Debug, Serialize)]
pub(super) struct CommentSentiment {
    /// From -1 to 1.
    pub(super) total: f64,
}

/// `CommentPrediction`.
#[derive(Debug, Serialize)]
pub(super) struct CommentPrediction {
    pub(super) uid: String,
    pub(super) labels: Vec<PredictedLabel>,
    pub(super) entities: Vec<PredictedEntity>,
    /// Of datasets with sentiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sentiment: Option<CommentSentiment>,
    /// Where the dataset shows any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) label_properties: Option<Vec<Value>>,
}
