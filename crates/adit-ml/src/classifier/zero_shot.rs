//! What a label is before anybody has said so: the texts that lie near to its own words.
//!
//! Texts and labels are compared around their own means, for a question and the name of a topic differ in more than
//! the topic. Each label then moves towards the texts that are nearest to it (spherical k-means with soft
//! assignments: Banerjee et al., 2005, started at the labels), while a background takes the texts of no label.
//! The result is linear in a text's vector, so that a fit can start from it and a model need not know of it.

use crate::classifier::Corpus;
use crate::classifier::calibrate::Curve;
use crate::classifier::design::Design;
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::lanes::{LANES, Lanes, Panels};
use crate::classifier::workers::for_each_index;

/// How sharply texts are shared out between labels while these move.
const FOCUS: f32 = 20.0;
/// How sharply the scores tell labels apart.
const SLOPE: f32 = 10.0;
/// A text that is less similar than this to every label belongs to none.
const BACKGROUND: f32 = 0.4;
/// What a label's own words count against the texts near to it.
const OWN_WORDS: f32 = 0.5;
const N_ROUNDS: usize = 10;
/// Texts that are compared with the labels, evenly spaced.
const MAX_TEXTS: usize = 2_000;
/// Comments with the label that count as much as the prior.
const FADING: f32 = 3.0;
/// Reviewed comments that the scores are held against.
const MAX_JUDGED: usize = 1_000;
/// Labels move only where at least so many texts show where texts lie.
const MIN_TEXTS: usize = 50;

/// A linear score for each label.
#[derive(Debug, Clone)]
pub(super) struct ZeroShot {
    /// For each group of labels, one group of lanes a dense column, the constant last.
    groups: Vec<Vec<Lanes>>,
    /// How far the score is believed, from 0 to 1; 0 where a label has none.
    shares: Vec<f32>,
}

impl ZeroShot {
    /// Compares labels that have a vector, but no children, with all the texts; `None` where there is no such label.
    pub(super) fn new(corpus: &Corpus, design: &Design<'_>, hierarchy: &Hierarchy, threads: usize) -> Option<ZeroShot> {
        let said = |label: &usize| !corpus.labels[*label].embedding.is_empty() && !hierarchy.is_parent(*label);
        let labels: Vec<usize> = (0..corpus.labels.len()).filter(said).collect();
        if labels.is_empty() {
            return None;
        }
        let mut texts: Vec<usize> = (0..design.n_examples).chain(design.unreviewed()).collect();
        texts = texts.iter().copied().step_by(texts.len().div_ceil(MAX_TEXTS).max(1)).collect();
        let center = mean(texts.iter().map(|&row| design.dense_row(row)), design.dimension);
        let words = |&label: &usize| corpus.labels[label].embedding.as_slice();
        let own_center = if labels.len() > 1 { mean(labels.iter().map(words), design.dimension) } else { center.clone() };
        let own: Vec<Vec<f32>> = labels.iter().map(|label| direction(words(label), &own_center)).collect();
        let places: Vec<Vec<f32>> = texts.iter().map(|&row| direction(design.dense_row(row), &center)).collect();
        let mut prototypes = own.clone();
        if texts.len() >= MIN_TEXTS {
            let packed = Panels::new(places.len(), design.dimension, |at| &places[at]);
            for _ in 0..N_ROUNDS {
                prototypes = moved(&prototypes, &own, &places, &packed, threads);
            }
        }
        let packed = Panels::new(labels.len(), design.dimension, |at| &prototypes[at]);
        let cosines = for_each_index(places.len(), threads, |at| packed.times(&places[at]));
        let shares: Vec<Vec<f32>> = cosines.iter().map(|cosines| shares(cosines, SLOPE)).collect();
        let offsets = for_each_index(labels.len(), threads, |at| {
            let scores: Vec<f32> = cosines.iter().map(|cosines| SLOPE * cosines[at]).collect();
            offset(&scores, shares.iter().map(|shares| shares[at]).sum())
        });
        let length = mean_length(&texts, design, &center);
        let mut groups = vec![vec![[0.0; LANES]; design.dimension + 1]; corpus.labels.len().div_ceil(LANES)];
        let mut believed = vec![0.0; corpus.labels.len()];
        for (at, &label) in labels.iter().enumerate() {
            let (columns, lane) = (&mut groups[label / LANES], label % LANES);
            columns.iter_mut().zip(&prototypes[at]).for_each(|(column, x)| column[lane] = SLOPE * x / length);
            columns[design.dimension][lane] = offsets[at] - SLOPE / length * inner(&center, &prototypes[at]);
            believed[label] = FADING / (FADING + design.n_positives[label] as f32);
        }
        let mut prior = ZeroShot { groups, shares: believed };
        prior.trust(design);
        Some(prior)
    }

    /// Believes the scores as far as the reviewed comments bear them out, which the prior has not looked at, and the
    /// less the more of them hold the label.
    fn trust(&mut self, design: &Design<'_>) {
        let mut pairs = Vec::new();
        let stride = design.n_examples.div_ceil(MAX_JUDGED).max(1);
        for row in (0..design.n_examples).step_by(stride) {
            for group in 0..self.groups.len() {
                let labels = group * LANES..self.shares.len().min((group + 1) * LANES);
                for (label, score) in
                    labels.zip(self.score(group, design.dense_row(row))).filter(|(label, _)| self.shares[*label] > 0.0)
                {
                    pairs.push((score, design.assigned[row].binary_search(&label).is_ok(), 1.0));
                }
            }
        }
        let curve = Curve::fit(pairs.into_iter(), Curve { slope: 1.0, offset: 0.0 });
        for (label, &share) in self.shares.iter().enumerate() {
            let (columns, lane) = (&mut self.groups[label / LANES], label % LANES);
            columns.iter_mut().for_each(|column| column[lane] *= curve.slope * share);
            columns.iter_mut().rev().take(1).for_each(|constant| constant[lane] += curve.offset * share);
        }
    }

    /// How far the scores of a group of labels are believed.
    pub(super) fn shares(&self, group: usize) -> Lanes {
        std::array::from_fn(|lane| self.shares.get(group * LANES + lane).copied().unwrap_or(0.0))
    }

    /// The scores of a group of labels.
    pub(super) fn score(&self, group: usize, vector: &[f32]) -> Lanes {
        let columns = &self.groups[group];
        let mut scores = columns.last().copied().unwrap_or_default();
        for (&x, column) in vector.iter().zip(columns) {
            scores.iter_mut().zip(column).for_each(|(score, weight)| *score += x * weight);
        }
        scores
    }

    /// Adds the scores to weights over all the columns of the design, the constant last.
    pub(super) fn add_to(&self, group: usize, weights: &mut [Lanes]) {
        self.add(1.0, group, weights);
    }

    /// Takes the scores from weights that they were added to.
    pub(super) fn take_from(&self, group: usize, weights: &mut [Lanes]) {
        self.add(-1.0, group, weights);
    }

    fn add(&self, times: f32, group: usize, weights: &mut [Lanes]) {
        let columns = &self.groups[group];
        let Some((constant, dense)) = columns.split_last() else { return };
        let Some((last, rest)) = weights.split_last_mut() else { return };
        for (to, from) in rest.iter_mut().zip(dense).chain([(last, constant)]) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += times * from);
        }
    }
}

/// One round: shares the texts out, then moves each label between its own words and its texts.
fn moved(prototypes: &[Vec<f32>], own: &[Vec<f32>], places: &[Vec<f32>], packed: &Panels, threads: usize) -> Vec<Vec<f32>> {
    let dimension = packed.n_columns();
    let labels = Panels::new(prototypes.len(), dimension, |at| &prototypes[at]);
    let shared = for_each_index(places.len(), threads, |at| shares(&labels.times(&places[at]), FOCUS));
    let groups = for_each_index(own.len().div_ceil(LANES), threads, |group| {
        let of_row = |shares: &Vec<f32>| std::array::from_fn(|lane| shares.get(group * LANES + lane).copied().unwrap_or(0.0));
        let rows: Vec<Lanes> = shared.iter().map(of_row).collect();
        let mut columns = vec![[0.0; LANES]; dimension];
        packed.backward(&rows, &mut columns);
        columns
    });
    let between = |(label, own): (usize, &Vec<f32>)| {
        let sum: Vec<f32> = groups[label / LANES].iter().map(|column| column[label % LANES]).collect();
        let mixed = own.iter().zip(direction(&sum, &[])).map(|(own, text)| OWN_WORDS * own + (1.0 - OWN_WORDS) * text);
        direction(&mixed.collect::<Vec<f32>>(), &[])
    };
    own.iter().enumerate().map(between).collect()
}

/// The share of each label in a text with these cosines; what is left belongs to none.
fn shares(cosines: &[f32], focus: f32) -> Vec<f32> {
    let highest = cosines.iter().copied().fold(BACKGROUND, f32::max);
    let powers: Vec<f32> = cosines.iter().map(|cosine| (focus * (cosine - highest)).exp()).collect();
    let total = powers.iter().sum::<f32>() + (focus * (BACKGROUND - highest)).exp();
    powers.iter().map(|power| power / total).collect()
}

/// The constant with which logistic scores add up to the sum wanted.
fn offset(scores: &[f32], wanted: f32) -> f32 {
    let (mut low, mut high) = (-40.0f32, 40.0f32);
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        let sum: f32 = scores.iter().map(|score| 1.0 / (1.0 + (-(score + middle)).exp())).sum();
        if sum < wanted { low = middle } else { high = middle }
    }
    // Without texts nothing says how common a label is.
    if scores.is_empty() { -SLOPE * BACKGROUND } else { 0.5 * (low + high) }
}

fn mean<'a>(vectors: impl Iterator<Item = &'a [f32]>, dimension: usize) -> Vec<f32> {
    let (mut sum, mut n) = (vec![0.0f32; dimension], 0.0f32);
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        n += 1.0;
    }
    sum.iter().map(|x| x / n.max(1.0)).collect()
}

/// The unit vector from a center towards a vector; zeros where they are the same.
fn direction(vector: &[f32], center: &[f32]) -> Vec<f32> {
    let centered = vector.iter().enumerate().map(|(at, x)| x - center.get(at).copied().unwrap_or(0.0));
    let centered: Vec<f32> = centered.collect();
    let length = inner(&centered, &centered).sqrt();
    centered.iter().map(|x| if length > 1e-6 { x / length } else { 0.0 }).collect()
}

fn mean_length(texts: &[usize], design: &Design<'_>, center: &[f32]) -> f32 {
    let length = |row: usize| design.dense_row(row).iter().zip(center).map(|(x, c)| (x - c) * (x - c)).sum::<f32>().sqrt();
    let sum: f32 = texts.iter().map(|&row| length(row)).sum();
    if sum > 1e-6 { sum / texts.len() as f32 } else { 1.0 }
}

fn inner(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
