//! What a model makes of the comments that nobody reviewed.

use serde::{Deserialize, Serialize};

use super::LabelReport;

/// Comments that a label is expected on before it can be said to be covered poorly.
const MIN_EXPECTED: f32 = 5.0;

/// Means over comments that nobody reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many comments there were.
    pub n_comments: usize,
    /// The largest product of probability and informativeness.
    pub coverage: f32,
    /// The probability that any label holds, if labels came about one by one: 1 - Π (1 - p) over the topmost ones.
    pub p_any_label: f32,
    /// The number of labels that hold, ancestors not counted.
    pub expected_num_labels: f32,
}

/// Sums predictions up; `None` without comments.
pub(super) fn outlook(labels: &[LabelReport], predicted: &[Vec<f32>]) -> Option<Outlook> {
    if predicted.is_empty() {
        return None;
    }
    let is_below = |name: &str, above: &str| name.strip_prefix(above).is_some_and(|rest| rest.starts_with(" > "));
    let is_top: Vec<bool> = labels.iter().map(|label| !labels.iter().any(|other| is_below(&label.name, &other.name))).collect();
    let is_leaf: Vec<bool> = labels.iter().map(|label| !labels.iter().any(|other| is_below(&other.name, &label.name))).collect();
    let mean = |of: &dyn Fn(&Vec<f32>) -> f32| {
        (predicted.iter().map(|row| f64::from(of(row))).sum::<f64>() / predicted.len() as f64) as f32
    };
    let none_holds = |row: &Vec<f32>| row.iter().zip(&is_top).filter(|(_, is_top)| **is_top).map(|(p, _)| 1.0 - p).product();
    Some(Outlook {
        n_comments: predicted.len(),
        coverage: mean(&|row| row.iter().zip(labels).map(|(p, label)| p * label.informativeness).fold(0.0, f32::max)),
        p_any_label: 1.0 - mean(&none_holds),
        expected_num_labels: mean(&|row| row.iter().zip(&is_leaf).filter(|(_, is_leaf)| **is_leaf).map(|(p, _)| *p).sum()),
    })
}

/// Whether most comments that are expected to have the label stay below its balanced threshold.
pub(super) fn is_poorly_covered(label: &LabelReport, probabilities: impl Iterator<Item = f32>) -> bool {
    let Some(optimal) = &label.optimal else { return false };
    let (mut expected, mut found) = (0.0f32, 0.0f32);
    for p in probabilities {
        expected += p;
        found += if p >= optimal.balanced { p } else { 0.0 };
    }
    expected >= MIN_EXPECTED && found < expected / 2.0
}

#[cfg(test)]
mod tests {
    use super::{is_poorly_covered, outlook};
    use crate::validation::{LabelReport, OptimalThresholds};

    #[test]
    fn parents_and_children_are_not_counted_twice() {
        let label = |name: &str| LabelReport { name: name.into(), informativeness: 0.5, ..LabelReport::default() };
        let labels = [label("Card"), label("Card > Late"), label("Rate")];
        let found = outlook(&labels, &[vec![0.8, 0.8, 0.0], vec![0.0, 0.0, 0.5]]).unwrap();
        assert!((found.p_any_label - 0.65).abs() < 1e-6 && (found.expected_num_labels - 0.65).abs() < 1e-6, "{found:?}");
        assert!((found.coverage - 0.325).abs() < 1e-6);
        assert_eq!(outlook(&labels, &[]), None);
    }

    #[test]
    fn a_label_met_mostly_by_halves_is_covered_poorly() {
        let optimal = OptimalThresholds { high_precision: 0.9, balanced: 0.6, high_recall: 0.1, sampled: None };
        let label = LabelReport { optimal: Some(optimal), ..LabelReport::default() };
        assert!(is_poorly_covered(&label, [0.4; 20].into_iter()));
        assert!(!is_poorly_covered(&label, [0.9; 20].into_iter()));
        assert!(!is_poorly_covered(&label, [0.4; 9].into_iter()), "too few are expected");
    }
}
