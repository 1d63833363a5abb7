//! Predictions come from a higher area; here is only what this area must know to show them.

use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_kernel::Result;
use adit_store::Env;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Dataset;
use crate::annotations::wire::PredictedEntity;

/// What a model expects of one comment, most likely label first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// The labels with their probabilities.
    pub labels: Vec<PredictedLabel>,
    /// The general fields, in the order of the text.
    pub entities: Vec<PredictedEntity>,
    /// Tone and quality of service as callers see them; absent where the dataset has neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_properties: Option<Vec<Value>>,
}

/// One expected label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PredictedLabel {
    /// The levels of the label's name.
    pub name: Vec<String>,
    /// Between 0 and 1.
    pub probability: f64,
    /// Between -1 and 1, in datasets with sentiment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<f64>,
}

/// The service that predicts.
#[async_trait]
pub trait Predict: Send + Sync {
    /// Predictions of the dataset's latest model in the order of `comments`; `None` when there is no model yet.
    async fn predict_latest(&self, env: &Env, dataset: &Dataset, comments: &[StoredComment]) -> Result<Option<Vec<Predictions>>>;
}

/// The service as the binary puts it into the environment; without it there are no predictions.
pub struct Predictor(pub Arc<dyn Predict>);
