//! The rating from 0 to 100 and the measures of a whole dataset that go into it.

use serde::{Deserialize, Serialize};

use super::report::mean;

/// The rating in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// There is nothing to rate.
    None,
    /// Below 50.
    Poor,
    /// From 50.
    Average,
    /// From 70.
    Good,
    /// From 90.
    Excellent,
}

impl Quality {
    /// The word for a score from 0 to 100.
    #[must_use]
    pub fn of(score: u32) -> Quality {
        match score {
            0..50 => Quality::Poor,
            50..70 => Quality::Average,
            70..90 => Quality::Good,
            _ => Quality::Excellent,
        }
    }
}

/// Whether the reviewed comments stand for all comments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// 0.7 similarity + 0.2 min(1, random share / 0.2) + 0.1 (1 - search share); what is not known leaves its
    /// weight to the rest.
    pub score: f32,
    /// How alike reviewed and unreviewed comments are, from 0 to 1.
    pub similarity: f32,
    /// Share of the reviewed comments that were met in random order; `None` where that was not recorded.
    pub random_share: Option<f32>,
    /// Share of the reviewed comments that were met by text search; `None` where that was not recorded.
    pub search_share: Option<f32>,
    /// Share of the reviewed comments that were met by rebalancing; `None` where that was not recorded. No part of the
    /// score: what rebalancing does shows in the similarity.
    #[serde(default)]
    pub rebalance_share: Option<f32>,
}

impl Balance {
    /// Weighs the three measures; each is taken into the range from 0 to 1.
    #[must_use]
    pub fn new(similarity: f32, random_share: Option<f32>, search_share: Option<f32>) -> Balance {
        let similarity = similarity.clamp(0.0, 1.0);
        let (random_share, search_share) = (random_share.map(|x| x.clamp(0.0, 1.0)), search_share.map(|x| x.clamp(0.0, 1.0)));
        let parts =
            [(0.7, Some(similarity)), (0.2, random_share.map(|x| (x / 0.2).min(1.0))), (0.1, search_share.map(|x| 1.0 - x))];
        let known = || parts.iter().filter_map(|(weight, part)| part.map(|part| (weight, part)));
        let total: f32 = known().map(|(weight, _)| weight).sum();
        let score = known().map(|(weight, part)| weight * part).sum::<f32>() / total;
        Balance { score, similarity, random_share, search_share, rebalance_share: None }
    }
}

/// The mean over comments of the largest product of probability and informativeness; `None` without comments.
#[must_use]
pub(super) fn coverage<'a>(probabilities: impl Iterator<Item = &'a [f32]>, informativeness: &[f32]) -> Option<f32> {
    let best = |row: &[f32]| row.iter().zip(informativeness).map(|(p, i)| p * i).fold(0.0f32, f32::max);
    mean(probabilities.map(best))
}

/// How alike two sets of vectors are: 1 - 2 |AUC - 0.5| of telling them apart; `None` if one has fewer than two.
///
/// The judge is the difference of the two means, taken on every second vector and tried on the rest,
/// in both directions. At most 2 000 vectors of each set, evenly spaced from a start the seed picks, are used.
#[must_use]
pub fn similarity(reviewed: &[&[f32]], unreviewed: &[&[f32]], seed: u64) -> Option<f32> {
    if reviewed.len() < 2 || unreviewed.len() < 2 {
        return None;
    }
    let (reviewed, unreviewed) = (sample(reviewed, seed), sample(unreviewed, seed));
    let mut sum = 0.0;
    for side in [0, 1] {
        let part = |rows: &[&[f32]], side: usize| centre(&rows.iter().skip(side).step_by(2).copied().collect::<Vec<_>>());
        let axis: Vec<f32> = part(&reviewed, side).iter().zip(&part(&unreviewed, side)).map(|(a, b)| a - b).collect();
        let project = |rows: &[&[f32]], holds: bool| -> Vec<(f32, bool)> {
            let along = |row: &&[f32]| (row.iter().zip(&axis).map(|(x, a)| x * a).sum::<f32>(), holds);
            rows.iter().skip(1 - side).step_by(2).map(along).collect()
        };
        let mut scores = project(&reviewed, true);
        scores.extend(project(&unreviewed, false));
        sum += auc(&mut scores);
    }
    Some((1.0 - 2.0 * (sum / 2.0 - 0.5).abs()).clamp(0.0, 1.0))
}

fn sample<'a>(rows: &[&'a [f32]], seed: u64) -> Vec<&'a [f32]> {
    const MOST: usize = 2_000;
    let stride = rows.len().div_ceil(MOST);
    let start = (seed % stride as u64) as usize;
    rows.iter().skip(start).step_by(stride).copied().collect()
}

fn centre(rows: &[&[f32]]) -> Vec<f32> {
    let mut mean = vec![0.0; rows.first().map_or(0, |row| row.len())];
    for row in rows {
        mean.iter_mut().zip(*row).for_each(|(sum, x)| *sum += x);
    }
    mean.iter_mut().for_each(|x| *x /= rows.len().max(1) as f32);
    mean
}

/// The chance that a true one scores above a false one, ties counting half.
fn auc(scores: &mut [(f32, bool)]) -> f32 {
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins, mut n_true) = (0.0f64, 0.0f64, 0.0f64);
    for tied in scores.chunk_by(|a, b| a.0 == b.0) {
        let trues = tied.iter().filter(|(_, holds)| *holds).count() as f64;
        let falses = tied.len() as f64 - trues;
        wins += trues * (below + falses / 2.0);
        below += falses;
        n_true += trues;
    }
    if n_true == 0.0 || below == 0.0 { 0.5 } else { (wins / (n_true * below)) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_drawn_alike_are_similar_and_sets_apart_are_not() {
        let rows: Vec<Vec<f32>> = (0..400).map(|n| vec![((n * 37) % 101) as f32, ((n * 53) % 97) as f32]).collect();
        let far: Vec<Vec<f32>> = rows.iter().map(|row| vec![row[0] + 500.0, row[1]]).collect();
        let views = |rows: &[Vec<f32>]| -> Vec<Vec<f32>> { rows.to_vec() };
        let (a, b) = (views(&rows[..200]), views(&rows[200..]));
        let slices = |rows: &[Vec<f32>]| rows.iter().map(|row| row.as_slice().to_vec()).collect::<Vec<_>>();
        let (a, b, far) = (slices(&a), slices(&b), slices(&far));
        let refs = |rows: &'static [Vec<f32>]| rows.iter().map(Vec::as_slice).collect::<Vec<&[f32]>>();
        let (a, b, far) = (refs(a.leak()), refs(b.leak()), refs(far.leak()));
        assert!(similarity(&a, &b, 0).is_some_and(|s| s > 0.75));
        assert!(similarity(&a, &far, 0).is_some_and(|s| s < 0.05));
        assert_eq!(similarity(&a[..1], &b, 0), None);
    }

    #[test]
    fn what_is_not_known_of_the_balance_leaves_its_weight_to_the_rest() {
        assert!((Balance::new(0.8, None, None).score - 0.8).abs() < 1e-6);
        assert!((Balance::new(0.5, Some(0.1), Some(0.0)).score - 0.55).abs() < 1e-6);
        assert!((Balance::new(1.0, Some(0.9), Some(0.5)).score - 0.95).abs() < 1e-6);
    }

    #[test]
    fn quality_follows_the_published_bounds() {
        assert_eq!([0, 49, 50, 69, 70, 89, 90, 100].map(Quality::of).map(|q| q as u8), [1, 1, 2, 2, 3, 3, 4, 4]);
    }
}
