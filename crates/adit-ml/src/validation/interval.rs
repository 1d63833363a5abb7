//! How far off a score may be: Wilson's interval for shares, the bootstrap for average precision.

use serde::{Deserialize, Serialize};

use crate::classifier::for_each_index;
use crate::validation::curve::Judged;
use crate::validation::mixed;

/// The quantile of the normal distribution that leaves a fortieth on either side.
const Z: f64 = 1.959_964;
/// How often the scored comments are drawn again.
const N_RESAMPLES: usize = 200;
/// The resamples at the ends of a 95 % interval, counted from either side.
const N_OUTSIDE: usize = 5;

/// How many comments of weight 1 prove as much as these: (Σ w)² / Σ w² (L. Kish, "Survey Sampling", 1965).
pub(super) fn worth(weights: impl Iterator<Item = f32>) -> f64 {
    let (sum, squares) = weights.map(f64::from).fold((0.0, 0.0), |(sum, squares), w| (sum + w, w.mul_add(w, squares)));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

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

/// The score interval of a share that was met in `n` trials, or in what is worth as many; `None` without a trial.
///
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927: with z = 1.96, the
/// centre is (p + z²/2n) / (1 + z²/n) and half the width z √(p (1 - p) / n + z²/4n²) / (1 + z²/n).
#[must_use]
pub fn wilson(share: f32, n: f64) -> Option<Interval> {
    if n <= 0.0 {
        return None;
    }
    let p = f64::from(share.clamp(0.0, 1.0));
    let scale = 1.0 / (1.0 + Z * Z / n);
    let centre = scale * (p + Z * Z / (2.0 * n));
    let half = scale * Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    // Rounding may push the bounds of a share of 0 or 1 a hair past it.
    let bound = |x: f64| x.clamp(0.0, 1.0) as f32;
    Some(Interval { low: bound(centre - half).min(share), high: bound(centre + half).max(share) })
}

/// The scored comments of one label from the highest score to the last one that has the label.
pub(super) struct Ranking {
    steps: Vec<Step>,
    /// What its examples are worth.
    n_positives: f64,
}

struct Step {
    /// The place of the comment among all scored ones.
    place: u32,
    weight: f32,
    holds: bool,
    /// Whether the next one scores as high.
    is_tied: bool,
}

impl Ranking {
    /// Ranks comments, each with its place.
    pub(super) fn new(mut judged: Vec<(usize, Judged)>) -> Ranking {
        judged.sort_by(|(a, one), (b, other)| other.score.total_cmp(&one.score).then(a.cmp(b)));
        let n_positives = worth(judged.iter().filter(|(_, one)| one.holds).map(|(_, one)| one.weight));
        let is_tied = |at: usize| judged.get(at + 1).is_some_and(|(_, next)| next.score == judged[at].1.score);
        let last = judged
            .iter()
            .rposition(|(_, one)| one.holds)
            .map_or(0, |at| (at..judged.len()).find(|&at| !is_tied(at)).unwrap_or(at) + 1);
        let step = |(at, &(place, one)): (usize, &(usize, Judged))| Step {
            place: place as u32,
            weight: one.weight,
            holds: one.holds,
            is_tied: is_tied(at),
        };
        Ranking { steps: judged.iter().enumerate().take(last).map(step).collect(), n_positives }
    }

    /// Average precision where each comment was drawn so many times; `None` where nothing holds.
    fn average_precision(&self, times: &[u16]) -> Option<f64> {
        let (mut sum, mut hits, mut taken, mut new) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
        for step in &self.steps {
            let weight = f64::from(times[step.place as usize]) * f64::from(step.weight);
            taken += weight;
            new += if step.holds { weight } else { 0.0 };
            if !step.is_tied && taken > 0.0 {
                hits += new;
                sum += new * hits / taken;
                new = 0.0;
            }
        }
        (hits > 0.0).then(|| sum / hits)
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
    let widened = |score: f32, n: f64, values: Vec<f64>| {
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
    use super::{Ranking, bootstrap, wilson, worth};
    use crate::validation::{Judged, average_precision};

    #[test]
    fn wilsons_interval_is_the_published_one() {
        // Newcombe, 1998, "Two-sided confidence intervals for the single proportion": 81 of 263, 15 of 148, 0 of 20.
        let all = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (29, 29, 0.8831, 1.0)];
        for (k, n, low, high) in all {
            let found = wilson(k as f32 / n as f32, f64::from(n)).unwrap();
            assert!((found.low - low).abs() < 1e-4 && (found.high - high).abs() < 1e-4, "{k} of {n}: {found:?}");
        }
        assert_eq!(wilson(0.5, 0.0), None);
    }

    #[test]
    fn once_each_is_the_plain_average_precision_ties_included() {
        let weighed =
            |n: usize| Judged { weight: 1.0 + (n % 3) as f32, ..Judged::new(((n * 37) % 11) as f32, n.is_multiple_of(4)) };
        let plain = average_precision(&mut (0..60).map(weighed).collect::<Vec<_>>()).unwrap();
        let found = Ranking::new((0..60).map(|n| (n, weighed(n))).collect()).average_precision(&[1; 60]).unwrap();
        assert!((f64::from(plain) - found).abs() < 1e-6, "{plain} {found}");
    }

    #[test]
    fn unequal_weights_are_worth_less_than_as_many_equal_ones() {
        assert_eq!(worth([2.0; 30].into_iter()), 30.0);
        let unequal = worth([1.0; 10].into_iter().chain([9.0]));
        assert!((unequal - 361.0 / 91.0).abs() < 1e-9, "{unequal}");
        assert_eq!(worth(std::iter::empty()), 0.0);
    }

    #[test]
    fn the_interval_holds_the_score_narrows_with_evidence_and_is_never_empty_at_one() {
        let of = |n: usize, noise: usize| {
            let holds = |at: usize| if at.is_multiple_of(noise) { at < n / 2 } else { at >= n / 2 };
            let judged: Vec<(usize, Judged)> = (0..n).map(|at| (at, Judged::new(at as f32, holds(at)))).collect();
            let score = average_precision(&mut judged.iter().map(|(_, one)| *one).collect::<Vec<_>>());
            let (of_labels, of_mean) = bootstrap(&[Some(Ranking::new(judged))], &[score], &[true], n, 2);
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
