//! The JSON shapes of `/results`: predictions with confidences, and the definition of the model.

use serde::Serialize;

/// `GetStreamResultsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetStreamResultsResponse {
    pub(super) results: Vec<StreamResult>,
    /// Null without a model.
    pub(super) model: Option<UserModel>,
    pub(super) num_filtered: usize,
    pub(super) more_results: bool,
    pub(super) continuation: String,
}

/// One comment of a batch.
#[derive(Debug, Serialize)]
pub(super) struct StreamResult {
    pub(super) comment: adit_corpus::wire::Comment,
    /// Null without a model.
    pub(super) prediction: Option<StreamCommentPrediction>,
    pub(super) continuation: String,
}

/// What the stream's model says about a comment.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamCommentPrediction {
    pub(super) taxonomies: Vec<StreamTaxonomyPrediction>,
    pub(super) scores: Vec<StreamScorePrediction>,
}

/// The predictions of one taxonomy; the only one is `default`.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamTaxonomyPrediction {
    pub(super) name: &'static str,
    pub(super) labels: Vec<StreamLabelPrediction>,
    pub(super) general_fields: Vec<serde_json::Value>,
}

/// One label.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamLabelPrediction {
    pub(super) name: String,
    pub(super) occurrence_confidence: StreamConfidence,
    pub(super) extraction_confidence: StreamConfidence,
    pub(super) fields: Vec<serde_json::Value>,
}

/// A confidence and the names of the thresholds it clears.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StreamConfidence {
    pub(super) value: f64,
    pub(super) thresholds: Vec<String>,
}

/// A score such as `tone`.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamScorePrediction {
    pub(super) name: String,
    pub(super) value: f64,
}

/// What the model was trained to predict.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct UserModel {
    pub(super) definition: ModelDefinition,
}

/// The taxonomies of a model.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ModelDefinition {
    pub(super) taxonomies: Vec<ModelTaxonomy>,
}

/// One taxonomy of a model.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ModelTaxonomy {
    pub(super) name: &'static str,
    pub(super) instructions: String,
    pub(super) labels: Vec<LabelDefinition>,
    pub(super) general_fields: Vec<serde_json::Value>,
    pub(super) field_types: Vec<serde_json::Value>,
}

/// One label of a model.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct LabelDefinition {
    pub(super) name: String,
    pub(super) instructions: String,
    pub(super) fields: Vec<serde_json::Value>,
}
