//! The JSON shapes of `/results`: predictions with confidences, and the definition of the model.

use adit_datasets::wire::TextSpan;
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
    pub(super) general_fields: Vec<StreamGeneralFieldPrediction>,
}

/// One label.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamLabelPrediction {
    pub(super) name: String,
    pub(super) occurrence_confidence: StreamConfidence,
    pub(super) extraction_confidence: StreamConfidence,
    pub(super) fields: Vec<StreamExtractionFieldPrediction>,
}

/// A field of a label.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamExtractionFieldPrediction {
    pub(super) name: String,
    /// Null where there is none.
    pub(super) value: Option<StreamFieldValue>,
    pub(super) text_spans: Vec<StreamTextSpan>,
}

/// A general field.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamGeneralFieldPrediction {
    pub(super) name: String,
    /// Null where there is none.
    pub(super) value: Option<StreamFieldValue>,
    /// Null where a rule finds it.
    pub(super) confidence: Option<f64>,
    pub(super) text_spans: Vec<StreamTextSpan>,
}

/// A value as it is compared and shown.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamFieldValue {
    pub(super) formatted: String,
}

/// A place in the text.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct StreamTextSpan {
    content_part: String,
    message_index: u64,
    utf16_byte_start: u64,
    utf16_byte_end: u64,
}

impl StreamTextSpan {
    pub(super) fn of(span: &TextSpan) -> Self {
        Self {
            content_part: span.content_part.clone(),
            message_index: span.message_index,
            utf16_byte_start: span.utf16_byte_start,
            utf16_byte_end: span.utf16_byte_end,
        }
    }
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
    pub(super) general_fields: Vec<FieldDefinition>,
    pub(super) field_types: Vec<FieldType>,
}

/// One label of a model.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct LabelDefinition {
    pub(super) name: String,
    pub(super) instructions: String,
    pub(super) fields: Vec<FieldDefinition>,
}

/// `ExtractionFieldDefinition` and `GeneralFieldDefinition`.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct FieldDefinition {
    pub(super) field_id: String,
    pub(super) field_type_id: String,
    pub(super) name: String,
    pub(super) instructions: String,
}

/// A type of fields.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct FieldType {
    pub(super) field_type_id: String,
    pub(super) name: String,
    pub(super) instructions: String,
    pub(super) data_type: DataType,
}

/// `DataType`.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct DataType {
    pub(super) kind: String,
}
