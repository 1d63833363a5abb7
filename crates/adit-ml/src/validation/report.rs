//! The report of a validation, and how it comes from probabilities of the test part.

use serde::{Deserialize, Serialize};

use crate::validation::curve::{average_precision, curve};
use crate::validation::rating::{Balance, Quality, coverage};

/// Labels with fewer training examples stay out of the mean average precision.
const MIN_EXAMPLES_FOR_MEAN: usize = 20;
/// Labels with fewer examples cannot be healthier than amber.
const MIN_EXAMPLES_FOR_HEALTH: usize = 25;
const RED_BELOW: f32 = 0.5;
const AMBER_BELOW: f32 = 0.75;
const WANTED_PRECISION: f32 = 0.9;
const WANTED_RECALL: f32 = 0.9;
/// How many examples the calibrated probabilities are worth when thresholds are chosen.
const EXPECTED_WEIGHT: f32 = 10.0;

/// How well a model trained on the training part does on the test part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Reviewed comments in all.
    pub n_reviewed: usize,
    /// Those that the validated model was trained on.
    pub n_train: usize,
    /// Those that it was tested on.
    pub n_test: usize,
    /// Every label, in the order of the taxonomy.
    pub labels: Vec<LabelReport>,
    /// Mean average precision of the labels with 20 training examples or more.
    pub mean_average_precision: Option<f32>,
    /// Mean average precision of every label that has one.
    pub mean_average_precision_any: Option<f32>,
    /// F1 at the balanced thresholds, all decisions counted together.
    pub micro_f1: Option<f32>,
    /// F1 at the balanced thresholds, averaged over labels.
    pub macro_f1: Option<f32>,
    /// How much of the test part has an informative prediction, from 0 to 1.
    pub coverage: Option<f32>,
    /// Whether the reviewed comments are representative; unknown until [`Report::with_balance`].
    pub balance: Option<Balance>,
    /// Mean health of the labels, from 0 to 1.
    pub all_labels_score: Option<f32>,
    /// Mean health of the worst tenth of the labels, from 0 to 1.
    pub underperforming_score: Option<f32>,
    /// The rating, from 0 to 100.
    pub score: u32,
    /// The rating in a word.
    pub quality: Quality,
}

/// One label of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelReport {
    /// The label's full name.
    pub name: String,
    /// Its examples in the training part, those of its children included.
    pub n_train: usize,
    /// Its examples in the test part.
    pub n_test: usize,
    /// Mean precision over recall; unknown without an example in both parts.
    pub average_precision: Option<f32>,
    /// Falling thresholds; the last is 0. Empty where average precision is unknown.
    pub thresholds: Vec<f32>,
    /// The precision at each threshold.
    pub precisions: Vec<f32>,
    /// The recall at each threshold.
    pub recalls: Vec<f32>,
    /// Thresholds worth choosing.
    pub optimal: Option<OptimalThresholds>,
    /// Share of its comments that have no other label but its ancestors, smoothed.
    pub informativeness: f32,
    /// The traffic light.
    pub health: Health,
    /// Why it is not green, the most pressing first.
    pub warnings: Vec<Warning>,
}

/// Named thresholds of a label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OptimalThresholds {
    /// The lowest with a precision of at least 0.9, else the one of the best precision.
    pub high_precision: f32,
    /// The one with the best F1.
    pub balanced: f32,
    /// The highest with a recall of at least 0.9.
    pub high_recall: f32,
    /// The highest with a recall of at least 0.1, 0.2 and so on to 0.9; absent from reports of earlier versions.
    #[serde(default)]
    pub sampled: Option<[f32; 9]>,
}

const SAMPLED: [&str; 9] = [
    "sampled_10",
    "sampled_20",
    "sampled_30",
    "sampled_40",
    "sampled_50",
    "sampled_60",
    "sampled_70",
    "sampled_80",
    "sampled_90",
];

impl OptimalThresholds {
    /// The names of the thresholds that a probability meets.
    #[must_use]
    pub fn names_met(&self, probability: f32) -> Vec<&'static str> {
        let named = [("high_recall", self.high_recall), ("balanced", self.balanced), ("high_precision", self.high_precision)];
        let sampled = self.sampled.iter().flat_map(|thresholds| SAMPLED.into_iter().zip(*thresholds));
        named.into_iter().chain(sampled).filter(|(_, threshold)| probability >= *threshold).map(|(name, _)| name).collect()
    }
}

/// The traffic light of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing is known yet.
    Unknown,
    /// Poor.
    Red,
    /// Below satisfactory.
    Amber,
    /// Satisfactory.
    Green,
}

/// What is wrong with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Fewer than 25 examples.
    FewExamples,
    /// No example in the test part.
    NoTestExamples,
    /// Average precision below 0.75.
    LowAveragePrecision,
    /// Precision below 0.5 at the balanced threshold.
    LowPrecision,
    /// Recall below 0.5 at the balanced threshold.
    LowRecall,
}

/// What a report is made from.
pub(crate) struct Evidence<'a> {
    pub(crate) names: &'a [String],
    /// For each comment, the labels that hold, ancestors included.
    pub(crate) assigned: &'a [Vec<usize>],
    /// For each comment, whether it belongs to the test part.
    pub(crate) is_test: &'a [bool],
    /// The test comments that have probabilities.
    pub(crate) scored_rows: &'a [usize],
    /// The probabilities of those, one for each label.
    pub(crate) probabilities: &'a [Vec<f32>],
}

/// Measures each label and sums up.
pub(crate) fn report(evidence: &Evidence<'_>) -> Report {
    let n_test = evidence.is_test.iter().filter(|is_test| **is_test).count();
    let informativeness = informativeness(evidence);
    let mut tally = Tally::default();
    let labels: Vec<LabelReport> =
        (0..evidence.names.len()).map(|label| label_report(evidence, label, informativeness[label], &mut tally)).collect();
    let precisions = |least: usize| labels.iter().filter(move |label| label.n_train >= least).filter_map(|l| l.average_precision);
    let report = Report {
        n_reviewed: evidence.assigned.len(),
        n_train: evidence.assigned.len() - n_test,
        n_test,
        mean_average_precision: mean(precisions(MIN_EXAMPLES_FOR_MEAN)),
        mean_average_precision_any: mean(precisions(0)),
        micro_f1: (tally.n_labels > 0).then(|| f1(tally.n_hits, tally.n_taken, tally.n_positives)),
        macro_f1: (tally.n_labels > 0).then(|| tally.f1_sum / tally.n_labels as f32),
        coverage: coverage(evidence.probabilities, &informativeness),
        balance: None,
        all_labels_score: None,
        underperforming_score: None,
        score: 0,
        quality: Quality::None,
        labels,
    };
    report.rated()
}

impl Report {
    /// The report with the balance counted in; score and quality follow.
    #[must_use]
    pub fn with_balance(mut self, balance: Balance) -> Report {
        self.balance = Some(balance);
        self.rated()
    }

    /// Fills in the rating; factors that are unknown leave their weight to the others.
    fn rated(mut self) -> Report {
        let mut healths: Vec<f32> = self.labels.iter().filter(|label| label.n_train > 0).map(health_score).collect();
        healths.sort_by(f32::total_cmp);
        self.all_labels_score = mean(healths.iter().copied());
        self.underperforming_score = mean(healths.iter().copied().take(healths.len().div_ceil(10)));
        let factors = [
            (0.4, self.all_labels_score),
            (0.2, self.underperforming_score),
            (0.2, self.coverage),
            (0.2, self.balance.map(|balance| balance.score)),
        ];
        let known = || factors.iter().filter_map(|(weight, value)| value.map(|value| (weight, value)));
        let total: f32 = known().map(|(weight, _)| weight).sum();
        if self.all_labels_score.is_none() || self.n_test == 0 {
            (self.score, self.quality) = (0, Quality::None);
            return self;
        }
        let share = known().map(|(weight, value)| weight * value).sum::<f32>() / total;
        self.score = (100.0 * share.clamp(0.0, 1.0)).round() as u32;
        self.quality = Quality::of(self.score);
        self
    }
}

/// Average precision, capped at amber while there are few examples; unknown counts as nothing.
fn health_score(label: &LabelReport) -> f32 {
    let precision = label.average_precision.unwrap_or(0.0);
    if label.n_train + label.n_test < MIN_EXAMPLES_FOR_HEALTH { precision.min(AMBER_BELOW - 0.01) } else { precision }
}

#[derive(Default)]
struct Tally {
    n_labels: usize,
    f1_sum: f32,
    n_hits: f32,
    n_taken: f32,
    n_positives: f32,
}

fn label_report(evidence: &Evidence<'_>, label: usize, informativeness: f32, tally: &mut Tally) -> LabelReport {
    let n_of = |part: bool| {
        let rows = evidence.assigned.iter().zip(evidence.is_test);
        rows.filter(|(labels, is_test)| **is_test == part && labels.contains(&label)).count()
    };
    let (n_train, n_test) = (n_of(false), n_of(true));
    let mut pairs: Vec<(f32, bool)> = evidence
        .scored_rows
        .iter()
        .zip(evidence.probabilities)
        .map(|(&row, probabilities)| (probabilities[label], evidence.assigned[row].contains(&label)))
        .collect();
    let mut found = LabelReport {
        name: evidence.names[label].clone(),
        n_train,
        n_test,
        average_precision: if n_train > 0 { average_precision(&mut pairs) } else { None },
        thresholds: Vec::new(),
        precisions: Vec::new(),
        recalls: Vec::new(),
        optimal: None,
        informativeness,
        health: Health::Unknown,
        warnings: Vec::new(),
    };
    let mut at_balanced = None;
    if found.average_precision.is_some() {
        let curve = curve(&mut pairs);
        let (optimal, balanced) = optimal(&curve.thresholds, &pairs);
        let (precision, recall) = (curve.precisions[balanced], curve.recalls[balanced]);
        let n_hits = recall * n_test as f32;
        let n_taken = if precision > 0.0 { n_hits / precision } else { 0.0 };
        tally.n_labels += 1;
        tally.f1_sum += f1(n_hits, n_taken, n_test as f32);
        tally.n_hits += n_hits;
        tally.n_taken += n_taken;
        tally.n_positives += n_test as f32;
        at_balanced = Some((precision, recall));
        (found.thresholds, found.precisions, found.recalls) = (curve.thresholds, curve.precisions, curve.recalls);
        found.optimal = Some(optimal);
    }
    found.warnings = warnings(&found, at_balanced);
    found.health = match found.average_precision {
        None => Health::Unknown,
        Some(precision) if precision < RED_BELOW => Health::Red,
        Some(_) if health_score(&found) < AMBER_BELOW => Health::Amber,
        Some(_) => Health::Green,
    };
    found
}

fn warnings(label: &LabelReport, at_balanced: Option<(f32, f32)>) -> Vec<Warning> {
    let (precision, recall) = at_balanced.unwrap_or((1.0, 1.0));
    let all = [
        (label.n_train + label.n_test < MIN_EXAMPLES_FOR_HEALTH, Warning::FewExamples),
        (label.n_test == 0, Warning::NoTestExamples),
        (label.average_precision.is_some_and(|precision| precision < AMBER_BELOW), Warning::LowAveragePrecision),
        (precision < 0.5, Warning::LowPrecision),
        (recall < 0.5, Warning::LowRecall),
    ];
    all.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning).collect()
}

/// The named thresholds, and the place of the balanced one; pairs by falling score.
///
/// With few examples the best threshold on the test part is chance. What the probabilities themselves expect, which
/// are calibrated on other comments, counts as [`EXPECTED_WEIGHT`] more examples.
fn optimal(thresholds: &[f32], pairs: &[(f32, bool)]) -> (OptimalThresholds, usize) {
    let n_positives = pairs.iter().filter(|(_, holds)| *holds).count() as f32;
    let seen = n_positives / (n_positives + EXPECTED_WEIGHT);
    let worth = |&(probability, holds): &(f32, bool)| seen * f32::from(u8::from(holds)) + (1.0 - seen) * probability;
    let total = pairs.iter().map(worth).sum::<f32>().max(1e-12);
    let (mut hits, mut taken) = (0.0f32, 0usize);
    let mut points = Vec::with_capacity(thresholds.len());
    for &threshold in thresholds {
        while let Some(pair) = pairs.get(taken).filter(|pair| pair.0 >= threshold) {
            hits += worth(pair);
            taken += 1;
        }
        points.push((hits / taken.max(1) as f32, hits / total));
    }
    let f1 = |idx: usize| 2.0 * points[idx].0 * points[idx].1 / (points[idx].0 + points[idx].1).max(1e-12);
    let (mut balanced, mut precise, mut best) = (0, None, 0);
    for idx in 0..thresholds.len() {
        if f1(idx) > f1(balanced) {
            balanced = idx;
        }
        if points[idx].0 > points[best].0 {
            best = idx;
        }
        if points[idx].0 >= WANTED_PRECISION {
            precise = Some(idx);
        }
    }
    // Sums in single precision may end a hair below one.
    let reaching = |recall: f32| points.iter().position(|point| point.1 >= recall - 1e-5).unwrap_or(thresholds.len() - 1);
    let optimal = OptimalThresholds {
        high_precision: thresholds[precise.unwrap_or(best)],
        balanced: thresholds[balanced],
        high_recall: thresholds[reaching(WANTED_RECALL)],
        sampled: Some(std::array::from_fn(|step| thresholds[reaching((step + 1) as f32 / 10.0)])),
    };
    (optimal, balanced)
}

/// Share of each label's comments that carry nothing else but its ancestors, smoothed by one of each kind.
fn informativeness(evidence: &Evidence<'_>) -> Vec<f32> {
    let mut n_all = vec![0.0f32; evidence.names.len()];
    let mut n_alone = vec![0.0f32; evidence.names.len()];
    for labels in evidence.assigned {
        for &label in labels {
            n_all[label] += 1.0;
            let is_ancestor = |other: usize| {
                evidence.names[label].strip_prefix(evidence.names[other].as_str()).is_some_and(|rest| rest.starts_with(" > "))
            };
            let is_alone = labels.iter().all(|&other| other == label || is_ancestor(other));
            n_alone[label] += f32::from(u8::from(is_alone));
        }
    }
    n_all.iter().zip(&n_alone).map(|(all, alone)| (alone + 1.0) / (all + 2.0)).collect()
}

fn f1(n_hits: f32, n_taken: f32, n_positives: f32) -> f32 {
    if n_taken + n_positives > 0.0 { 2.0 * n_hits / (n_taken + n_positives) } else { 0.0 }
}

fn mean(values: impl Iterator<Item = f32>) -> Option<f32> {
    let (sum, n) = values.fold((0.0f64, 0u32), |(sum, n), value| (sum + f64::from(value), n + 1));
    (n > 0).then(|| (sum / f64::from(n)) as f32)
}
