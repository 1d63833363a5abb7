//! The part of a tagger that reads the states of an encoder.

use super::crf::{Sequence, TAGS};

const RATE: f32 = 0.25;
const STRENGTH: f32 = 0.03;
/// How far states spread around their mean while learning: how much they count beside features.
const SPREAD: f32 = 0.5;

/// Weights of states, for states as the encoder gives them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StateWeights {
    /// As many rows as a state has numbers; none for a tagger that reads no states.
    pub(crate) weights: Vec<[f32; TAGS]>,
    pub(crate) constant: [f32; TAGS],
}

impl StateWeights {
    /// Adds what states say of each token; a null state says nothing.
    pub(crate) fn add_scores(&self, states: &[f32], scores: &mut [[f32; TAGS]]) {
        if self.weights.is_empty() {
            return;
        }
        for (row, score) in states.chunks_exact(self.weights.len()).zip(scores).filter(|(row, _)| is_read(row)) {
            let mut sum = self.constant;
            for (x, weights) in row.iter().zip(&self.weights) {
                (0..TAGS).for_each(|tag| sum[tag] += x * weights[tag]);
            }
            (0..TAGS).for_each(|tag| score[tag] += sum[tag]);
        }
    }
}

fn is_read(row: &[f32]) -> bool {
    row.iter().any(|x| *x != 0.0)
}

/// Weights that are being learnt, for states less their mean, scaled.
pub(crate) struct StateTrainer {
    mean: Vec<f32>,
    factor: f32,
    weights: [Vec<f32>; TAGS],
    squares: [f32; TAGS],
    strength: f32,
    scaled: Vec<f32>,
}

impl StateTrainer {
    /// Knows how the states of the sequences lie, and nothing else.
    pub(crate) fn new(sequences: &[Sequence]) -> StateTrainer {
        let width = sequences.iter().map(|it| it.width).max().unwrap_or_default();
        let of_sequence = |it: &Sequence| it.states.len().min(it.tags.len() * width);
        let rows = || {
            let read = sequences.iter().flat_map(|it| it.states[..of_sequence(it)].chunks_exact(width.max(1)));
            read.filter(|row| is_read(row))
        };
        let n = rows().count().max(1) as f32;
        let mut mean = vec![0.0f32; width];
        rows().for_each(|row| mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / n));
        let variance = |row: &[f32]| row.iter().zip(&mean).map(|(x, mean)| (x - mean).powi(2)).sum::<f32>();
        let variance = rows().map(|row| variance(row) / n).sum::<f32>() / width.max(1) as f32;
        StateTrainer {
            factor: SPREAD / (variance + 1e-6).sqrt(),
            weights: std::array::from_fn(|_| vec![0.0; mean.len()]),
            squares: [1e-2; TAGS],
            strength: STRENGTH / sequences.len().max(1) as f32,
            scaled: vec![0.0; mean.len()],
            mean,
        }
    }

    /// Adds what states say of each token.
    pub(crate) fn add_scores(&mut self, states: &[f32], scores: &mut [[f32; TAGS]]) {
        for (n, score) in scores.iter_mut().enumerate() {
            if self.scale(states, n) {
                for (score, weights) in score.iter_mut().zip(&self.weights) {
                    *score += self.scaled.iter().zip(weights).map(|(x, weight)| x * weight).sum::<f32>();
                }
            }
        }
    }

    /// Moves the weights of a tag against the slope of token `n`.
    pub(crate) fn learn(&mut self, states: &[f32], n: usize, tag: usize, slope: f32) {
        if !self.scale(states, n) {
            return;
        }
        self.squares[tag] += slope * slope * self.scaled.iter().map(|x| x * x).sum::<f32>();
        let rate = RATE / self.squares[tag].sqrt();
        for (weight, x) in self.weights[tag].iter_mut().zip(&self.scaled) {
            *weight -= rate * (slope * x + self.strength * *weight);
        }
    }

    /// Makes the state of token `n` ready, if there is one.
    fn scale(&mut self, states: &[f32], n: usize) -> bool {
        let width = self.mean.len();
        let Some(row) = states.get(n * width..(n + 1) * width).filter(|row| is_read(row)) else { return false };
        for ((scaled, x), mean) in self.scaled.iter_mut().zip(row).zip(&self.mean) {
            *scaled = (x - mean) * self.factor;
        }
        true
    }

    /// The weights for states as they come.
    pub(crate) fn weights(&self) -> StateWeights {
        let of = |n: usize| std::array::from_fn(|tag| self.weights[tag][n] * self.factor);
        let weights: Vec<[f32; TAGS]> = (0..self.mean.len()).map(of).collect();
        let mut constant = [0.0; TAGS];
        for (mean, weights) in self.mean.iter().zip(&weights) {
            (0..TAGS).for_each(|tag| constant[tag] -= mean * weights[tag]);
        }
        StateWeights { weights, constant }
    }
}
