//! JSON shapes of validation.

use std::collections::BTreeMap;

use adit_datasets::wire::{EntityDef, LabelGroup};
use adit_kernel::Timestamp;
use adit_ml::validation::Interval;
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
    pub(super) cooccurrence: Cooccurrence,
    pub(super) has_uninformative: bool,
    #[serde(rename = "_mean_average_precision_interval")]
    pub(super) interval: Option<Interval>,
    #[serde(rename = "_evidence")]
    pub(super) evidence: &'static str,
    #[serde(rename = "_effective_size")]
    pub(super) effective_size: Option<f32>,
    #[serde(rename = "_languages")]
    pub(super) languages: BTreeMap<String, PartScore>,
    #[serde(rename = "_sources")]
    pub(super) sources: BTreeMap<String, PartScore>,
}

/// `Coocurrence`: the share of the reviewed comments of the row's label that have the column's label, row by row.
#[derive(Debug, Serialize)]
pub(super) struct Cooccurrence {
    pub(super) row_major_matrix: Vec<f32>,
    /// Places in `labels`, whose names are in order.
    pub(super) label_indices: Vec<usize>,
}

/// `CoocurrenceLabels`: the share of the label's reviewed comments that have each of these.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CooccurringLabels {
    pub(super) rates: Vec<f32>,
    /// Places in `labels`, whose names are in order.
    pub(super) label_indices: Vec<usize>,
}

/// How a model does on one part of the comments.
#[derive(Debug, Serialize)]
pub(super) struct PartScore {
    pub(super) num_comments: usize,
    pub(super) mean_average_precision: Option<f32>,
    pub(super) mean_average_precision_interval: Option<Interval>,
    /// At the balanced thresholds, all labels together.
    #[serde(flatten)]
    pub(super) decisions: Decisions,
}

/// Precision and recall with the intervals they may truly be in.
#[derive(Debug, Serialize)]
pub(super) struct Decisions {
    pub(super) precision: Option<f32>,
    pub(super) precision_interval: Option<Interval>,
    pub(super) recall: Option<f32>,
    pub(super) recall_interval: Option<Interval>,
}

/// Decisions at the named thresholds.
#[derive(Debug, Serialize)]
pub(super) struct AtThresholds {
    pub(super) high_precision: Decisions,
    pub(super) balanced: Decisions,
    pub(super) high_recall: Decisions,
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
    /// How many of them it should get next.
    pub(super) need_pinned_increment: usize,
    pub(super) smart: Option<LabelHealthSmart>,
}

/// `LabelHealthSmart`.
#[derive(Debug, Serialize)]
pub(super) struct LabelHealthSmart {
    pub(super) score: f32,
    pub(super) warnings: Vec<Kinded>,
    pub(super) actions: Vec<Kinded>,
}

/// A warning or an action: its kind, and the other label where it is about two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Kinded {
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
}

impl Kinded {
    /// One that is nothing but its kind.
    pub(crate) fn new(kind: &'static str) -> Self {
        Self { kind, label: None }
    }
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
    pub(super) cooccurrence: CooccurringLabels,
    #[serde(flatten)]
    pub(super) proof: Proof,
}

/// How much a label's scores prove.
#[derive(Debug, Serialize)]
pub(super) struct Proof {
    #[serde(rename = "_average_precision_interval")]
    pub(super) interval: Option<Interval>,
    /// `none`, `not_enough` or `enough`.
    #[serde(rename = "_evidence")]
    pub(super) evidence: &'static str,
    /// `test_part` or `all_parts`: which comments the label is scored on.
    #[serde(rename = "_scored_on")]
    pub(super) basis: &'static str,
    /// How many of them have the label.
    #[serde(rename = "_num_scored_examples")]
    pub(super) n_scored: usize,
    #[serde(rename = "_at_thresholds", skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<AtThresholds>,
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
    #[serde(rename = "_mean_average_precision_interval")]
    pub(super) interval: Option<Interval>,
    #[serde(rename = "_evidence")]
    pub(super) evidence: &'static str,
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
    /// Scored comments on which the balanced threshold errs.
    pub(super) test_error_count: usize,
    /// Scored comments that have the label.
    pub(super) test_expected_count: usize,
    pub(super) optimal_thresholds: Option<OptimalThreshold>,
    pub(super) health: LabelHealth,
    #[serde(flatten)]
    pub(super) proof: Proof,
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
    #[serde(rename = "_encoder")]
    pub(super) encoder: EncoderStatus,
}

/// Which encoder reads the comments of a dataset; beyond the contract.
#[derive(Debug, Serialize)]
pub(super) struct EncoderStatus {
    /// Names the weights.
    pub(super) digest: String,
    /// Whether the newest model version was trained with it; nothing without one.
    pub(super) is_of_newest_version: Option<bool>,
    /// What is wrong with it, if anything.
    pub(super) warning: Option<String>,
}

/// `InferenceStats`.
#[derive(Debug, Serialize)]
pub(super) struct InferenceStats {
    pub(super) timestamp: Timestamp,
    pub(super) comments: i64,
    pub(super) inference_complete: f64,
}
