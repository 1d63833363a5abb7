//! Precision and recall along all thresholds.

/// Points of a curve at most; between two of them nothing is lost but detail.
const MAX_POINTS: usize = 200;

/// Precision and recall at falling thresholds.
pub(super) struct Curve {
    pub(super) thresholds: Vec<f32>,
    pub(super) precisions: Vec<f32>,
    pub(super) recalls: Vec<f32>,
}

/// The mean precision at each rise of recall; ties count together. `None` where nothing holds.
///
/// Sorts the pairs by falling score.
pub(crate) fn average_precision(pairs: &mut [(f32, bool)]) -> Option<f32> {
    let n_positives = pairs.iter().filter(|(_, holds)| *holds).count();
    if n_positives == 0 {
        return None;
    }
    let mut sum = 0.0f64;
    let mut last_hits = 0;
    walk(pairs, |_, n_hits, n_taken| {
        sum += (n_hits - last_hits) as f64 * n_hits as f64 / n_taken as f64;
        last_hits = n_hits;
    });
    Some((sum / n_positives as f64) as f32)
}

/// The curve, thinned, with a last point at threshold 0, where everything is taken.
pub(super) fn curve(pairs: &mut [(f32, bool)]) -> Curve {
    let n_positives = pairs.iter().filter(|(_, holds)| *holds).count().max(1) as f32;
    let mut points: Vec<(f32, f32, f32)> = Vec::new();
    walk(pairs, |threshold, n_hits, n_taken| {
        points.push((threshold, n_hits as f32 / n_taken as f32, n_hits as f32 / n_positives));
    });
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

/// Calls for each distinct score, from the highest: score, positives at or above it, pairs at or above it.
fn walk(pairs: &mut [(f32, bool)], mut visit: impl FnMut(f32, usize, usize)) {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut n_hits = 0;
    for (idx, &(score, holds)) in pairs.iter().enumerate() {
        n_hits += usize::from(holds);
        if pairs.get(idx + 1).is_none_or(|next| next.0 < score) {
            visit(score, n_hits, idx + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_order_has_average_precision_one() {
        assert_eq!(average_precision(&mut [(0.1, false), (0.9, true), (0.8, true)]), Some(1.0));
        assert_eq!(average_precision(&mut [(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(average_precision(&mut [(0.5, false)]), None);
    }

    #[test]
    fn a_curve_falls_in_threshold_rises_in_recall_and_ends_at_zero() {
        let mut pairs: Vec<(f32, bool)> = (1..900).map(|n| (n as f32 / 1_000.0, n % 3 == 0)).collect();
        let curve = curve(&mut pairs);
        assert!(curve.thresholds.is_sorted_by(|a, b| a > b) && curve.recalls.is_sorted());
        assert_eq!((curve.thresholds.last(), curve.recalls.last()), (Some(&0.0), Some(&1.0)));
        assert!(curve.thresholds.len() <= 2 * MAX_POINTS);
    }
}
