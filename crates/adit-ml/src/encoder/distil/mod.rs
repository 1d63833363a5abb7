//! Fits the table of the static encoder to the vectors of the default one.
//!
//! The vector that a token has alone, weighted by how rare it is (Arora, Liang and Ma, 2017), is mapped so that sums come
//! near to the vectors of whole texts, and then each token that the texts hold is corrected by what they still lack.

mod solve;

use std::collections::BTreeMap;

use solve::Sparse;

use crate::classifier::workers::for_each_index;
use crate::encoder::MiniLm;
use crate::encoder::static_table::{OFFSET, SCALES, TOKENS};
use crate::encoder::weights::{Entry, MAGIC};
use crate::matrix::Square;

/// Tokens of a text that the fit reads.
const READ: usize = 128;
/// Texts that the teacher reads in one go.
const BATCH: usize = 1_024;
/// Columns that are fitted together.
const BLOCK: usize = 32;
/// Steps of the fit of each token.
const STEPS: usize = 30;
/// Share of the mean square that keeps the common map small.
const MAP_PENALTY: f64 = 1e-4;
/// The first entries of the vocabulary are marks and unused; words follow by frequency.
const FIRST_WORD: usize = 999;
/// The frequency of a token at which its weight is one half.
const HALF_WEIGHT: f64 = 1e-4;
/// Clipping points that the rounding of a row chooses among.
const CLIPS: [f32; 5] = [0.6, 0.7, 0.8, 0.9, 1.0];
/// The highest level of a rounded row.
const TOP: f32 = 7.0;

/// How a table is fitted.
#[derive(Debug, Clone, Copy)]
pub struct DistilOptions {
    /// Length of the vectors: even, and at most the teacher's.
    pub dimension: usize,
    /// The weight of staying near the common map, in texts of one token.
    pub penalty: f32,
    /// Threads; the result does not depend on them.
    pub threads: usize,
}

/// The table as a file for [`StaticEncoder::open`](crate::StaticEncoder::open).
#[must_use]
pub fn distil(texts: &[&str], teacher: &MiniLm, options: &DistilOptions) -> Vec<u8> {
    let tokenizer = teacher.tokenizer();
    let n_tokens = tokenizer.n_tokens();
    let mut read: Vec<Vec<u32>> = texts.iter().map(|text| tokenizer.tokens(text, READ)).collect();
    read.retain(|tokens| !tokens.is_empty());
    let alone: Vec<Vec<u32>> = (0..n_tokens as u32).map(|token| vec![token]).collect();
    let (mut alone, mut vectors) = (vectors_of(&alone, teacher), vectors_of(&read, teacher));
    let width = vectors.len() / read.len().max(1);
    center(&mut alone, width);
    center(&mut vectors, width);
    let axes = Square::of_columns(&vectors, width).axes();
    let targets = along(&vectors, &axes[..options.dimension]);
    drop(vectors);
    for (token, row) in alone.chunks_exact_mut(width).enumerate() {
        row.iter_mut().for_each(|x| *x *= weight(token, n_tokens));
    }
    let mut rows = Sparse::default();
    for tokens in &read {
        let share = 1.0 / tokens.len() as f32;
        rows.push(tokens.iter().map(|&token| (token, share)));
    }
    quantized(&fit(&rows, &alone, &targets, width, options), options.dimension)
}

/// The vectors of the tokens whose sums come near to the targets.
fn fit(rows: &Sparse, alone: &[f32], targets: &[f32], width: usize, options: &DistilOptions) -> Vec<f32> {
    let n_tokens = alone.len() / width;
    let sums = rows.times(alone, width);
    let mut gram = Square::of_columns(&sums, width);
    let mean = (0..width).map(|at| gram.values[at * width + at]).sum::<f64>() / width as f64;
    (0..width).for_each(|at| gram.values[at * width + at] += MAP_PENALTY * mean);
    let mut products = vec![0.0; width * options.dimension];
    for (sum, target) in sums.chunks_exact(width).zip(targets.chunks_exact(options.dimension)) {
        for (x, out) in sum.iter().zip(products.chunks_exact_mut(options.dimension)) {
            out.iter_mut().zip(target).for_each(|(out, y)| *out += f64::from(*x) * f64::from(*y));
        }
    }
    let map: Vec<f32> = gram.solve(products, options.dimension).iter().map(|x| *x as f32).collect();
    let blocks = for_each_index(options.dimension.div_ceil(BLOCK), options.threads, |block| {
        let columns = block * BLOCK..options.dimension.min((block + 1) * BLOCK);
        let cut = |matrix: &[f32]| -> Vec<f32> {
            matrix.chunks_exact(options.dimension).flat_map(|row| row[columns.clone()].iter().copied()).collect()
        };
        let map = cut(&map);
        let mut table = product(alone, width, &map, columns.len());
        let mapped = rows.times(&table, columns.len());
        let rest: Vec<f32> = cut(targets).iter().zip(&mapped).map(|(target, known)| target - known).collect();
        let corrections = rows.ridge(n_tokens, &rest, columns.len(), options.penalty, STEPS);
        table.iter_mut().zip(&corrections).for_each(|(x, correction)| *x += correction);
        table
    });
    let mut table = vec![0.0; n_tokens * options.dimension];
    for (block, part) in blocks.iter().enumerate() {
        let n_columns = BLOCK.min(options.dimension - block * BLOCK);
        for (row, from) in table.chunks_exact_mut(options.dimension).zip(part.chunks_exact(n_columns)) {
            row[block * BLOCK..][..n_columns].copy_from_slice(from);
        }
    }
    table
}

/// The teacher's vectors, one after the other.
fn vectors_of(read: &[Vec<u32>], teacher: &MiniLm) -> Vec<f32> {
    read.chunks(BATCH).flat_map(|batch| teacher.encode_tokens(batch)).flatten().collect()
}

/// Takes the mean row off every row.
fn center(matrix: &mut [f32], width: usize) {
    let n_rows = (matrix.len() / width).max(1);
    let mut mean = vec![0.0f64; width];
    for row in matrix.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    for row in matrix.chunks_exact_mut(width) {
        row.iter_mut().zip(&mean).for_each(|(x, sum)| *x -= (sum / n_rows as f64) as f32);
    }
}

/// Each row's coordinates along the axes.
fn along(matrix: &[f32], axes: &[Vec<f64>]) -> Vec<f32> {
    let width = axes.first().map_or(1, Vec::len);
    let coordinate = |row: &[f32], axis: &Vec<f64>| row.iter().zip(axis).map(|(x, a)| f64::from(*x) * a).sum::<f64>() as f32;
    matrix.chunks_exact(width).flat_map(|row| axes.iter().map(move |axis| coordinate(row, axis))).collect()
}

fn product(left: &[f32], inner: usize, right: &[f32], width: usize) -> Vec<f32> {
    let mut product = vec![0.0; left.len() / inner * width];
    for (row, sums) in left.chunks_exact(inner).zip(product.chunks_exact_mut(width)) {
        for (x, values) in row.iter().zip(right.chunks_exact(width)) {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += x * value);
        }
    }
    product
}

/// How much a token says, by the frequency that its place in the vocabulary suggests (Zipf's law).
fn weight(token: usize, n_tokens: usize) -> f32 {
    let rank = (token.max(FIRST_WORD) - FIRST_WORD + 1) as f64;
    let frequency = 1.0 / (rank * ((n_tokens - FIRST_WORD) as f64).ln());
    (HALF_WEIGHT / (HALF_WEIGHT + frequency)) as f32
}

/// Rows of 4-bit integers with one factor each, behind an index.
fn quantized(table: &[f32], width: usize) -> Vec<u8> {
    let (mut levels, mut scales) = (Vec::with_capacity(table.len() / 2), Vec::new());
    for row in table.chunks_exact(width) {
        let scale = scale_of(row);
        let level = |x: &f32| (rounded(*x, scale) as i8 + OFFSET.cast_signed()).cast_unsigned();
        let (first, second) = row.split_at(width / 2);
        levels.extend(first.iter().zip(second).map(|(x, y)| level(x) | level(y) << 4));
        scales.extend(scale.to_le_bytes());
    }
    let n_rows = table.len() / width;
    let entry = |kind: &str, shape: Vec<usize>, offset| Entry { kind: kind.to_owned(), shape, offset, scales: None };
    let index =
        BTreeMap::from([(TOKENS, entry("u8", vec![n_rows, width / 2], 0)), (SCALES, entry("f32", vec![n_rows], levels.len()))]);
    // A map of plain strings and numbers always has a JSON form.
    let index = serde_json::to_vec(&index).unwrap_or_default();
    [&MAGIC[..], &(index.len() as u32).to_le_bytes(), &index, &levels, &scales].concat()
}

fn rounded(x: f32, scale: f32) -> f32 {
    (x / scale).round().clamp(-TOP, TOP)
}

/// The factor of least squared error, among those that a few clipping points give.
fn scale_of(row: &[f32]) -> f32 {
    let top = row.iter().fold(1e-9f32, |top, x| top.max(x.abs()));
    let error = |scale: f32| -> f32 { row.iter().map(|x| (x - rounded(*x, scale) * scale).powi(2)).sum() };
    let scales = CLIPS.map(|clip| top * clip / TOP);
    scales.into_iter().min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap_or(top / TOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between -1 and 1 that depend on the seed.
    fn numbers(n: usize, mut seed: u64) -> Vec<f32> {
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 40) as f32 / 8_388_608.0 - 1.0
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn the_fit_finds_map_and_corrections_whatever_the_threads() {
        let (n_tokens, width, dimension) = (50, 6, BLOCK + 4);
        let (alone, map) = (numbers(n_tokens * width, 1), numbers(width * dimension, 2));
        let mut hidden = product(&alone, width, &map, dimension);
        // One token means more than the map says, one is in no text.
        hidden[7 * dimension..8 * dimension].iter_mut().for_each(|x| *x += 2.0);
        let mut rows = Sparse::default();
        for (n, start) in numbers(400, 3).iter().enumerate() {
            let first = ((start + 1.0) * 24.0) as u32;
            let tokens = [first, (first + n as u32) % 49, 7 * u32::from(n % 5 == 0)];
            rows.push(tokens.into_iter().map(|token| (token, 1.0 / 3.0)));
        }
        let targets = rows.times(&hidden, dimension);
        let options = |threads| DistilOptions { dimension, penalty: 0.01, threads };
        let table = fit(&rows, &alone, &targets, width, &options(1));
        assert_eq!(table, fit(&rows, &alone, &targets, width, &options(3)));
        let error = |token: usize| -> f32 {
            let own = token * dimension..(token + 1) * dimension;
            let error = table[own.clone()].iter().zip(&hidden[own]).map(|(x, y)| (x - y).powi(2)).sum::<f32>();
            (error / dimension as f32).sqrt()
        };
        assert!(error(7) < 0.3 && error(3) < 0.3 && error(49) < 0.6, "{} {} {}", error(7), error(3), error(49));
    }

    #[test]
    fn rounding_keeps_every_number_within_a_step() {
        let table = numbers(4 * 10, 5);
        let file = quantized(&table, 10);
        let weights = crate::encoder::weights::Weights::open(&file).unwrap();
        let (levels, scales) = (weights.bytes(TOKENS, &[4, 5]).unwrap(), weights.floats(SCALES, &[4]).unwrap());
        for (row, numbers) in table.chunks_exact(10).enumerate() {
            for (at, x) in numbers.iter().enumerate() {
                let byte = levels[row * 5 + at % 5];
                let level = if at < 5 { byte & 15 } else { byte >> 4 };
                let read = (level.cast_signed() - OFFSET.cast_signed()) as f32 * scales[row];
                assert!((read - x).abs() < 0.45, "{read} for {x}");
            }
        }
        assert!(weight(FIRST_WORD, 30_522) < weight(5_000, 30_522) && weight(29_000, 30_522) < 1.0);
    }
}
