//! From a training's report to what callers see. Pure.

use adit_ml::validation::{Health, LabelReport, OptimalThresholds, Quality, Report, Warning};

use super::wire::{
    Contributor, Kinded, LabelAction, LabelHealth, LabelHealthSmart, LabelMetrics, LabelValidationSummary, ModelRating,
    ModelRatingFactor, OptimalThreshold,
};

/// Examples a label should have.
const WANTED_EXAMPLES: usize = 25;

/// Training examples a label needs to count in the mean average precision.
pub(super) const MIN_TRAINING_EXAMPLES: usize = 20;

/// The wire's word for a quality.
pub(super) fn quality_name(quality: Quality) -> &'static str {
    match quality {
        Quality::None => "none",
        Quality::Poor => "poor",
        Quality::Average => "average",
        Quality::Good => "good",
        Quality::Excellent => "excellent",
    }
}

/// The quality band of a share between 0 and 1.
pub(crate) fn quality_of(share: f32) -> &'static str {
    match share {
        x if x >= 0.9 => "excellent",
        x if x >= 0.7 => "good",
        x if x >= 0.5 => "average",
        _ => "poor",
    }
}

pub(super) fn optimal(thresholds: &Option<OptimalThresholds>) -> Option<OptimalThreshold> {
    thresholds.as_ref().map(|t| OptimalThreshold {
        high_precision: t.high_precision,
        balanced: t.balanced,
        high_recall: t.high_recall,
    })
}

fn warnings(label: &LabelReport) -> Vec<Kinded> {
    let n_examples = label.n_train + label.n_test;
    let mut kinds = Vec::new();
    for warning in &label.warnings {
        let kind = match warning {
            Warning::FewExamples if n_examples * 2 < WANTED_EXAMPLES => "very_low_reviewed_comments",
            Warning::FewExamples | Warning::NoTestExamples => "low_reviewed_comments",
            Warning::LowAveragePrecision if label.health == Health::Red => "very_low_average_precision",
            Warning::LowAveragePrecision | Warning::LowPrecision | Warning::LowRecall => "low_average_precision",
        };
        let warning = Kinded { kind };
        if !kinds.contains(&warning) {
            kinds.push(warning);
        }
    }
    kinds
}

/// What helps against a warning.
fn action_for(warning: &Kinded) -> Kinded {
    let kind = match warning.kind {
        "very_low_reviewed_comments" => "search_for_examples",
        "low_reviewed_comments" => "teach_unreviewed",
        _ => "correct_label",
    };
    Kinded { kind }
}

pub(super) fn health(label: &LabelReport) -> LabelHealth {
    let warnings = warnings(label);
    let mut actions: Vec<Kinded> = Vec::new();
    for action in warnings.iter().map(action_for) {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    // Without a score there is no judgement, only the wish for more examples.
    let smart = label.average_precision.map(|score| LabelHealthSmart { score, warnings, actions });
    LabelHealth { need_pinned: WANTED_EXAMPLES.saturating_sub(label.n_train + label.n_test), smart }
}

pub(super) fn label_summary(label: &LabelReport) -> LabelValidationSummary {
    LabelValidationSummary {
        train_size: label.n_train,
        test_size: label.n_test,
        reviewed_size: label.n_train + label.n_test,
        average_precision: label.average_precision,
        optimal_thresholds: optimal(&label.optimal),
        health: health(label),
    }
}

pub(super) fn label_metrics(label: &LabelReport) -> LabelMetrics {
    let expected = label.n_test as f32;
    LabelMetrics {
        average_precision: label.average_precision,
        train_size: label.n_train,
        test_size: label.n_test,
        reviewed_size: label.n_train + label.n_test,
        recalls: label.recalls.clone(),
        precisions: label.precisions.clone(),
        thresholds: label.thresholds.clone(),
        test_error_count: errors_at_balanced(label),
        test_expected_count: expected,
        optimal_thresholds: optimal(&label.optimal),
        health: health(label),
    }
}

/// Missed plus wrongly found test comments at the balanced threshold: `n (1 - r) + n r (1 - p) / p`.
fn errors_at_balanced(label: &LabelReport) -> f32 {
    let Some(optimal) = &label.optimal else { return 0.0 };
    let Some(at) = label.thresholds.iter().rposition(|threshold| *threshold >= optimal.balanced) else { return 0.0 };
    let (Some(precision), Some(recall)) = (label.precisions.get(at), label.recalls.get(at)) else { return 0.0 };
    let found = label.n_test as f32 * recall;
    let wrong = if *precision > 0.0 { found * (1.0 - precision) / precision } else { 0.0 };
    (label.n_test as f32 - found + wrong).round()
}

/// Points at which the mean curve is given.
pub(super) fn recall_grid() -> Vec<f32> {
    (0..=20).map(|n| n as f32 / 20.0).collect()
}

/// Mean over labels with enough examples of the best precision at or above each recall of the grid.
pub(super) fn mean_precision_curve(report: &Report) -> Vec<f32> {
    let safe: Vec<&LabelReport> = report
        .labels
        .iter()
        .filter(|label| label.n_train >= MIN_TRAINING_EXAMPLES && label.average_precision.is_some())
        .collect();
    let at = |label: &LabelReport, recall: f32| {
        let reached = label.recalls.iter().zip(&label.precisions).filter(|(r, _)| **r >= recall);
        reached.map(|(_, precision)| *precision).fold(0.0_f32, f32::max)
    };
    let mean = |recall: f32| safe.iter().map(|label| at(label, recall)).sum::<f32>() / safe.len().max(1) as f32;
    recall_grid().into_iter().map(mean).collect()
}

/// The rating with its four factors.
pub(super) fn rating(report: &Report) -> ModelRating {
    let mut factors = Vec::new();
    let mut factor =
        |kind, share: Option<f32>, actions: Vec<&'static str>, labels: Vec<LabelAction>, contributors: Vec<Contributor>| {
            let Some(share) = share else { return };
            let is_weak = share < 0.7;
            factors.push(ModelRatingFactor {
                kind,
                quality: quality_of(share),
                score: share * 100.0,
                dataset_actions: if is_weak { actions } else { Vec::new() },
                label_actions: labels,
                contributors,
            });
        };
    let value = |kind, value: Option<f32>| value.map(|value| Contributor { kind, value });
    let worst = worst_labels(report);
    let mean = value("mean_ap", report.mean_average_precision_any).into_iter().collect();
    factor("overall_label_health", report.all_labels_score, vec!["shuffle"], Vec::new(), mean);
    let n_red = report.labels.iter().filter(|label| label.health == Health::Red).count() as f32;
    let n_amber = report.labels.iter().filter(|label| label.health == Health::Amber).count() as f32;
    let poor =
        vec![Contributor { kind: "num_poor_labels", value: n_red }, Contributor { kind: "num_average_labels", value: n_amber }];
    factor("lowest_label_health", report.underperforming_score, Vec::new(), worst, poor);
    let coverage = value("coverage", report.coverage).into_iter().collect();
    factor("coverage", report.coverage, vec!["low_confidence"], Vec::new(), coverage);
    if let Some(balance) = &report.balance {
        let contributors = vec![Contributor { kind: "bias_model_score", value: balance.similarity }];
        factor("biased", Some(balance.score), vec!["bias"], Vec::new(), contributors);
    }
    ModelRating {
        score: report.score,
        quality: quality_name(report.quality),
        needs_refinement: report.score < 70,
        factors,
        bins: vec![50, 70, 90],
    }
}

/// The worst labels with what to do about them, worst first.
fn worst_labels(report: &Report) -> Vec<LabelAction> {
    let mut scored: Vec<&LabelReport> = report.labels.iter().filter(|label| label.average_precision.is_some()).collect();
    scored.sort_by(|a, b| a.average_precision.unwrap_or(1.0).total_cmp(&b.average_precision.unwrap_or(1.0)));
    let n_worst = scored.len().div_ceil(10);
    let action = |label: &LabelReport| {
        let warning = warnings(label).into_iter().next()?;
        Some(LabelAction { label: label.name.clone(), action: action_for(&warning), warning })
    };
    scored.into_iter().take(n_worst).filter_map(action).collect()
}
