//! JSON shapes of validation.

use std::collections::BTreeMap;

use adit_datasets::wire::{EntityDef, LabelGroup};
use adit_kernel::Timestamp;
use serde::{Deserialize, Serialize};

use super::fields_wire::{EntitiesPrStats, MoonSummaryMetrics, MoonValidation};

/// `GetValidationResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetValidationResponse {
    pub(super) entity_defs: Vec<EntityDef>,
    pub(super) label_groups: Vec<LabelGroup>,
    pub(super) validation: ValidationSummary,
    /// Only for versions that know forms of labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moon: Option<MoonSummaryMetrics>,
}

/// `ValidationSummary`.
#[derive(Debug, Serialize)]
pub(super) struct ValidationSummary {
    pub(super) fingerprint: String,
    pub(super) model_kind: &'static str,
    pub(super) version: u32,
    /// Seconds.
    pub(super) training_time: f64,
    pub(super) input_updated_at: Timestamp,
    pub(super) trained_time: Timestamp,
    pub(super) entities: EntitiesPrStats,
    pub(super) train_size: usize,
    pub(super) test_size: usize,
    pub(super) reviewed_size: usize,
    pub(super) min_comments_threshold: usize,
    pub(super) mean_average_precision_safe: Option<f32>,
    pub(super) recalls: Vec<f32>,
    pub(super) mean_precision_curve_safe: Vec<f32>,
    pub(super) labels: BTreeMap<String, LabelValidationSummary>,
    pub(super) model_rating: ModelRating,
    pub(super) has_uninformative: bool,
}

/// `OptimalThreshold`.
#[derive(Debug, Serialize)]
pub(super) struct OptimalThreshold {
    pub(super) high_precision: f32,
    pub(super) balanced: f32,
    pub(super) high_recall: f32,
}

/// `LabelHealth`.
#[derive(Debug, Serialize)]
pub(super) struct LabelHealth {
    /// How many more examples the label should get.
    pub(super) need_pinned: usize,
    pub(super) smart: Option<LabelHealthSmart>,
}

/// `LabelHealthSmart`.
#[derive(Debug, Serialize)]
pub(super) struct LabelHealthSmart {
    pub(super) score: f32,
    pub(super) warnings: Vec<Kinded>,
    pub(super) actions: Vec<Kinded>,
}

/// A warning or an action that is nothing but its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Kinded {
    pub(super) kind: &'static str,
}

/// `LabelValidationSummary`.
#[derive(Debug, Serialize)]
pub(super) struct LabelValidationSummary {
    pub(super) train_size: usize,
    pub(super) test_size: usize,
    pub(super) reviewed_size: usize,
    pub(super) average_precision: Option<f32>,
    pub(super) optimal_thresholds: Option<OptimalThreshold>,
    pub(super) health: LabelHealth,
}

/// `ModelRating`.
#[derive(Debug, Serialize)]
pub(super) struct ModelRating {
    /// 0 to 100.
    pub(super) score: u32,
    pub(super) quality: &'static str,
    pub(super) needs_refinement: bool,
    pub(super) factors: Vec<ModelRatingFactor>,
    /// Lower bounds of average, good and excellent.
    pub(super) bins: Vec<u32>,
}

/// `ModelRatingFactor`.
#[derive(Debug, Serialize)]
pub(super) struct ModelRatingFactor {
    pub(super) kind: &'static str,
    pub(super) quality: &'static str,
    /// 0 to 100.
    pub(super) score: f32,
    pub(super) dataset_actions: Vec<&'static str>,
    pub(super) label_actions: Vec<LabelAction>,
    pub(super) contributors: Vec<Contributor>,
}

/// `LabelAction`.
#[derive(Debug, Serialize)]
pub(super) struct LabelAction {
    pub(super) label: String,
    pub(super) action: Kinded,
    pub(super) warning: Kinded,
}

/// `Contributor`.
#[derive(Debug, Serialize)]
pub(super) struct Contributor {
    pub(super) kind: &'static str,
    pub(super) value: f32,
}

/// `GetValidationV1Response`.
#[derive(Debug, Serialize)]
pub(super) struct GetValidationV1Response {
    pub(super) validation: ValidationSummaryV1,
}

/// `ValidationSummaryV1`.
#[derive(Debug, Serialize)]
pub(super) struct ValidationSummaryV1 {
    pub(super) version: u32,
    pub(super) labels: Vec<LabelSummaryV1>,
    pub(super) entities: Vec<EntitySummaryV1>,
    pub(super) num_reviewed_comments: usize,
    pub(super) num_labels: usize,
    pub(super) num_amber_labels: usize,
    pub(super) num_red_labels: usize,
    pub(super) mean_average_precision_safe: Option<f32>,
    pub(super) dataset_quality: &'static str,
    pub(super) dataset_score: u32,
    pub(super) balance: Option<f32>,
    pub(super) balance_quality: Option<&'static str>,
    pub(super) coverage: Option<f32>,
    pub(super) coverage_quality: Option<&'static str>,
    pub(super) underperforming_labels_quality: Option<&'static str>,
    pub(super) all_labels_quality: Option<&'static str>,
}

/// `LabelSummaryV1`.
#[derive(Debug, Serialize)]
pub(super) struct LabelSummaryV1 {
    pub(super) name: String,
    pub(super) parts: Vec<String>,
}

/// `EntitySummaryV1`.
#[derive(Debug, Serialize)]
pub(super) struct EntitySummaryV1 {
    pub(super) name: String,
    pub(super) title: String,
}

/// `GetLabelValidationRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct GetLabelValidationRequest {
    pub(super) label: String,
    /// Asks for the validation of the label's form; whole curves come back, whatever thresholds it names.
    pub(super) moon: Option<serde_json::Value>,
}

/// `GetLabelValidationResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetLabelValidationResponse {
    pub(super) label_validation: LabelMetrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moon_validation: Option<MoonValidation>,
}

/// `LabelMetrics`: parallel arrays, thresholds descending, recalls ascending.
#[derive(Debug, Serialize)]
pub(super) struct LabelMetrics {
    pub(super) average_precision: Option<f32>,
    pub(super) train_size: usize,
    pub(super) test_size: usize,
    pub(super) reviewed_size: usize,
    pub(super) recalls: Vec<f32>,
    pub(super) precisions: Vec<f32>,
    pub(super) thresholds: Vec<f32>,
    /// Test comments on which the balanced threshold errs.
    pub(super) test_error_count: f32,
    /// Test comments that have the label.
    pub(super) test_expected_count: f32,
    pub(super) optimal_thresholds: Option<OptimalThreshold>,
    pub(super) health: LabelHealth,
}

/// `GetDatasetStatusResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetDatasetStatusResponse {
    pub(super) dataset_status: DatasetStatus,
}

/// `DatasetStatus`: shares are between 0 and 1.
#[derive(Debug, Serialize)]
pub(super) struct DatasetStatus {
    pub(super) training_complete: Option<f64>,
    pub(super) validation_complete: Option<f64>,
    pub(super) training_completion_time: Timestamp,
    pub(super) inference_complete: f64,
    pub(super) total_comments_with_text: i64,
    pub(super) inference_stats_by_version: BTreeMap<String, InferenceStats>,
    pub(super) inference_stuck: bool,
    pub(super) operation: Option<&'static str>,
}

/// `InferenceStats`.
#[derive(Debug, Serialize)]
pub(super) struct InferenceStats {
    pub(super) timestamp: Timestamp,
    pub(super) comments: i64,
    pub(super) inference_complete: f64,
}
