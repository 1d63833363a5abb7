//! Spherical k-means: vectors of unit length, grouped around directions.

use crate::classifier::for_each_index;
use crate::clustering::dots;
use crate::stable_hash::Fnv;

/// Rows that one thread takes at a time.
const CHUNK: usize = 256;
/// A fit has settled once fewer rows than this share change their group.
const SETTLED: f32 = 0.002;

/// Directions of unit length, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Centroids {
    /// The length of each.
    pub dimension: usize,
    /// The directions.
    pub values: Vec<f32>,
}

impl Centroids {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.dimension).unwrap_or(0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nearest direction of each row with the cosine.
    pub(crate) fn nearest(&self, rows: &[&[f32]], threads: usize) -> Vec<(usize, f32)> {
        let n = self.len();
        let chunk = |idx: usize| {
            let mut products = vec![0.0; n];
            let end = rows.len().min((idx + 1) * CHUNK);
            let nearest = |row: &&[f32]| {
                dots(row, &self.values, &mut products);
                // The first of equal ones, so that the order of the groups decides nothing else.
                let best = (0..n).reduce(|a, b| if products[b] > products[a] { b } else { a }).unwrap_or(0);
                (best, products.get(best).copied().unwrap_or(0.0))
            };
            rows[idx * CHUNK..end].iter().map(nearest).collect::<Vec<_>>()
        };
        for_each_index(rows.len().div_ceil(CHUNK), threads, chunk).into_iter().flatten().collect()
    }
}

/// Rows in groups.
pub(crate) struct Fit {
    pub(crate) centroids: Centroids,
    /// For each row, its group and the cosine to its centroid.
    pub(crate) nearest: Vec<(usize, f32)>,
}

/// How to group.
pub(crate) struct FitOptions {
    pub(crate) n_groups: usize,
    pub(crate) max_iterations: usize,
    pub(crate) threads: usize,
    pub(crate) seed: u64,
}

/// Groups rows of unit length; a row counts by its weight. The groups begin at `start`, as far as that goes.
pub(crate) fn fit(rows: &[&[f32]], weights: &[f32], start: &Centroids, options: &FitOptions) -> Fit {
    let dimension = rows.first().map_or(0, |row| row.len());
    let n_groups = options.n_groups.min(rows.len());
    let mut centroids = seeded(rows, weights, start, n_groups, options.seed, options.threads);
    let mut nearest = centroids.nearest(rows, options.threads);
    for _ in 0..options.max_iterations {
        centroids = moved(rows, weights, &nearest, &centroids, dimension);
        let next = centroids.nearest(rows, options.threads);
        let n_changed = next.iter().zip(&nearest).filter(|(a, b)| a.0 != b.0).count();
        nearest = next;
        if n_changed as f32 <= SETTLED * rows.len() as f32 {
            break;
        }
    }
    Fit { centroids, nearest }
}

/// The directions to begin with: those given, then rows far from all chosen before, far ones more likely.
fn seeded(rows: &[&[f32]], weights: &[f32], start: &Centroids, n_groups: usize, seed: u64, threads: usize) -> Centroids {
    let dimension = rows.first().map_or(0, |row| row.len());
    let mut centroids = Centroids { dimension, values: Vec::new() };
    if start.dimension == dimension {
        centroids.values.extend(start.values.chunks(dimension.max(1)).take(n_groups).flatten());
    }
    let mut random = Random(seed);
    let mut far: Vec<f32> = if centroids.is_empty() {
        weights.to_vec()
    } else {
        centroids.nearest(rows, threads).iter().zip(weights).map(|((_, cosine), w)| w * (1.0 - cosine).max(0.0)).collect()
    };
    while centroids.len() < n_groups {
        let row = rows[random.pick(&far)];
        centroids.values.extend(row);
        let newest = Centroids { dimension, values: row.to_vec() };
        let to_newest = newest.nearest(rows, threads);
        let is_first = centroids.len() == 1;
        for ((far, (_, cosine)), w) in far.iter_mut().zip(to_newest).zip(weights) {
            let now = w * (1.0 - cosine).max(0.0);
            *far = if is_first { now } else { far.min(now) };
        }
    }
    centroids
}

/// The mean direction of each group; an empty group moves to the row that is farthest from its own centroid.
fn moved(rows: &[&[f32]], weights: &[f32], nearest: &[(usize, f32)], before: &Centroids, dimension: usize) -> Centroids {
    let n_groups = before.len();
    let mut sums = vec![0.0f32; n_groups * dimension];
    let mut counts = vec![0.0f32; n_groups];
    for ((row, (group, _)), w) in rows.iter().zip(nearest).zip(weights) {
        counts[*group] += w;
        let sum = &mut sums[group * dimension..(group + 1) * dimension];
        sum.iter_mut().zip(*row).for_each(|(sum, x)| *sum += w * x);
    }
    let mut strays: Vec<usize> = (0..rows.len()).collect();
    strays.sort_by(|&a, &b| nearest[a].1.total_cmp(&nearest[b].1).then(a.cmp(&b)));
    let mut strays = strays.into_iter();
    for (group, &count) in counts.iter().enumerate() {
        let sum = &mut sums[group * dimension..(group + 1) * dimension];
        let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        if count > 0.0 && length > 1e-9 {
            sum.iter_mut().for_each(|x| *x /= length);
        } else if let Some(stray) = strays.next() {
            sum.copy_from_slice(rows[stray]);
        }
    }
    Centroids { dimension, values: sums }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number from 0 up to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A place, with chances in proportion to the weights; any place when all are zero.
    fn pick(&mut self, weights: &[f32]) -> usize {
        let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
        let mut left = self.share() * total;
        for (at, w) in weights.iter().enumerate() {
            left -= f64::from(*w);
            if left < 0.0 {
                return at;
            }
        }
        // Reached by rounding, and where nothing has a weight.
        (self.share() * weights.len() as f64) as usize % weights.len().max(1)
    }
}

/// A number from 0 up to 1 that belongs to a key for good.
pub(crate) fn share_of(key: u64, salt: &[u8]) -> f64 {
    Random(Fnv::default().with(salt).with(&key.to_le_bytes()).mixed()).share()
}

#[cfg(test)]
mod tests {
    use super::{Centroids, FitOptions, fit};

    fn rows() -> Vec<Vec<f32>> {
        let row = |n: usize| {
            let angle = [0.0f32, 1.2, 2.6][n % 3] + (n * 7 % 11) as f32 / 100.0;
            vec![angle.cos(), angle.sin()]
        };
        (0..90).map(row).collect()
    }

    #[test]
    fn groups_that_lie_apart_are_found_on_any_number_of_threads_and_kept_by_a_warm_start() {
        let rows = rows();
        let views: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let weights = vec![1.0; rows.len()];
        let options = |threads| FitOptions { n_groups: 3, max_iterations: 10, threads, seed: 5 };
        let found = fit(&views, &weights, &Centroids::default(), &options(1));
        for (n, (group, cosine)) in found.nearest.iter().enumerate() {
            assert_eq!(*group, found.nearest[n % 3].0);
            assert!(*cosine > 0.99);
        }
        let again = fit(&views, &weights, &Centroids::default(), &options(4));
        assert_eq!(found.centroids, again.centroids);
        let warm = fit(&views, &weights, &found.centroids, &FitOptions { seed: 99, ..options(1) });
        assert_eq!(warm.nearest.iter().map(|n| n.0).collect::<Vec<_>>(), found.nearest.iter().map(|n| n.0).collect::<Vec<_>>());
    }

    #[test]
    fn more_groups_than_rows_and_equal_rows_do_no_harm() {
        let row = vec![1.0f32, 0.0];
        let views = vec![row.as_slice(); 5];
        let options = FitOptions { n_groups: 9, max_iterations: 3, threads: 2, seed: 0 };
        let found = fit(&views, &[1.0; 5], &Centroids::default(), &options);
        assert_eq!((found.centroids.len(), found.nearest.len()), (5, 5));
        let none = fit(&[], &[], &Centroids::default(), &options);
        assert!(none.centroids.is_empty() && none.nearest.is_empty());
    }
}
