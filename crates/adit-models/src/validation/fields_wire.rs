//! JSON shapes of the validation of fields and of forms.

use std::collections::BTreeMap;

use serde::Serialize;

use super::wire::{CooccurringLabels, Kinded, LabelHealth, OptimalThreshold};

/// Counts and scores that all shapes on fields share.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Counts {
    pub(super) num_train_entities: usize,
    pub(super) num_test_entities: usize,
    pub(super) num_reviewed_entities: usize,
    pub(super) num_train_documents: usize,
    pub(super) num_test_documents: usize,
    pub(super) num_reviewed_documents: usize,
    /// Wrong and missed values of the test part.
    pub(super) error_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) precision: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recall: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) f1_score: Option<f32>,
}

/// `EntitiesPrStats`.
#[derive(Debug, Default, Serialize)]
pub(super) struct EntitiesPrStats {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) entities_by_def_id: BTreeMap<String, EntityDefIdStat>,
}

/// `EntityDefIdStat`.
#[derive(Debug, Serialize)]
pub(super) struct EntityDefIdStat {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) is_safe: bool,
    pub(super) health: EntityHealth,
}

/// `EntityAverageStats`.
#[derive(Debug, Serialize)]
pub(super) struct EntityAverageStats {
    #[serde(flatten)]
    pub(super) counts: Counts,
    pub(super) is_safe: bool,
}

/// `EntityHealth`.
#[derive(Debug, Serialize)]
pub(super) struct EntityHealth {
    /// How many more examples the field should get.
    pub(super) need_pinned: usize,
    /// How many of them it should get next.
    pub(super) need_pinned_increment: usize,
    /// Null without a score.
    pub(super) smart: Option<EntityHealthSmart>,
}

/// `EntityHealthSmart`.
#[derive(Debug, Serialize)]
pub(super) struct EntityHealthSmart {
    pub(super) score: f32,
    pub(super) warnings: Vec<Kinded>,
    pub(super) actions: Vec<Kinded>,
}

/// `MoonSummaryMetrics`.
#[derive(Debug, Serialize)]
pub(super) struct MoonSummaryMetrics {
    pub(super) num_train_captures: usize,
    pub(super) num_test_captures: usize,
    pub(super) num_reviewed_captures: usize,
    pub(super) num_train_documents: usize,
    pub(super) num_test_documents: usize,
    pub(super) num_reviewed_documents: usize,
    pub(super) intents: BTreeMap<String, IntentsValue>,
    pub(super) recalls: Vec<f32>,
    pub(super) mean_curve: MeanPrCurve,
    pub(super) average_field_stats: EntityAverageStats,
    pub(super) mean_capture_curve: MeanPrCurve,
}

/// `MeanPrCurve`.
#[derive(Debug, Serialize)]
pub(super) struct MeanPrCurve {
    pub(super) precisions: Vec<f32>,
    pub(super) mean: Option<f32>,
}

/// `IntentsValue`.
#[derive(Debug, Serialize)]
pub(super) struct IntentsValue {
    pub(super) train_size: usize,
    pub(super) test_size: usize,
    pub(super) reviewed_size: usize,
    pub(super) average_precision: f32,
    pub(super) optimal_thresholds: OptimalThreshold,
    pub(super) health: LabelHealth,
    pub(super) cooccurrence: CooccurringLabels,
    pub(super) capture_average_precision: f32,
    pub(super) num_train_captures: usize,
    pub(super) num_test_captures: usize,
    pub(super) num_reviewed_captures: usize,
}

/// `MoonValidation`.
#[derive(Debug, Serialize)]
pub(super) struct MoonValidation {
    pub(super) intent_validation: IntentValidation,
    pub(super) field_validation: MoonIntentFieldsMetrics,
}

/// `IntentValidation`.
#[derive(Debug, Serialize)]
pub(super) struct IntentValidation {
    #[serde(flatten)]
    pub(super) label: super::wire::LabelMetrics,
    pub(super) num_test_captures: usize,
    pub(super) num_train_captures: usize,
    pub(super) num_reviewed_captures: usize,
}

/// `MoonIntentFieldsMetrics`.
#[derive(Debug, Serialize)]
pub(super) struct MoonIntentFieldsMetrics {
    pub(super) field_stats: BTreeMap<String, EntityDefIdStat>,
    pub(super) average_field_stats: EntityAverageStats,
    pub(super) capture_pr: Option<PrCurve>,
    pub(super) optimal_thresholds: Option<OptimalThreshold>,
}

/// `PrCurve`.
#[derive(Debug, Serialize)]
pub(super) struct PrCurve {
    pub(super) precisions: Vec<f32>,
    pub(super) recalls: Vec<f32>,
    pub(super) thresholds: Vec<f32>,
    pub(super) average_precision: Option<f32>,
}
