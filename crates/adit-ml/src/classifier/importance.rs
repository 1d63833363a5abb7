//! For how many comments of the dataset each reviewed one stands.
//!
//! Who reviews what a model is unsure of reviews what is hard, and a model scored on that alone looks worse than it is.
//! Importance weights take it off again (H. Shimodaira, "Improving predictive inference under covariate shift by weighting
//! the log-likelihood function", 2000): a reviewed comment counts as often as its kind occurs among all comments over as
//! often as among the reviewed ones. The ratio is that of the odds of a logistic regression that tells the two apart (S.
//! Bickel, M. Brückner and T. Scheffer, "Discriminative learning for differing training and test distributions", 2007).
//! It sees only how sure models are of the comments, which they have not learnt from: whatever way the reviewed ones were
//! found, that is what a score depends on.

use crate::matrix::Square;

/// Measures of a comment, the constant last.
const N_MEASURES: usize = 5;
/// What keeps the regression near to equal weights while little is known.
const PENALTY: f64 = 10.0;
/// Odds are taken for this, or for one in so many, where they are more extreme.
const MOST: f64 = 20.0;
const STEPS: usize = 25;

type Measures = [f64; N_MEASURES];

/// The weight of each scored comment, 1 on average, given its probabilities and those of a sample of the comments that
/// nobody reviewed; all 1 where there is no such sample. So many comments were reviewed in all, and so many were not.
pub(super) fn weights(scored: &[Vec<f32>], unreviewed: &[Vec<f32>], n_reviewed: usize, n_unreviewed: usize) -> Vec<f32> {
    if scored.is_empty() || unreviewed.is_empty() {
        return vec![1.0; scored.len()];
    }
    let (mut scored, mut others) = (measured(scored), measured(unreviewed));
    standardise(&mut scored, &mut others);
    let told_by = regression(&scored, &others);
    let odds: Vec<f64> = scored.iter().map(|row| inner(row, &told_by).exp().clamp(1.0 / MOST, MOST)).collect();
    let mean = odds.iter().sum::<f64>() / odds.len() as f64;
    // What was reviewed is part of all comments, and stands for itself there.
    let share = n_unreviewed as f64 / (n_reviewed + n_unreviewed).max(1) as f64;
    odds.into_iter().map(|odds| (1.0 - share + share * odds / mean) as f32).collect()
}

/// How sure a model is of each comment: log odds of its likeliest label and logarithm of its entropy, with their squares.
fn measured(rows: &[Vec<f32>]) -> Vec<Measures> {
    let one = |row: &Vec<f32>| {
        let probabilities = || row.iter().map(|&p| f64::from(p.clamp(0.0, 1.0)));
        let highest = probabilities().fold(0.0, f64::max);
        let entropy: f64 = probabilities().flat_map(|p| [p, 1.0 - p]).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
        let (sure, unsure) = (((highest + 1e-3) / (1.0 - highest + 1e-3)).ln(), (entropy + 1e-2).ln());
        [sure, sure * sure, unsure, unsure * unsure, 1.0]
    };
    rows.iter().map(one).collect()
}

/// Makes the measures of the second set 0 on average and 1 apart.
fn standardise(scored: &mut [Measures], others: &mut [Measures]) {
    for at in 0..N_MEASURES - 1 {
        let n = others.len() as f64;
        let mean = others.iter().map(|row| row[at]).sum::<f64>() / n;
        let variance = others.iter().map(|row| (row[at] - mean).powi(2)).sum::<f64>() / n;
        let scale = if variance > 1e-9 { variance.sqrt().recip() } else { 0.0 };
        scored.iter_mut().chain(others.iter_mut()).for_each(|row| row[at] = (row[at] - mean) * scale);
    }
}

/// Tells the second set from the first one, both counting as much as the smaller one; by Newton's method.
fn regression(scored: &[Measures], others: &[Measures]) -> Measures {
    let n = scored.len().min(others.len()) as f64;
    let (of_scored, of_others) = (n / scored.len() as f64, n / others.len() as f64);
    let rows = || scored.iter().map(|row| (row, 0.0, of_scored)).chain(others.iter().map(|row| (row, 1.0, of_others)));
    let mut told_by = [0.0; N_MEASURES];
    for _ in 0..STEPS {
        let penalty = |at: usize| if at + 1 < N_MEASURES { PENALTY } else { 1e-9 };
        let mut curvature = vec![0.0; N_MEASURES * N_MEASURES];
        (0..N_MEASURES).for_each(|at| curvature[at * N_MEASURES + at] = penalty(at));
        let mut slope: Vec<f64> = (0..N_MEASURES).map(|at| penalty(at) * told_by[at]).collect();
        for (row, is_other, weight) in rows() {
            let p = 1.0 / (1.0 + (-inner(row, &told_by)).exp());
            for a in 0..N_MEASURES {
                slope[a] += weight * (p - is_other) * row[a];
                for b in 0..N_MEASURES {
                    curvature[a * N_MEASURES + b] += weight * p * (1.0 - p) * row[a] * row[b];
                }
            }
        }
        let step = Square { size: N_MEASURES, values: curvature }.solve(slope, 1);
        // Short steps cannot overshoot into the flat ends of the curve.
        let longest = step.iter().fold(1.0f64, |longest, x| longest.max(x.abs()));
        told_by.iter_mut().zip(&step).for_each(|(x, step)| *x -= step / longest);
        if step.iter().all(|x| x.abs() < 1e-7) {
            break;
        }
    }
    told_by
}

fn inner(a: &Measures, b: &Measures) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::weights;

    /// Comments of which a model is sure, and others of which it is not.
    fn rows(n_sure: usize, n_unsure: usize) -> Vec<Vec<f32>> {
        let sure = |n: usize| vec![0.93 + (n % 7) as f32 / 100.0, 0.02];
        let unsure = |n: usize| vec![0.35 + (n % 11) as f32 / 50.0, 0.3];
        (0..n_sure).map(sure).chain((0..n_unsure).map(unsure)).collect()
    }

    #[test]
    fn what_is_seldom_reviewed_counts_more() {
        let found = weights(&rows(50, 150), &rows(900, 300), 200, 1_000_000);
        let share = found[..50].iter().sum::<f32>() / found.iter().sum::<f32>();
        assert!((0.70..0.80).contains(&share), "three quarters of all comments are sure ones: {share}");
        assert!((found.iter().sum::<f32>() - 200.0).abs() < 1e-2);
        let half = weights(&rows(50, 150), &rows(900, 300), 200, 200);
        assert!((half[0] - (1.0 + found[0]) / 2.0).abs() < 1e-3, "half of all comments were reviewed");
    }

    #[test]
    fn comments_drawn_alike_count_alike_and_few_are_hardly_told_apart() {
        let found = weights(&rows(60, 20), &rows(900, 300), 80, 1_200);
        assert!(found.iter().all(|weight| (weight - 1.0).abs() < 0.1), "{found:?}");
        let of_few = |n: usize| weights(&rows(n, 3 * n), &rows(900, 300), 4 * n, 1_000_000)[0];
        let found = [1, 25, 200].map(of_few);
        assert!(found[0] < 2.0 && found.is_sorted() && found[2] > 2.2, "of at most 3: {found:?}");
    }

    #[test]
    fn without_anything_to_compare_with_or_to_tell_by_all_count_alike() {
        assert_eq!(weights(&rows(1, 2), &[], 3, 0), [1.0; 3]);
        assert_eq!(weights(&[vec![], vec![]], &[vec![]], 2, 1), [1.0; 2]);
        assert_eq!(weights(&[], &rows(1, 1), 0, 2), Vec::<f32>::new());
        let odd = weights(&[vec![0.0, 0.5], vec![0.0, 1.0]], &[vec![1.0, 1.0], vec![0.0, 0.0]], 2, 2);
        assert!(odd.iter().all(|weight| weight.is_finite()), "{odd:?}");
    }
}
