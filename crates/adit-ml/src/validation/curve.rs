//! Precision and recall along all thresholds.

/// Points of a curve at most; between two of them nothing is lost but detail.
const MAX_POINTS: usize = 200;

/// What one comment says about one label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    /// Higher says that the label holds.
    pub(crate) score: f32,
    /// Whether it does.
    pub(crate) holds: bool,
    /// For how many comments this one stands.
    pub(crate) weight: f32,
}

impl Judged {
    /// A comment that stands for itself.
    pub(crate) fn new(score: f32, holds: bool) -> Self {
        Self { score, holds, weight: 1.0 }
    }
}

/// Precision and recall at falling thresholds.
pub(super) struct Curve {
    pub(super) thresholds: Vec<f32>,
    pub(super) precisions: Vec<f32>,
    pub(super) recalls: Vec<f32>,
}

/// The mean precision at each rise of recall; ties count together. `None` where nothing holds.
///
/// Sorts the comments by falling score.
pub(crate) fn average_precision(judged: &mut [Judged]) -> Option<f32> {
    let (mut sum, mut last_hits) = (0.0f64, 0.0);
    walk(judged, |_, hits, taken| {
        sum += (hits - last_hits) * hits / taken;
        last_hits = hits;
    });
    (last_hits > 0.0).then(|| ((sum / last_hits) as f32).min(1.0))
}

/// The curve, thinned, with a last point at threshold 0, where everything is taken.
pub(super) fn curve(judged: &mut [Judged]) -> Curve {
    let mut sums: Vec<(f32, f64, f64)> = Vec::new();
    walk(judged, |threshold, hits, taken| sums.push((threshold, hits, taken)));
    let positives = sums.last().map_or(1.0, |last| if last.1 > 0.0 { last.1 } else { 1.0 });
    let point = |(threshold, hits, taken): (f32, f64, f64)| (threshold, (hits / taken) as f32, (hits / positives) as f32);
    let mut points: Vec<(f32, f32, f32)> = sums.into_iter().map(point).collect();
    if let Some(&(threshold, precision, recall)) = points.last()
        && threshold > 0.0
    {
        points.push((0.0, precision, recall));
    }
    let last = points.len().saturating_sub(1);
    let stride = points.len().div_ceil(MAX_POINTS).max(1);
    let mut curve = Curve { thresholds: Vec::new(), precisions: Vec::new(), recalls: Vec::new() };
    let mut last_recall = -1.0;
    for (idx, (threshold, precision, recall)) in points.into_iter().enumerate() {
        let is_telling = recall > last_recall && idx < MAX_POINTS / 2;
        if idx == last || idx % stride == 0 || is_telling {
            curve.thresholds.push(threshold);
            curve.precisions.push(precision);
            curve.recalls.push(recall);
        }
        last_recall = recall;
    }
    curve
}

/// Calls for each distinct score, from the highest: score, weight of the positives at or above it, weight of all there.
fn walk(judged: &mut [Judged], mut visit: impl FnMut(f32, f64, f64)) {
    judged.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (mut hits, mut taken) = (0.0, 0.0);
    for (idx, one) in judged.iter().enumerate() {
        taken += f64::from(one.weight);
        hits += if one.holds { f64::from(one.weight) } else { 0.0 };
        if judged.get(idx + 1).is_none_or(|next| next.score < one.score) {
            visit(one.score, hits, taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_order_has_average_precision_one() {
        let of = |pairs: &[(f32, bool)]| {
            average_precision(&mut pairs.iter().map(|pair| Judged::new(pair.0, pair.1)).collect::<Vec<_>>())
        };
        assert_eq!(of(&[(0.1, false), (0.9, true), (0.8, true)]), Some(1.0));
        assert_eq!(of(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(of(&[(0.5, false)]), None);
    }

    #[test]
    fn a_comment_that_stands_for_three_counts_as_three() {
        let pairs = [(0.9, true, 1), (0.8, false, 2), (0.7, true, 3), (0.2, false, 4), (0.1, true, 1)];
        let mut weighted = pairs.map(|(score, holds, n)| Judged { weight: n as f32, ..Judged::new(score, holds) });
        let repeat = |&(score, holds, n): &(f32, bool, usize)| std::iter::repeat_n(Judged::new(score, holds), n);
        let mut repeated: Vec<Judged> = pairs.iter().flat_map(repeat).collect();
        assert_eq!(average_precision(&mut weighted), average_precision(&mut repeated));
        let (weighted, repeated) = (curve(&mut weighted), curve(&mut repeated));
        assert_eq!((weighted.precisions, weighted.recalls), (repeated.precisions, repeated.recalls));
    }

    #[test]
    fn a_curve_falls_in_threshold_rises_in_recall_and_ends_at_zero() {
        let mut judged: Vec<Judged> = (1..900).map(|n| Judged::new(n as f32 / 1_000.0, n % 3 == 0)).collect();
        let curve = curve(&mut judged);
        assert!(curve.thresholds.is_sorted_by(|a, b| a > b) && curve.recalls.is_sorted());
        assert_eq!((curve.thresholds.last(), curve.recalls.last()), (Some(&0.0), Some(&1.0)));
        assert!(curve.thresholds.len() <= 2 * MAX_POINTS);
    }
}
