//! How far off a score may be: Wilson's interval for shares, the bootstrap for average precision.

use serde::{Deserialize, Serialize};

use crate::classifier::for_each_index;
use crate::validation::mixed;

/// The quantile of the normal distribution that leaves a fortieth on either side.
const Z: f64 = 1.959_964;
/// How often the scored comments are drawn again.
const N_RESAMPLES: usize = 200;
/// The resamples at the ends of a 95 % interval, counted from either side.
const N_OUTSIDE: usize = 5;

/// Bounds between which the truth lies with a chance of about 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower bound, from 0 to 1.
    pub low: f32,
    /// The upper bound, from 0 to 1.
    pub high: f32,
}

impl Interval {
    /// How far the bounds are apart.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.high - self.low
    }

    /// The smallest interval that holds both.
    #[must_use]
    fn with(self, other: Interval) -> Interval {
        Interval { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// The score interval of a share that was met in `n` trials; `None` without a trial.
///
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927: with z = 1.96, the
/// centre is (p + z²/2n) / (1 + z²/n) and half the width z √(p (1 - p) / n + z²/4n²) / (1 + z²/n).
#[must_use]
pub fn wilson(share: f32, n: usize) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    let (p, n) = (f64::from(share.clamp(0.0, 1.0)), n as f64);
    let scale = 1.0 / (1.0 + Z * Z / n);
    let centre = scale * (p + Z * Z / (2.0 * n));
    let half = scale * Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    // Rounding may push the bounds of a share of 0 or 1 a hair past it.
    let bound = |x: f64| x.clamp(0.0, 1.0) as f32;
    Some(Interval { low: bound(centre - half).min(share), high: bound(centre + half).max(share) })
}

/// The scored comments of one label from the highest score to the last one that has the label.
pub(super) struct Ranking {
    /// The place of the comment among all scored ones, whether it has the label, whether the next one scores as high.
    steps: Vec<(u32, bool, bool)>,
    n_positives: usize,
}

impl Ranking {
    /// Ranks (place, score, whether the label holds).
    pub(super) fn new(mut pairs: Vec<(usize, f32, bool)>) -> Ranking {
        pairs.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let n_positives = pairs.iter().filter(|pair| pair.2).count();
        let ties: Vec<bool> = (0..pairs.len()).map(|at| pairs.get(at + 1).is_some_and(|next| next.1 == pairs[at].1)).collect();
        let last =
            pairs.iter().rposition(|pair| pair.2).map_or(0, |at| (at..pairs.len()).find(|&at| !ties[at]).unwrap_or(at) + 1);
        let steps = pairs.iter().zip(ties).take(last).map(|(pair, tie)| (pair.0 as u32, pair.2, tie)).collect();
        Ranking { steps, n_positives }
    }

    /// Average precision where each comment counts as often as its weight says; `None` where nothing holds.
    fn average_precision(&self, weights: &[u16]) -> Option<f64> {
        let (mut sum, mut n_hits, mut n_taken, mut n_new) = (0.0f64, 0u64, 0u64, 0u64);
        for &(place, holds, is_tied) in &self.steps {
            let weight = u64::from(weights[place as usize]);
            n_taken += weight;
            n_new += if holds { weight } else { 0 };
            if !is_tied && n_taken > 0 {
                n_hits += n_new;
                sum += n_new as f64 * n_hits as f64 / n_taken as f64;
                n_new = 0;
            }
        }
        (n_hits > 0).then(|| sum / n_hits as f64)
    }
}

/// Intervals of the average precision of each label, and of its mean over the labels that `counts` says.
///
/// Percentile bootstrap over comments, all labels together (B. Efron and R. J. Tibshirani, "An Introduction to the
/// Bootstrap", 1993, chapter 13). A perfect ranking of three comments stays perfect however they are drawn, so
/// the interval is widened to Wilson's with the number of examples as trials, after K. Boyd, K. H. Eng and C. D. Page,
/// "Area under the precision-recall curve: point estimates and confidence intervals", 2013, section 3.2.
pub(super) fn bootstrap(
    rankings: &[Option<Ranking>],
    scores: &[Option<f32>],
    counts: &[bool],
    n_rows: usize,
    threads: usize,
) -> (Vec<Option<Interval>>, Option<Interval>) {
    if n_rows == 0 {
        return (vec![None; rankings.len()], None);
    }
    let resample = |round: usize| {
        let mut weights = vec![0u16; n_rows];
        for draw in 0..n_rows {
            let place = mixed(((round as u64) << 32) | draw as u64) % n_rows as u64;
            weights[place as usize] = weights[place as usize].saturating_add(1);
        }
        let drawn: Vec<Option<f64>> =
            rankings.iter().map(|ranking| ranking.as_ref().and_then(|ranking| ranking.average_precision(&weights))).collect();
        let (sum, n) = drawn
            .iter()
            .zip(counts)
            .filter(|(_, counts)| **counts)
            .filter_map(|(drawn, _)| *drawn)
            .fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
        (drawn, (n > 0).then(|| sum / n as f64))
    };
    let rounds = for_each_index(N_RESAMPLES, threads, resample);
    let percentiles = |values: Vec<f64>| {
        let mut values = values;
        values.sort_by(f64::total_cmp);
        let outside = values.len() * N_OUTSIDE / N_RESAMPLES;
        let (low, high) = (*values.get(outside)?, *values.get(values.len().checked_sub(1 + outside)?)?);
        Some(Interval { low: low as f32, high: high as f32 })
    };
    let widened = |score: f32, n: usize, values: Vec<f64>| {
        let score = Interval { low: score, high: score };
        let known = [percentiles(values), wilson(score.low, n)];
        known.into_iter().flatten().fold(score, Interval::with)
    };
    let of_label = |label: usize| {
        let ranking = rankings[label].as_ref()?;
        Some(widened(scores[label]?, ranking.n_positives, rounds.iter().filter_map(|round| round.0[label]).collect()))
    };
    let counted = || (0..rankings.len()).filter(|&label| counts[label] && scores[label].is_some());
    let n = counted().count();
    let mean = counted().filter_map(|label| scores[label]).map(f64::from).sum::<f64>() / n.max(1) as f64;
    let n_positives = counted().filter_map(|label| rankings[label].as_ref()).map(|ranking| ranking.n_positives).sum();
    let of_mean = (n > 0).then(|| widened(mean as f32, n_positives, rounds.iter().filter_map(|round| round.1).collect()));
    ((0..rankings.len()).map(of_label).collect(), of_mean)
}

#[cfg(test)]
mod tests {
    use super::{Ranking, bootstrap, wilson};
    use crate::validation::average_precision;

    #[test]
    fn wilsons_interval_is_the_published_one() {
        // Newcombe, 1998, "Two-sided confidence intervals for the single proportion": 81 of 263, 15 of 148, 0 of 20.
        let all = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (29, 29, 0.8831, 1.0)];
        for (k, n, low, high) in all {
            let found = wilson(k as f32 / n as f32, n).unwrap();
            assert!((found.low - low).abs() < 1e-4 && (found.high - high).abs() < 1e-4, "{k} of {n}: {found:?}");
        }
        assert_eq!(wilson(0.5, 0), None);
    }

    #[test]
    fn once_each_is_the_plain_average_precision_ties_included() {
        let pairs: Vec<(usize, f32, bool)> = (0..60).map(|n| (n, ((n * 37) % 11) as f32, n % 4 == 0)).collect();
        let plain = average_precision(&mut pairs.iter().map(|pair| (pair.1, pair.2)).collect::<Vec<_>>()).unwrap();
        let found = Ranking::new(pairs).average_precision(&[1; 60]).unwrap();
        assert!((f64::from(plain) - found).abs() < 1e-6, "{plain} {found}");
    }

    #[test]
    fn the_interval_holds_the_score_narrows_with_evidence_and_is_never_empty_at_one() {
        let of = |n: usize, noise: usize| {
            let pairs: Vec<(usize, f32, bool)> =
                (0..n).map(|at| (at, at as f32, if at % noise == 0 { at < n / 2 } else { at >= n / 2 })).collect();
            let score = average_precision(&mut pairs.iter().map(|pair| (pair.1, pair.2)).collect::<Vec<_>>());
            let (of_labels, of_mean) = bootstrap(&[Some(Ranking::new(pairs))], &[score], &[true], n, 2);
            let interval = of_labels[0].unwrap();
            assert!(interval.low <= score.unwrap() && score.unwrap() <= interval.high, "{interval:?} around {score:?}");
            assert_eq!(of_mean, Some(interval), "the mean over one label");
            interval
        };
        assert!(of(40, 5).width() > 1.5 * of(400, 5).width());
        let perfect = of(6, 100);
        assert!(perfect.low < 0.6 && perfect.high == 1.0, "three of three say little: {perfect:?}");
    }
}
