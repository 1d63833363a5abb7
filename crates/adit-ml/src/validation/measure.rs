//! How a report comes from the probabilities of comments that models did not see.

use super::curve::{Judged, average_precision, curve};
use super::groups::Tested;
use super::interval::{Ranking, bootstrap, worth};
use super::rating::{Quality, coverage};
use super::relations::{confusions, cooccurrence};
use super::report::{
    AMBER_BELOW, Basis, Decisions, LabelReport, MIN_EXAMPLES_FOR_HEALTH, OptimalThresholds, Point, Report, Warning, mean,
};

/// Labels with fewer training examples stay out of the mean average precision.
const MIN_EXAMPLES_FOR_MEAN: usize = 20;
/// A label with fewer test examples is scored on all parts.
const MIN_TEST_EXAMPLES: usize = 10;
const WANTED_PRECISION: f32 = 0.9;
const WANTED_RECALL: f32 = 0.9;
/// How many examples the calibrated probabilities are worth when thresholds are chosen.
const EXPECTED_WEIGHT: f32 = 10.0;

/// What a report is made from.
pub(crate) struct Scored<'a> {
    pub(crate) names: &'a [String],
    /// For each comment, the labels that hold, ancestors included.
    pub(crate) assigned: &'a [Vec<usize>],
    /// For each comment, whether it belongs to the test part.
    pub(crate) is_test: &'a [bool],
    /// The comments that have probabilities, of every part.
    pub(crate) tested: &'a Tested,
    pub(crate) threads: usize,
}

/// Measures each label and sums up.
pub(crate) fn report(scored: &Scored<'_>) -> Report {
    let n_test = scored.is_test.iter().filter(|is_test| **is_test).count();
    let informativeness = informativeness(scored);
    let together = cooccurrence(scored.assigned, scored.names.len());
    let (mut labels, rankings): (Vec<LabelReport>, Vec<Option<Ranking>>) =
        (0..scored.names.len()).map(|label| label_report(scored, label, informativeness[label])).unzip();
    let thresholds: Vec<Option<f32>> = labels.iter().map(|label| label.optimal.map(|optimal| optimal.balanced)).collect();
    let tested = scored.tested;
    let assigned: Vec<&[usize]> = tested.assigned.iter().map(Vec::as_slice).collect();
    let probabilities: Vec<&[f32]> = tested.probabilities.iter().map(Vec::as_slice).collect();
    let confused = confusions(scored.names, &assigned, &probabilities, &thresholds);
    let precisions = |least: usize| labels.iter().filter(move |label| label.n_train >= least).filter_map(|l| l.average_precision);
    let (mean_average_precision, mean_average_precision_any) = (mean(precisions(MIN_EXAMPLES_FOR_MEAN)), mean(precisions(0)));
    let least = if mean_average_precision.is_some() { MIN_EXAMPLES_FOR_MEAN } else { 0 };
    let scores: Vec<Option<f32>> = labels.iter().map(|label| label.average_precision).collect();
    let counts: Vec<bool> = labels.iter().map(|label| label.n_train >= least).collect();
    let (intervals, interval) = bootstrap(&rankings, &scores, &counts, tested.rows.len(), scored.threads);
    for (((label, interval), together), confused) in labels.iter_mut().zip(intervals).zip(together).zip(confused) {
        label.interval = interval;
        label.together = together;
        if confused.is_some() {
            label.warnings.push(Warning::Confused);
        }
        label.confused = confused;
    }
    let points = || labels.iter().filter_map(|label| label.decisions).map(|decisions| decisions.balanced);
    let sum = points().reduce(Point::with);
    let of_test = tested.rows.iter().zip(&tested.probabilities).filter(|(row, _)| scored.is_test[**row]);
    let report = Report {
        n_reviewed: scored.assigned.len(),
        n_train: scored.assigned.len() - n_test,
        n_test,
        mean_average_precision,
        mean_average_precision_any,
        micro_f1: sum.map(|point| point.f1()),
        macro_f1: mean(points().map(|point| point.f1())),
        coverage: coverage(of_test.map(|(_, row)| row.as_slice()), &informativeness),
        balance: None,
        all_labels_score: None,
        underperforming_score: None,
        score: 0,
        quality: Quality::None,
        interval,
        effective_size: (!tested.rows.is_empty()).then(|| worth(tested.weights.iter().copied()) as f32),
        n_uninformative: scored.assigned.iter().filter(|labels| labels.is_empty()).count(),
        outlook: None,
        languages: Vec::new(),
        sources: Vec::new(),
        labels,
    };
    report.rated()
}

impl Report {
    /// The report of a version without labels.
    #[must_use]
    pub fn empty() -> Report {
        report(&Scored { names: &[], assigned: &[], is_test: &[], tested: &Tested::default(), threads: 1 })
    }
}

fn label_report(scored: &Scored<'_>, label: usize, informativeness: f32) -> (LabelReport, Option<Ranking>) {
    let n_of = |part: bool| {
        let rows = scored.assigned.iter().zip(scored.is_test);
        rows.filter(|(labels, is_test)| **is_test == part && labels.contains(&label)).count()
    };
    let (n_train, n_test) = (n_of(false), n_of(true));
    let basis = if n_test < MIN_TEST_EXAMPLES { Basis::AllParts } else { Basis::TestPart };
    let tested = scored.tested;
    let is_judged = |row: usize| basis == Basis::AllParts || scored.is_test[row];
    let places: Vec<(usize, Judged)> =
        (0..tested.rows.len()).filter(|&at| is_judged(tested.rows[at])).map(|at| (at, tested.judged(at, label))).collect();
    let mut judged: Vec<Judged> = places.iter().map(|place| place.1).collect();
    // A single example is either learnt from or scored.
    let can_be_judged = n_train > 0 && n_train + n_test > 1;
    let mut found = LabelReport {
        name: scored.names[label].clone(),
        n_train,
        n_test,
        average_precision: if can_be_judged { average_precision(&mut judged) } else { None },
        informativeness,
        basis,
        ..LabelReport::default()
    };
    let ranking = found.average_precision.map(|_| Ranking::new(places));
    if found.average_precision.is_some() {
        let curve = curve(&mut judged);
        let optimal = optimal(&curve.thresholds, &judged);
        let at = |threshold: f32| {
            let mut point = Point::default();
            judged.iter().for_each(|one| point.add(one.score >= threshold, one));
            point
        };
        found.decisions = Some(Decisions {
            high_precision: at(optimal.high_precision),
            balanced: at(optimal.balanced),
            high_recall: at(optimal.high_recall),
        });
        (found.thresholds, found.precisions, found.recalls) = (curve.thresholds, curve.precisions, curve.recalls);
        found.optimal = Some(optimal);
    }
    found.warnings = warnings(&found);
    found.judge();
    (found, ranking)
}

fn warnings(label: &LabelReport) -> Vec<Warning> {
    let balanced = label.decisions.map(|decisions| decisions.balanced).unwrap_or_default();
    let is_low = |share: Option<(f32, _)>| label.average_precision.is_some() && share.is_some_and(|(share, _)| share < 0.5);
    let all = [
        (label.n_train + label.n_test < MIN_EXAMPLES_FOR_HEALTH, Warning::FewExamples),
        (label.n_test == 0, Warning::NoTestExamples),
        (label.average_precision.is_some_and(|precision| precision < AMBER_BELOW), Warning::LowAveragePrecision),
        (is_low(balanced.precision()), Warning::LowPrecision),
        (is_low(balanced.recall()), Warning::LowRecall),
    ];
    all.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning).collect()
}

/// The named thresholds; comments by falling score.
///
/// With few examples the best threshold on the test part is chance. What the probabilities themselves expect, which
/// are calibrated on other comments, counts as [`EXPECTED_WEIGHT`] more examples.
fn optimal(thresholds: &[f32], judged: &[Judged]) -> OptimalThresholds {
    let n_positives = worth(judged.iter().filter(|one| one.holds).map(|one| one.weight)) as f32;
    let seen = n_positives / (n_positives + EXPECTED_WEIGHT);
    let hit = |one: &Judged| one.weight * (seen * f32::from(u8::from(one.holds)) + (1.0 - seen) * one.score);
    let total = judged.iter().map(hit).sum::<f32>().max(1e-12);
    let (mut hits, mut taken) = (0.0f32, 0.0f32);
    let mut points = Vec::with_capacity(thresholds.len());
    let mut rest = judged.iter().peekable();
    for &threshold in thresholds {
        while let Some(one) = rest.next_if(|one| one.score >= threshold) {
            hits += hit(one);
            taken += one.weight;
        }
        points.push((hits / taken.max(1e-12), hits / total));
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
    OptimalThresholds {
        high_precision: thresholds[precise.unwrap_or(best)],
        balanced: thresholds[balanced],
        high_recall: thresholds[reaching(WANTED_RECALL)],
        sampled: Some(std::array::from_fn(|step| thresholds[reaching((step + 1) as f32 / 10.0)])),
    }
}

/// Share of each label's comments that carry nothing else but its ancestors, smoothed by one of each kind.
fn informativeness(scored: &Scored<'_>) -> Vec<f32> {
    let mut n_all = vec![0.0f32; scored.names.len()];
    let mut n_alone = vec![0.0f32; scored.names.len()];
    for labels in scored.assigned {
        for &label in labels {
            n_all[label] += 1.0;
            let is_ancestor = |other: usize| {
                scored.names[label].strip_prefix(scored.names[other].as_str()).is_some_and(|rest| rest.starts_with(" > "))
            };
            let is_alone = labels.iter().all(|&other| other == label || is_ancestor(other));
            n_alone[label] += f32::from(u8::from(is_alone));
        }
    }
    n_all.iter().zip(&n_alone).map(|(all, alone)| (alone + 1.0) / (all + 2.0)).collect()
}
