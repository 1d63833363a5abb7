//! What neighbours say: the labels of the known texts that are nearest by their vectors.
//!
//! Known are the reviewed comments, with what people said of them, and a sample of the others, with what the
//! linear model makes of them. Texts of one meaning lie together whether or not somebody has reviewed them, so that
//! a group of unreviewed neighbours corrects a single uncertain score (a nearest-neighbour form of self-training).

use crate::classifier::design::Design;
use crate::classifier::folds::{Weights, score};
use crate::classifier::format::{half, whole};
use crate::classifier::lanes::Panels;

/// With more reviewed comments than this the linear model needs no neighbours, and looking them up would be slow.
const MAX_REVIEWED: usize = 4_000;
/// Neighbours that are asked.
const N_NEIGHBORS: usize = 10;
/// How fast a neighbour's word counts less with distance: `exp(FOCUS * (cosine - largest cosine))`.
const FOCUS: f32 = 10.0;
/// Where one label holds, scores are sharpened so much before they become shares.
const TEMPERATURE: f32 = 0.5;
/// Labels that are remembered of one text, and the least share worth it.
const MAX_LABELS: usize = 8;
const LEAST_SHARE: f32 = 0.02;

/// Texts with their labels.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pub(super) vectors: Panels,
    /// For each text, labels with the share in which they hold.
    pub(super) labels: Vec<Vec<(u32, f32)>>,
}

impl Memory {
    /// Remembers reviewed rows and the unreviewed ones as the weights see them; `None` where there is nothing to gain.
    pub(super) fn new(design: &Design<'_>, weights: &Weights, scale: f32, reviewed: &[usize], threads: usize) -> Option<Memory> {
        let reviewed: Vec<usize> = reviewed.iter().copied().filter(|&row| row < design.n_examples).collect();
        if reviewed.is_empty() || design.n_examples > MAX_REVIEWED {
            return None;
        }
        let unreviewed: Vec<usize> = design.unreviewed().collect();
        let scores = score(design, weights, scale, &unreviewed, threads);
        let certain = |row: &usize| design.assigned[*row].iter().map(|&label| (label as u32, 1.0)).collect();
        let mut labels: Vec<Vec<(u32, f32)>> = reviewed.iter().map(certain).collect();
        labels.extend(scores.iter().map(|scores| guessed(scores, design.is_exclusive)));
        let rows: Vec<usize> = reviewed.into_iter().chain(unreviewed).collect();
        // As they will be stored, so that a model read back says exactly the same.
        let stored: Vec<Vec<f32>> =
            rows.iter().map(|&row| design.dense_row(row).iter().map(|&x| whole(half(x))).collect()).collect();
        Some(Memory { vectors: Panels::new(rows.len(), design.dimension, |at| &stored[at]), labels })
    }

    /// The share of each label among the nearest texts of each vector.
    pub(super) fn shares(&self, vectors: &[&[f32]], n_labels: usize) -> Vec<Vec<f32>> {
        self.vectors.times_each(vectors).iter().map(|cosines| self.shares_by(cosines, None, n_labels)).collect()
    }

    /// As [`Memory::shares`] for texts some of which are remembered, by their places, and are not to tell of themselves.
    pub(super) fn shares_without(&self, own: &[Option<usize>], vectors: &[&[f32]], n_labels: usize) -> Vec<Vec<f32>> {
        let cosines = self.vectors.times_each(vectors);
        cosines.iter().zip(own).map(|(cosines, own)| self.shares_by(cosines, *own, n_labels)).collect()
    }

    fn shares_by(&self, cosines: &[f32], own: Option<usize>, n_labels: usize) -> Vec<f32> {
        let mut nearest: Vec<(f32, usize)> = Vec::with_capacity(N_NEIGHBORS + 1);
        for (at, &cosine) in cosines.iter().enumerate().filter(|(at, _)| Some(*at) != own) {
            if nearest.len() < N_NEIGHBORS || nearest.last().is_some_and(|last| cosine > last.0) {
                let place = nearest.partition_point(|other| other.0 >= cosine);
                nearest.insert(place, (cosine, at));
                nearest.truncate(N_NEIGHBORS);
            }
        }
        let mut shares = vec![0.0f32; n_labels];
        let Some(&(largest, _)) = nearest.first() else { return shares };
        let weights: Vec<f32> = nearest.iter().map(|(cosine, _)| (FOCUS * (cosine - largest)).exp()).collect();
        let total: f32 = weights.iter().sum();
        for (weight, (_, at)) in weights.iter().zip(nearest) {
            for &(label, share) in &self.labels[at] {
                shares[label as usize] += weight / total * share;
            }
        }
        shares
    }
}

/// What the linear model makes of an unreviewed text.
fn guessed(scores: &[f32], is_exclusive: bool) -> Vec<(u32, f32)> {
    let shares: Vec<f32> = if is_exclusive {
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f32> = scores.iter().map(|score| ((score - highest) / TEMPERATURE).exp()).collect();
        let total: f32 = powers.iter().sum();
        powers.iter().map(|power| power / total).collect()
    } else {
        scores.iter().map(|score| 1.0 / (1.0 + (-score).exp())).collect()
    };
    let mut kept: Vec<(u32, f32)> = (0..).zip(shares).filter(|(_, share)| *share >= LEAST_SHARE).collect();
    kept.sort_by(|a, b| b.1.total_cmp(&a.1));
    kept.truncate(MAX_LABELS);
    kept
}
