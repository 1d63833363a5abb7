//! How well the reviewed comments stand for the others, region by region.

use crate::clustering::{Centroids, FitOptions, fit, share_of};

/// Regions that the comments are divided into, at most.
const MAX_REGIONS: usize = 64;
/// About so many comments make a region.
const PER_REGION: usize = 20;
const MAX_ITERATIONS: usize = 8;

/// Regions of alike comments, and how the share of each among the unreviewed compares with that among the reviewed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Representation {
    regions: Centroids,
    /// For each region, the logarithm of unreviewed share over reviewed share.
    lack: Vec<f32>,
}

impl Representation {
    /// Compares two sets of vectors of unit length. Without either of them nothing is known to be missing.
    #[must_use]
    pub fn new(reviewed: &[&[f32]], unreviewed: &[&[f32]], threads: usize, seed: u64) -> Self {
        if reviewed.is_empty() || unreviewed.is_empty() {
            return Self::default();
        }
        let rows: Vec<&[f32]> = reviewed.iter().chain(unreviewed).copied().collect();
        let n_groups = (rows.len() / PER_REGION).clamp(1, MAX_REGIONS);
        let options = FitOptions { n_groups, max_iterations: MAX_ITERATIONS, threads, seed };
        // Both sets count the same, or the larger one alone would draw the regions.
        let weight = |n: usize| 1.0 / n as f32;
        let weights: Vec<f32> = std::iter::repeat_n(weight(reviewed.len()), reviewed.len())
            .chain(std::iter::repeat_n(weight(unreviewed.len()), unreviewed.len()))
            .collect();
        let fitted = fit(&rows, &weights, &Centroids::default(), &options);
        let n_regions = fitted.centroids.len();
        let mut counts = [vec![1.0f32; n_regions], vec![1.0f32; n_regions]];
        for (at, (region, _)) in fitted.nearest.iter().enumerate() {
            counts[usize::from(at >= reviewed.len())][*region] += 1.0;
        }
        let share = |side: usize, n: usize, region: usize| counts[side][region] / (n + n_regions) as f32;
        let lack =
            (0..n_regions).map(|region| (share(1, unreviewed.len(), region) / share(0, reviewed.len(), region)).ln()).collect();
        Self { regions: fitted.centroids, lack }
    }

    /// How much a comment is missing among the reviewed; above 0 more than others. Comments of one region differ by
    /// chance, fixed by `key`: in falling order they are drawn in proportion to how much their regions are missing.
    #[must_use]
    pub fn lack(&self, embedding: &[f32], key: u64) -> f32 {
        let uniform = share_of(key, b"rebalance").clamp(1e-12, 1.0 - 1e-12);
        let chance = -(-uniform.ln()).ln();
        if self.regions.is_empty() || embedding.len() != self.regions.dimension {
            return chance as f32;
        }
        let (region, _) = self.regions.nearest(&[embedding], 1).first().copied().unwrap_or_default();
        self.lack[region] + chance as f32
    }
}

#[cfg(test)]
mod tests {
    use super::Representation;

    #[test]
    fn what_was_never_reviewed_comes_first() {
        let row = |side: usize, n: usize| {
            let angle = side as f32 * 1.5 + (n % 10) as f32 / 100.0;
            vec![angle.cos(), angle.sin()]
        };
        let reviewed: Vec<Vec<f32>> = (0..200).map(|n| row(0, n)).collect();
        let unreviewed: Vec<Vec<f32>> = (0..200).map(|n| row(n % 2, n)).collect();
        let views = |rows: &'static Vec<Vec<f32>>| rows.iter().map(Vec::as_slice).collect::<Vec<&[f32]>>();
        let reviewed = views(Box::leak(Box::new(reviewed)));
        let unreviewed = views(Box::leak(Box::new(unreviewed)));
        let known = Representation::new(&reviewed, &unreviewed, 1, 0);
        let mut order: Vec<usize> = (0..unreviewed.len()).collect();
        order.sort_by(|&a, &b| known.lack(unreviewed[b], b as u64).total_cmp(&known.lack(unreviewed[a], a as u64)));
        let n_missing = order[..50].iter().filter(|&&n| n % 2 == 1).count();
        assert!(n_missing >= 40, "{n_missing} of the first 50");
        assert_eq!(known, Representation::new(&reviewed, &unreviewed, 3, 0));
        let unknown = Representation::new(&[], &unreviewed, 1, 0);
        assert!(unknown.lack(unreviewed[0], 1).is_finite());
    }
}
