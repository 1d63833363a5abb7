//! Learns the sentiment of annotations: how one dataset differs from the base head, and each label from the dataset.
//!
//! All labels are fitted at once, the weights of a label being those of the dataset plus its own, both small where
//! annotations are few (regularised multi-task learning: Evgeniou and Pontil, 2004; the base head as the mean of the
//! prior: Chelba and Acero, 2004). Held-out scores give the strength and the calibration.

use std::sync::Arc;

use crate::classifier::{Curve, for_each_index};
use crate::sentiment::base::BaseHead;
use crate::sentiment::lbfgs::minimize;
use crate::sentiment::model::{Learnt, SentimentModel, base_log_odds};
use crate::validation::{self, N_FOLDS};

const STRENGTHS: [f64; 4] = [1.0, 4.0, 16.0, 64.0];
const FIRST_STRENGTH: f64 = 4.0;
/// What a label adds is that much smaller than what the dataset adds, all else being equal.
const OF_LABEL: f64 = 0.25;
/// The pull of the constants towards 0, and of the base head's share towards 1: that of a few annotations.
const CONSTANT_PULL: f64 = 0.5;
const BASE_PULL: f64 = 4.0;
/// Annotations from which on the strength is chosen by held-out ones.
const MIN_TUNING: usize = 20;
/// Annotations that are learnt from at most: of more, evenly spaced ones.
const MAX_SIGNS: usize = 10_000;
const MAX_TUNING: usize = 2_000;
const ITERATIONS: usize = 40;

/// A comment whose labels were given a sentiment.
#[derive(Debug, Clone, Default)]
pub struct SignedExample {
    /// The comment's id, which decides when it is held out.
    pub uid: String,
    /// Its text.
    pub text: String,
    /// Its vector.
    pub embedding: Vec<f32>,
    /// Labels, as indexes into the model's, and whether they were meant well.
    pub signs: Vec<(usize, bool)>,
}

/// Learns from the examples, in any order; vectors come from the encoder with the digest given.
///
/// Nothing is learnt while every sign is the same: then it may be that nobody set any.
#[must_use]
pub fn train_sentiment(
    base: Arc<BaseHead>,
    encoder: &str,
    n_labels: usize,
    examples: &[SignedExample],
    threads: usize,
) -> SentimentModel {
    let model = SentimentModel::unlearned(base, encoder);
    let signs = signs(&model, examples, n_labels, threads);
    let n_well = signs.iter().filter(|sign| sign.is_well).count();
    if n_well == 0 || n_well == signs.len() {
        return model;
    }
    let strength = if signs.len() < MIN_TUNING { FIRST_STRENGTH } else { best_strength(&signs, n_labels, threads) };
    let n_folds = if signs.len() > 2 * MAX_TUNING { 2 } else { N_FOLDS };
    let held = held_out(&signs, n_labels, strength, n_folds, threads);
    let curve = Curve::fit(held.iter().map(|&(score, is_well)| (score, is_well, 1.0)), Curve { slope: 1.0, offset: 0.0 });
    let all: Vec<&Sign<'_>> = signs.iter().collect();
    let learnt = fit(&all, n_labels, strength).learnt(curve);
    SentimentModel { learnt: Some(learnt), ..model }
}

/// One annotation of one label.
struct Sign<'a> {
    base: f32,
    vector: &'a [f32],
    label: usize,
    is_well: bool,
    weight: f64,
    fold: usize,
}

fn signs<'a>(model: &SentimentModel, examples: &'a [SignedExample], n_labels: usize, threads: usize) -> Vec<Sign<'a>> {
    let total: usize = examples.iter().map(|example| example.signs.len()).sum();
    let stride = total.div_ceil(MAX_SIGNS).max(1);
    let dimension = examples.first().map_or(0, |example| example.embedding.len());
    let usable: Vec<&SignedExample> =
        examples.iter().filter(|example| example.embedding.len() == dimension && !example.signs.is_empty()).collect();
    let base = for_each_index(usable.len(), threads, |n| {
        let vector = Some(usable[n].embedding.as_slice()).filter(|_| model.base_reads_vectors);
        base_log_odds(&model.base, &usable[n].text, vector)
    });
    let of_one = |(example, base): (&&'a SignedExample, f32)| {
        let (example, weight) = (*example, 1.0 / example.signs.len() as f64);
        let fold = validation::fold(&example.uid);
        let sign =
            move |&(label, is_well): &(usize, bool)| Sign { base, vector: &example.embedding, label, is_well, weight, fold };
        example.signs.iter().filter(move |(label, _)| *label < n_labels).map(sign)
    };
    usable.iter().zip(base).flat_map(of_one).step_by(stride).collect()
}

/// The strength under which held-out signs are least surprising; of equals the smaller one.
fn best_strength(signs: &[Sign<'_>], n_labels: usize, threads: usize) -> f64 {
    let stride = signs.len().div_ceil(MAX_TUNING);
    let mut best = (f64::INFINITY, FIRST_STRENGTH);
    for strength in STRENGTHS {
        let held = held_out_of(&signs.iter().step_by(stride).collect::<Vec<_>>(), n_labels, strength, 3, threads);
        let loss: f64 = held.iter().map(|&(score, is_well)| log_loss(if is_well { score } else { -score }.into())).sum();
        if loss < best.0 {
            best = (loss, strength);
        }
    }
    best.1
}

fn held_out(signs: &[Sign<'_>], n_labels: usize, strength: f64, n_folds: usize, threads: usize) -> Vec<(f32, bool)> {
    held_out_of(&signs.iter().collect::<Vec<_>>(), n_labels, strength, n_folds, threads)
}

/// Scores of signs by fits that did not see their comments.
fn held_out_of(signs: &[&Sign<'_>], n_labels: usize, strength: f64, n_folds: usize, threads: usize) -> Vec<(f32, bool)> {
    let fold = |fold: usize| {
        let (held, kept): (Vec<&Sign<'_>>, Vec<&Sign<'_>>) = signs.iter().copied().partition(|sign| sign.fold == fold);
        if held.is_empty() || kept.is_empty() {
            return Vec::new();
        }
        let fitted = fit(&kept, n_labels, strength);
        // What is held out makes its own sign rarer in what is learnt from; that is taken off again.
        let shift = log_odds(signs) - log_odds(&kept);
        held.into_iter().map(|sign| ((fitted.score(sign) + shift) as f32, sign.is_well)).collect()
    };
    for_each_index(n_folds, threads, fold).into_iter().flatten().collect()
}

/// How much more often signs are good than ill, half a sign added to either side.
fn log_odds(signs: &[&Sign<'_>]) -> f64 {
    let n_well = signs.iter().filter(|sign| sign.is_well).count() as f64;
    ((n_well + 0.5) / (signs.len() as f64 - n_well + 0.5)).ln()
}

/// Weights in one row: the base head's share, then for the dataset and for each label a vector and a constant.
struct Fitted {
    at: Vec<f64>,
    dimension: usize,
    /// Where the weights of each label begin; of labels without a sign nowhere.
    starts: Vec<Option<usize>>,
}

impl Fitted {
    fn score(&self, sign: &Sign<'_>) -> f64 {
        let shared = &self.at[1..];
        let mut score = self.at[0] * f64::from(sign.base) + shared[self.dimension];
        match self.starts[sign.label] {
            Some(start) => {
                let own = &self.at[start..];
                score += own[self.dimension];
                score += sign.vector.iter().zip(shared).zip(own).map(|((x, a), b)| f64::from(*x) * (a + b)).sum::<f64>();
            }
            None => score += sign.vector.iter().zip(shared).map(|(x, a)| f64::from(*x) * a).sum::<f64>(),
        }
        score
    }

    fn learnt(&self, curve: Curve) -> Learnt {
        let weights = |start: usize| self.at[start..=start + self.dimension].iter().map(|x| *x as f32).collect();
        let labels = self.starts.iter().map(|start| start.map(weights).unwrap_or_default()).collect();
        Learnt { of_base: self.at[0] as f32, shared: weights(1), labels, curve }
    }
}

fn fit(signs: &[&Sign<'_>], n_labels: usize, strength: f64) -> Fitted {
    let dimension = signs.first().map_or(0, |sign| sign.vector.len());
    let mut starts = vec![None; n_labels];
    let mut n = 2 + dimension;
    for sign in signs {
        starts[sign.label].get_or_insert_with(|| {
            n += dimension + 1;
            n - dimension - 1
        });
    }
    let mut fitted = Fitted { at: vec![0.0; n], dimension, starts };
    let mut start = vec![0.0; n];
    start[0] = 1.0;
    let mut objective = |at: &[f64], gradient: &mut [f64]| {
        fitted.at.copy_from_slice(at);
        let mut value = penalty(at, gradient, dimension, strength);
        for sign in signs {
            let score = fitted.score(sign);
            value += sign.weight * log_loss(if sign.is_well { score } else { -score });
            let wrong = sign.weight * (1.0 / (1.0 + (-score).exp()) - f64::from(u8::from(sign.is_well)));
            gradient[0] += wrong * f64::from(sign.base);
            for start in [Some(1), fitted.starts[sign.label]].into_iter().flatten() {
                let own = &mut gradient[start..=start + dimension];
                own.iter_mut().zip(sign.vector).for_each(|(slope, x)| *slope += wrong * f64::from(*x));
                own[dimension] += wrong;
            }
        }
        value
    };
    let at = minimize(start, ITERATIONS, &mut objective);
    fitted.at = at;
    fitted
}

/// The regularisation, and its slope, which overwrites the gradient.
fn penalty(at: &[f64], gradient: &mut [f64], dimension: usize, strength: f64) -> f64 {
    let mut value = 0.5 * BASE_PULL * (at[0] - 1.0) * (at[0] - 1.0);
    gradient[0] = BASE_PULL * (at[0] - 1.0);
    for (block, (at, gradient)) in at[1..].chunks(dimension + 1).zip(gradient[1..].chunks_mut(dimension + 1)).enumerate() {
        let decay = if block == 0 { 1.0 / strength } else { 1.0 / (strength * OF_LABEL) };
        for (place, (x, slope)) in at.iter().zip(gradient).enumerate() {
            let pull = if place == dimension { CONSTANT_PULL } else { decay };
            value += 0.5 * pull * x * x;
            *slope = pull * x;
        }
    }
    value
}

/// The loss of a score whose sign should be positive.
fn log_loss(score: f64) -> f64 {
    if score > 0.0 { (-score).exp().ln_1p() } else { score.exp().ln_1p() - score }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_STRENGTH, Sign, held_out};
    use crate::validation::N_FOLDS;

    #[test]
    fn what_is_held_out_is_not_known_by_its_absence() {
        let (mut n_pairs, mut n_right) = (0.0f32, 0.0f32);
        let mut state = 1u64;
        for _ in 0..40 {
            // Vectors that say nothing, and as many good signs as ill ones, but in no part as many.
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
            };
            let drawn: Vec<(usize, [f32; 8])> =
                (0..20).map(|_| (((next() + 0.5) * N_FOLDS as f32) as usize, std::array::from_fn(|_| next()))).collect();
            let mut signs = Vec::new();
            for (at, (fold, vector)) in drawn.iter().enumerate() {
                signs.push(Sign { base: 0.0, vector, label: 0, is_well: at % 2 == 0, weight: 1.0, fold: *fold });
            }
            let scores = held_out(&signs, 1, FIRST_STRENGTH, N_FOLDS, 1);
            let (well, ill): (Vec<_>, Vec<_>) = scores.into_iter().partition(|(_, is_well)| *is_well);
            for (well, _) in &well {
                n_pairs += ill.len() as f32;
                n_right += ill.iter().filter(|(ill, _)| well > ill).count() as f32;
            }
        }
        let share = n_right / n_pairs;
        assert!((share - 0.5).abs() < 0.06, "{share}");
    }
}
