//! Which of the places that rules found belong to a field: a logistic regression that starts from a prior.

use std::collections::HashMap;

use crate::stable_hash::{StableBuild, fnv1a};

/// A place with what is said about it, and whether it belongs to the field.
pub(crate) struct Case {
    pub(crate) features: Vec<u64>,
    pub(crate) is_value: bool,
}

/// Weights by feature; sorted keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scorer {
    pub(crate) keys: Vec<u64>,
    pub(crate) weights: Vec<f32>,
}

const RATE: f32 = 0.2;
const STRENGTH: f32 = 0.15;
const EPOCHS: usize = 30;

impl Scorer {
    /// Knows only the prior.
    pub(crate) fn of_prior(prior: &[(u64, f32)]) -> Scorer {
        let mut prior = prior.to_vec();
        prior.sort_unstable_by_key(|(key, _)| *key);
        Scorer { keys: prior.iter().map(|(key, _)| *key).collect(), weights: prior.iter().map(|(_, weight)| *weight).collect() }
    }

    /// Learns from cases, beginning at the prior.
    pub(crate) fn train(cases: &[Case], prior: &[(u64, f32)], seed: u64) -> Scorer {
        let mut keys: Vec<u64> = cases.iter().flat_map(|case| case.features.iter().copied()).collect();
        keys.extend(prior.iter().map(|(key, _)| *key));
        keys.sort_unstable();
        keys.dedup();
        let index: HashMap<u64, u32, StableBuild> = keys.iter().copied().zip(0..).collect();
        let known = |features: &[u64]| features.iter().filter_map(|key| index.get(key).copied()).collect::<Vec<u32>>();
        let rows: Vec<(Vec<u32>, f32)> =
            cases.iter().map(|case| (known(&case.features), f32::from(u8::from(case.is_value)))).collect();
        let mut start = vec![0.0f32; keys.len()];
        for (key, weight) in prior {
            if let Some(at) = index.get(key) {
                start[*at as usize] = *weight;
            }
        }
        let mut weights = start.clone();
        let mut squares = vec![0.1f32; keys.len()];
        let strength = STRENGTH / rows.len().max(1) as f32;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for epoch in 0..EPOCHS {
            order.sort_by_key(|at| fnv1a(&[seed, epoch as u64, *at as u64].map(u64::to_le_bytes).concat()));
            for &at in &order {
                let (row, target) = &rows[at];
                let slope = logistic(row.iter().map(|feature| weights[*feature as usize]).sum()) - target;
                for &feature in row {
                    let feature = feature as usize;
                    let slope = slope + strength * (weights[feature] - start[feature]);
                    squares[feature] += slope * slope;
                    weights[feature] -= RATE * slope / squares[feature].sqrt();
                }
            }
        }
        let kept: Vec<(u64, f32)> = keys.into_iter().zip(weights).filter(|(_, weight)| weight.abs() > 1e-3).collect();
        Scorer { keys: kept.iter().map(|(key, _)| *key).collect(), weights: kept.iter().map(|(_, weight)| *weight).collect() }
    }

    /// The probability that a place belongs to the field.
    pub(crate) fn probability(&self, features: &[u64]) -> f32 {
        let weight = |key: &u64| self.keys.binary_search(key).map_or(0.0, |at| self.weights[at]);
        logistic(features.iter().map(weight).sum())
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::{Case, Scorer};

    #[test]
    fn examples_overrule_the_prior() {
        let prior = [(1, 1.5)];
        assert!(Scorer::of_prior(&prior).probability(&[1, 7]) > 0.8);
        let case = |features: &[u64], is_value| Case { features: features.to_vec(), is_value };
        let cases: Vec<Case> = (0..6).flat_map(|_| [case(&[1, 7], false), case(&[1, 8], true)]).collect();
        let scorer = Scorer::train(&cases, &prior, 0);
        assert!(scorer.probability(&[1, 7]) < 0.3 && scorer.probability(&[1, 8]) > 0.8);
        assert_eq!(scorer, Scorer::train(&cases, &prior, 0));
        assert_eq!(Scorer::train(&[], &prior, 0), Scorer::of_prior(&prior));
    }
}
