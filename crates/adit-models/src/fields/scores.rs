//! Named thresholds of records, from their curve. Pure.

use adit_ml::fields::RecordCurve;

/// Precision or recall that a named threshold promises.
const WANTED: f32 = 0.9;

/// Thresholds by name, as labels have them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Thresholds {
    pub(crate) high_precision: f32,
    pub(crate) balanced: f32,
    pub(crate) high_recall: f32,
}

impl Thresholds {
    /// The names of those that a score clears.
    pub(crate) fn names_met(&self, score: f64) -> Vec<&'static str> {
        let all = [("high_recall", self.high_recall), ("balanced", self.balanced), ("high_precision", self.high_precision)];
        all.into_iter().filter(|(_, threshold)| score >= f64::from(*threshold)).map(|(name, _)| name).collect()
    }
}

/// `balanced` has the largest F1, `high_precision` is the lowest with precision at least 0.9 (else that of the largest
/// precision), `high_recall` the highest with recall at least 0.9 (else the lowest). `None` without a curve.
pub(crate) fn thresholds(curve: &RecordCurve) -> Option<Thresholds> {
    let last = curve.thresholds.len().checked_sub(1)?;
    let f1 = |n: &usize| {
        let (precision, recall) = (curve.precisions[*n], curve.recalls[*n]);
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    };
    // Of equal ones the highest threshold counts.
    let best = |by: &dyn Fn(&usize) -> f32| (0..=last).rev().max_by(|a, b| by(a).total_cmp(&by(b))).unwrap_or(last);
    let precise = (0..=last).rev().find(|n| curve.precisions[*n] >= WANTED).unwrap_or_else(|| best(&|n| curve.precisions[*n]));
    let complete = (0..=last).find(|n| curve.recalls[*n] >= WANTED).unwrap_or(last);
    Some(Thresholds {
        high_precision: curve.thresholds[precise],
        balanced: curve.thresholds[best(&f1)],
        high_recall: curve.thresholds[complete],
    })
}

#[cfg(test)]
mod tests {
    use adit_ml::fields::RecordCurve;

    use super::thresholds;

    #[test]
    fn thresholds_follow_the_curve() {
        let curve = RecordCurve {
            thresholds: vec![0.9, 0.6, 0.2, 0.0],
            precisions: vec![1.0, 0.9, 0.7, 0.5],
            recalls: vec![0.3, 0.6, 0.95, 0.95],
            average_precision: Some(0.8),
        };
        let found = thresholds(&curve).unwrap();
        assert_eq!((found.high_precision, found.balanced, found.high_recall), (0.6, 0.2, 0.2));
        assert_eq!(found.names_met(0.3), ["high_recall", "balanced"]);
        assert_eq!(thresholds(&RecordCurve::default()), None);
    }
}
