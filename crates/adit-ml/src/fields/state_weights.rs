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

/// The product of two rows, summed in lanes, so that it is fast and always the same.
fn inner(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.zip(b) {
        (0..LANES).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    sums.iter().sum::<f32>() + rest
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
    /// The states of the sequence at hand, made ready, and which of its tokens were read.
    scaled: Vec<f32>,
    read: Vec<bool>,
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
            scaled: Vec::new(),
            read: Vec::new(),
            mean,
        }
    }

    /// Takes up a sequence and adds what its states say of each token.
    pub(crate) fn add_scores(&mut self, states: &[f32], scores: &mut [[f32; TAGS]]) {
        let width = self.mean.len();
        let rows = || states.chunks_exact(width.max(1)).take(scores.len());
        self.read.clear();
        self.read.extend(rows().map(is_read));
        self.scaled.clear();
        for row in rows() {
            self.scaled.extend(row.iter().zip(&self.mean).map(|(x, mean)| (x - mean) * self.factor));
        }
        for ((row, is_read), score) in self.scaled.chunks_exact(width.max(1)).zip(&self.read).zip(scores) {
            if *is_read {
                for (score, weights) in score.iter_mut().zip(&self.weights) {
                    *score += inner(row, weights);
                }
            }
        }
    }

    /// Moves the weights of a tag against the slope of token `n` of the sequence at hand.
    pub(crate) fn learn(&mut self, n: usize, tag: usize, slope: f32) {
        let width = self.mean.len();
        if !self.read.get(n).copied().unwrap_or(false) {
            return;
        }
        let row = &self.scaled[n * width..(n + 1) * width];
        self.squares[tag] += slope * slope * inner(row, row);
        let rate = RATE / self.squares[tag].sqrt();
        for (weight, x) in self.weights[tag].iter_mut().zip(row) {
            *weight -= rate * (slope * x + self.strength * *weight);
        }
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
