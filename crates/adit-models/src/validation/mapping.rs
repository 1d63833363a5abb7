//! From a training's report to what callers see. Pure.

use std::collections::BTreeMap;

use adit_ml::validation::{
    Basis, Decisions, Evidence, Health, LabelReport, OptimalThresholds, PartScore, Point, Quality, Report, Warning,
};

use super::wire::{
    self, AtThresholds, Contributor, Cooccurrence, CooccurringLabels, Kinded, LabelAction, LabelHealth, LabelHealthSmart,
    LabelMetrics, LabelValidationSummary, ModelRating, ModelRatingFactor, OptimalThreshold, Proof,
};

/// Examples a label should have.
const WANTED_EXAMPLES: usize = 25;
/// Examples that are asked for in one go: a batch of a training action.
pub(super) const BATCH: usize = 10;
/// Labels in the matrix of labels that hold together, the most frequent ones.
const MAX_TOGETHER: usize = 100;
/// Labels listed as holding together with one label.
const MAX_COMPANIONS: usize = 10;
/// Labels that a factor of the rating names, the worst ones.
const MAX_LABEL_ACTIONS: usize = 10;
/// A factor below this has room.
const GOOD: f32 = 0.7;
/// The share of comments met in random order that a reviewed set should have.
const WANTED_RANDOM_SHARE: f32 = 0.2;

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

/// A warning and what helps against it.
type Judged = (Kinded, Vec<Kinded>);

/// What is wrong with a label, the most pressing first, each with what helps.
pub(crate) fn judgement(label: &LabelReport) -> Vec<Judged> {
    let n_examples = label.n_train + label.n_test;
    let mut found: Vec<Judged> = Vec::new();
    for warning in &label.warnings {
        let (kind, helps) = match warning {
            Warning::FewExamples if n_examples * 2 < WANTED_EXAMPLES => {
                ("very_low_reviewed_comments", vec![Kinded::new("search_for_examples")])
            }
            Warning::FewExamples | Warning::NoTestExamples => ("low_reviewed_comments", vec![Kinded::new("teach_unreviewed")]),
            Warning::LowAveragePrecision if label.health == Health::Red => ("very_low_average_precision", doubts(label)),
            Warning::LowAveragePrecision | Warning::LowPrecision | Warning::LowRecall => ("low_average_precision", doubts(label)),
            Warning::Biased => ("biased", vec![Kinded::new("teach_unreviewed")]),
            Warning::PoorCoverage => ("poor_coverage", vec![Kinded::new("confirm_top_predicted")]),
            Warning::Confused => {
                let Some(confused) = &label.confused else { continue };
                let about = |kind| Kinded { kind, label: Some(confused.with.clone()) };
                found.push((about("confused"), vec![about(if confused.is_mutual { "merge" } else { "deconfuse" })]));
                continue;
            }
        };
        if !found.iter().any(|(known, _)| known.kind == kind || known.kind.strip_prefix("very_") == Some(kind)) {
            found.push((Kinded::new(kind), helps));
        }
    }
    found
}

/// Looking again at what was decided: first at what a model gets wrong more often.
fn doubts(label: &LabelReport) -> Vec<Kinded> {
    let balanced = label.decisions.map(|decisions| decisions.balanced).unwrap_or_default();
    let is_precise = balanced.n_taken < balanced.n_positives;
    let both = if is_precise { ["missing_label", "correct_label"] } else { ["correct_label", "missing_label"] };
    both.map(Kinded::new).into()
}

pub(super) fn health(label: &LabelReport) -> LabelHealth {
    let found = judgement(label);
    let mut actions: Vec<Kinded> = Vec::new();
    for action in found.iter().flat_map(|(_, helps)| helps) {
        if !actions.contains(action) {
            actions.push(action.clone());
        }
    }
    let warnings = found.into_iter().map(|(warning, _)| warning).collect();
    let need_pinned = WANTED_EXAMPLES.saturating_sub(label.n_train + label.n_test);
    // Without a score there is no judgement, only the wish for more examples.
    let smart = label.average_precision.map(|_| LabelHealthSmart { score: label.health_score(), warnings, actions });
    LabelHealth { need_pinned, need_pinned_increment: need_pinned.min(BATCH), smart }
}

/// The wire's word for how much a score proves.
pub(super) fn evidence_name(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::None => "none",
        Evidence::Little => "not_enough",
        Evidence::Enough => "enough",
    }
}

fn shown(point: &Point) -> wire::Decisions {
    let (precision, recall) = (point.precision(), point.recall());
    wire::Decisions {
        precision: precision.map(|(share, _)| share),
        precision_interval: precision.map(|(_, interval)| interval),
        recall: recall.map(|(share, _)| share),
        recall_interval: recall.map(|(_, interval)| interval),
    }
}

fn proof(label: &LabelReport) -> Proof {
    let at = |decisions: Decisions| AtThresholds {
        high_precision: shown(&decisions.high_precision),
        balanced: shown(&decisions.balanced),
        high_recall: shown(&decisions.high_recall),
    };
    Proof {
        interval: label.interval,
        evidence: evidence_name(label.evidence()),
        basis: match label.basis {
            Basis::TestPart => "test_part",
            Basis::AllParts => "all_parts",
        },
        n_scored: label.decisions.map_or(0, |decisions| decisions.balanced.n_positives),
        at: label.decisions.map(at),
    }
}

/// Scores of parts by the name that `named` gives them; parts without one stay out.
pub(super) fn parts(scores: &[PartScore], named: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, wire::PartScore> {
    let one = |part: &PartScore| {
        let score = wire::PartScore {
            num_comments: part.n_scored,
            mean_average_precision: part.mean_average_precision,
            mean_average_precision_interval: part.interval,
            decisions: shown(&part.decisions),
        };
        Some((named(&part.name)?, score))
    };
    scores.iter().filter_map(one).collect()
}

/// The place of each label of a report among their names in order.
fn places(report: &Report) -> Vec<usize> {
    let mut order: Vec<usize> = (0..report.labels.len()).collect();
    order.sort_by(|&a, &b| report.labels[a].name.cmp(&report.labels[b].name));
    let mut places = vec![0; order.len()];
    order.into_iter().enumerate().for_each(|(place, label)| places[label] = place);
    places
}

fn n_reviewed(label: &LabelReport) -> usize {
    label.n_train + label.n_test
}

/// How often labels hold together: the most frequent ones.
pub(super) fn cooccurrence(report: &Report) -> Cooccurrence {
    let places = places(report);
    let mut labels: Vec<usize> = (0..report.labels.len()).filter(|&at| n_reviewed(&report.labels[at]) > 0).collect();
    labels.sort_by(|&a, &b| n_reviewed(&report.labels[b]).cmp(&n_reviewed(&report.labels[a])).then(places[a].cmp(&places[b])));
    labels.truncate(MAX_TOGETHER);
    let rate = |a: usize, b: usize| {
        let label = &report.labels[a];
        let n_both =
            if a == b { n_reviewed(label) } else { label.together.iter().find(|(other, _)| *other == b).map_or(0, |it| it.1) };
        n_both as f32 / n_reviewed(label).max(1) as f32
    };
    Cooccurrence {
        row_major_matrix: labels.iter().flat_map(|&a| labels.iter().map(move |&b| (a, b))).map(|(a, b)| rate(a, b)).collect(),
        label_indices: labels.iter().map(|&label| places[label]).collect(),
    }
}

/// The labels that a label holds together with most often, its ancestors and descendants left out.
pub(super) fn companions(report: &Report, label: &LabelReport) -> CooccurringLabels {
    let places = places(report);
    let is_below = |name: &str, above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with(" > "));
    let is_other = |name: &str| !is_below(name, &label.name) && !is_below(&label.name, name);
    let mut others: Vec<(usize, usize)> = label
        .together
        .iter()
        .copied()
        .filter(|(at, _)| report.labels.get(*at).is_some_and(|other| is_other(&other.name)))
        .collect();
    others.sort_by(|a, b| b.1.cmp(&a.1).then(places[a.0].cmp(&places[b.0])));
    others.truncate(MAX_COMPANIONS);
    CooccurringLabels {
        rates: others.iter().map(|(_, n)| *n as f32 / n_reviewed(label).max(1) as f32).collect(),
        label_indices: others.iter().map(|(at, _)| places[*at]).collect(),
    }
}

pub(super) fn label_summary(report: &Report, label: &LabelReport) -> LabelValidationSummary {
    LabelValidationSummary {
        train_size: label.n_train,
        test_size: label.n_test,
        reviewed_size: n_reviewed(label),
        average_precision: label.average_precision,
        optimal_thresholds: optimal(&label.optimal),
        health: health(label),
        cooccurrence: companions(report, label),
        proof: proof(label),
    }
}

pub(super) fn label_metrics(label: &LabelReport) -> LabelMetrics {
    let balanced = label.decisions.map(|decisions| decisions.balanced);
    LabelMetrics {
        average_precision: label.average_precision,
        train_size: label.n_train,
        test_size: label.n_test,
        reviewed_size: n_reviewed(label),
        recalls: label.recalls.clone(),
        precisions: label.precisions.clone(),
        thresholds: label.thresholds.clone(),
        test_error_count: balanced.map_or(0, |point| point.n_errors()),
        test_expected_count: balanced.map_or(label.n_test, |point| point.n_positives),
        optimal_thresholds: optimal(&label.optimal),
        health: health(label),
        proof: proof(label),
    }
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
    let mut factor = |kind, share: Option<f32>, actions: Vec<&'static str>, labels: Vec<LabelAction>, contributors| {
        let Some(share) = share else { return };
        let contributors: Vec<(&'static str, Option<f32>)> = contributors;
        let contributors = contributors.into_iter().filter_map(|(kind, value)| Some(Contributor { kind, value: value? }));
        factors.push(ModelRatingFactor {
            kind,
            quality: quality_of(share),
            score: share * 100.0,
            dataset_actions: actions,
            label_actions: labels,
            contributors: contributors.collect(),
        });
    };
    let ranked = from_worst(report);
    let (worst, others) = ranked.split_at(ranked.len().div_ceil(10));
    let count = |labels: &[&LabelReport], health: Health| labels.iter().filter(|label| label.health == health).count() as f32;
    let first = |label: &LabelReport| judgement(label).into_iter().next();
    let about = |label: &LabelReport, kind: &str| judgement(label).into_iter().find(|(warning, _)| warning.kind == kind);
    factor(
        "overall_label_health",
        report.all_labels_score,
        Vec::new(),
        actions(others, first),
        vec![
            ("mean_ap", report.mean_average_precision_any),
            ("weighted_map", weighted_mean(&ranked)),
            ("num_poor_labels", Some(count(&ranked, Health::Red))),
            ("num_average_labels", Some(count(&ranked, Health::Amber))),
        ],
    );
    let share = |health| (!worst.is_empty()).then(|| count(worst, health) / worst.len() as f32);
    let known: Vec<f32> = worst.iter().filter_map(|label| label.average_precision).collect();
    factor(
        "lowest_label_health",
        report.underperforming_score,
        Vec::new(),
        actions(worst, first),
        vec![
            ("lowest_labels_poor_ratio", share(Health::Red)),
            ("lowest_labels_average_ratio", share(Health::Amber)),
            ("lowest_labels_map", (!known.is_empty()).then(|| known.iter().sum::<f32>() / known.len() as f32)),
        ],
    );
    let of_coverage =
        if report.coverage.is_some_and(|share| share < GOOD) { vec!["discover", "low_confidence"] } else { Vec::new() };
    let outlook = report.outlook;
    factor(
        "coverage",
        report.coverage,
        of_coverage,
        actions(&ranked, |label| about(label, "poor_coverage")),
        vec![
            ("coverage", report.coverage),
            ("p_any_label", outlook.map(|it| it.p_any_label)),
            ("expected_num_labels", outlook.map(|it| it.expected_num_labels)),
            ("p_uninformative", outlook.map(|it| 1.0 - it.p_any_label)),
            // No field counts as covering a comment, so that labels are all there is.
            ("label_only_coverage", outlook.map(|it| it.coverage)),
        ],
    );
    if let Some(balance) = &report.balance {
        let mut of_balance = Vec::new();
        if balance.random_share.is_some_and(|share| share < WANTED_RANDOM_SHARE) {
            of_balance.push("shuffle");
        }
        if balance.score < GOOD {
            of_balance.push("bias");
        }
        factor(
            "biased",
            Some(balance.score),
            of_balance,
            actions(&ranked, |label| about(label, "biased")),
            vec![
                ("bias_model_score", Some(balance.similarity)),
                ("shuffle_ratio", balance.random_share),
                ("rebalance_ratio", balance.rebalance_share),
                ("text_search_ratio", balance.search_share),
            ],
        );
    }
    ModelRating {
        score: report.score,
        quality: quality_name(report.quality),
        needs_refinement: report.score < 70,
        factors,
        bins: vec![50, 70, 90],
    }
}

/// Labels with examples, the least healthy first.
fn from_worst(report: &Report) -> Vec<&LabelReport> {
    let mut labels: Vec<&LabelReport> = report.labels.iter().filter(|label| n_reviewed(label) > 0).collect();
    labels.sort_by(|a, b| a.health_score().total_cmp(&b.health_score()).then_with(|| a.name.cmp(&b.name)));
    labels
}

/// Mean average precision weighted by examples.
fn weighted_mean(labels: &[&LabelReport]) -> Option<f32> {
    let known = labels.iter().filter_map(|label| Some((label.average_precision?, n_reviewed(label) as f32)));
    let (sum, n) = known.fold((0.0, 0.0), |(sum, n), (score, weight)| (sum + score * weight, n + weight));
    (n > 0.0).then(|| sum / n)
}

/// What to do about labels: of each the first thing that `of` names, at most so many.
fn actions(labels: &[&LabelReport], of: impl Fn(&LabelReport) -> Option<Judged>) -> Vec<LabelAction> {
    let action = |label: &&LabelReport| {
        let (warning, helps) = of(label)?;
        Some(LabelAction { label: label.name.clone(), action: helps.into_iter().next()?, warning })
    };
    labels.iter().filter_map(action).take(MAX_LABEL_ACTIONS).collect()
}
