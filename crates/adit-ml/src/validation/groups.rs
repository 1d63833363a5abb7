//! How well a model does on parts of the comments: one language, one source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::interval::{Interval, Ranking, bootstrap};
use super::{Judged, LabelReport, Point, average_precision};

/// Examples that a label needs within a part to count in the part's mean.
const MIN_EXAMPLES: usize = 2;

/// Reviewed comments scored by models that did not see them, as [`crate::train`] leaves them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tested {
    /// Indexes into the corpus' examples.
    pub rows: Vec<usize>,
    /// The probability of every label for each of them.
    pub probabilities: Vec<Vec<f32>>,
    /// The labels that hold, ancestors included, for each of them.
    pub assigned: Vec<Vec<usize>>,
    /// For how many comments each of them stands, 1 on average.
    pub weights: Vec<f32>,
}

impl Tested {
    /// What one of them, by its place here, says about a label.
    pub(super) fn judged(&self, at: usize, label: usize) -> Judged {
        Judged { score: self.probabilities[at][label], holds: self.assigned[at].contains(&label), weight: self.weights[at] }
    }
}

/// How well a model does on one part of the comments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartScore {
    /// What the part's comments have in common.
    pub name: String,
    /// Its scored comments.
    pub n_scored: usize,
    /// Decisions at the balanced thresholds, all labels together.
    pub decisions: Point,
    /// Mean average precision of the labels with two examples in the part or more.
    pub mean_average_precision: Option<f32>,
    /// Where its true value may lie.
    pub interval: Option<Interval>,
}

/// The score of each part, by name; `part_of` names the part of each of the corpus' examples.
pub(super) fn scores(labels: &[LabelReport], tested: &Tested, part_of: &[String], threads: usize) -> Vec<PartScore> {
    let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, row) in tested.rows.iter().enumerate() {
        if let Some(name) = part_of.get(*row) {
            parts.entry(name).or_default().push(place);
        }
    }
    parts.into_iter().map(|(name, places)| score(labels, tested, name, &places, threads)).collect()
}

fn score(labels: &[LabelReport], tested: &Tested, name: &str, places: &[usize], threads: usize) -> PartScore {
    let mut decisions = Point::default();
    let (mut rankings, mut precisions) = (Vec::new(), Vec::new());
    for (label, report) in labels.iter().enumerate() {
        let judged: Vec<(usize, Judged)> =
            places.iter().enumerate().map(|(at, &place)| (at, tested.judged(place, label))).collect();
        let n_positives = judged.iter().filter(|(_, one)| one.holds).count();
        if let Some(optimal) = &report.optimal {
            judged.iter().for_each(|(_, one)| decisions.add(one.score >= optimal.balanced, one));
        }
        let is_known = n_positives >= MIN_EXAMPLES && report.average_precision.is_some();
        let mut plain: Vec<Judged> = judged.iter().map(|(_, one)| *one).collect();
        precisions.push(if is_known { average_precision(&mut plain) } else { None });
        rankings.push(is_known.then(|| Ranking::new(judged)));
    }
    let counts: Vec<bool> = precisions.iter().map(Option::is_some).collect();
    let (_, interval) = bootstrap(&rankings, &precisions, &counts, places.len(), threads);
    let known: Vec<f32> = precisions.into_iter().flatten().collect();
    let mean_average_precision = (!known.is_empty()).then(|| known.iter().sum::<f32>() / known.len() as f32);
    PartScore { name: name.to_owned(), n_scored: places.len(), decisions, mean_average_precision, interval }
}
