//! Inner loops of the encoder, compiled for each instruction set and chosen at run time.
//!
//! Each `eval` is plain Rust: inlined into the dispatcher of `rten-simd`, the compiler vectorises it
//! with the widest instructions of the processor. Sums keep a fixed number of lanes, so that their
//! order, and with it the result, is the same at every width.

use rten_simd::{Isa, SimdOp};

const LANES: usize = 16;
const HEAD: usize = 32;
const N_HEADS: usize = 12;
const HIDDEN: usize = HEAD * N_HEADS;
/// Added to the variance, as the model was trained.
const EPSILON: f32 = 1e-12;

/// Adds a word's vector of 8-bit integers to a position's.
pub(crate) struct EmbedRow<'a> {
    pub(crate) values: &'a [i8],
    pub(crate) scale: f32,
    pub(crate) position: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl SimdOp for EmbedRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for ((output, &value), &position) in self.output.iter_mut().zip(self.values).zip(self.position) {
            *output = f32::from(value).mul_add(self.scale, position);
        }
    }
}

/// Rounds a row to integers from 0 to `top`; gives the level that stands for zero and the step.
pub(crate) struct QuantizeRow<'a> {
    pub(crate) row: &'a [f32],
    pub(crate) levels: &'a mut [u8],
    pub(crate) top: u8,
}

impl SimdOp for QuantizeRow<'_> {
    type Output = (u8, f32);

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) -> (u8, f32) {
        let (mut least, mut most) = ([0.0f32; LANES], [0.0f32; LANES]);
        for chunk in self.row.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                least[lane] = if chunk[lane] < least[lane] { chunk[lane] } else { least[lane] };
                most[lane] = if chunk[lane] > most[lane] { chunk[lane] } else { most[lane] };
            }
        }
        let least = least.into_iter().fold(0.0f32, f32::min);
        let most = most.into_iter().fold(0.0f32, f32::max);
        let top = f32::from(self.top);
        let step = ((most - least) / top).max(1e-20);
        let inverse = 1.0 / step;
        let zero = (-least * inverse).round_ties_even().clamp(0.0, top);
        for (level, &x) in self.levels.iter_mut().zip(self.row) {
            // Adding and taking away 1.5 * 2^23 rounds to the nearest integer without a library call.
            let rounded = (x.mul_add(inverse, zero) + 12_582_912.0) - 12_582_912.0;
            let bounded = if rounded > top { top } else { rounded };
            let bounded = if bounded < 0.0 { 0.0 } else { bounded };
            *level = bounded as i32 as u8;
        }
        (zero as u8, step)
    }
}

/// Turns integer sums back to floats and adds the bias.
pub(crate) struct DequantizeBias<'a> {
    pub(crate) sums: &'a [i32],
    pub(crate) zero: i32,
    pub(crate) column_sums: &'a [i32],
    pub(crate) factor: f32,
    pub(crate) scales: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl SimdOp for DequantizeBias<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        let inputs = self.sums.iter().zip(self.column_sums).zip(self.scales).zip(self.bias);
        for (output, (((&sum, &column_sum), &scale), &bias)) in self.output.iter_mut().zip(inputs) {
            *output = ((sum - self.zero * column_sum) as f32).mul_add(scale * self.factor, bias);
        }
    }
}

/// Adds a residual to a row and brings it to zero mean and unit variance, scaled and shifted.
pub(crate) struct NormalizeRow<'a> {
    pub(crate) row: &'a mut [f32],
    pub(crate) residual: Option<&'a [f32]>,
    pub(crate) scale: &'a [f32],
    pub(crate) bias: &'a [f32],
}

impl SimdOp for NormalizeRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        if let Some(residual) = self.residual {
            for (x, &more) in self.row.iter_mut().zip(residual) {
                *x += more;
            }
        }
        let n = self.row.len() as f32;
        let mut sums = [0.0f32; LANES];
        for chunk in self.row.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                sums[lane] += chunk[lane];
            }
        }
        let mean = sums.iter().sum::<f32>() / n;
        let mut squares = [0.0f32; LANES];
        for chunk in self.row.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                let apart = chunk[lane] - mean;
                squares[lane] = apart.mul_add(apart, squares[lane]);
            }
        }
        let inverse = 1.0 / (squares.iter().sum::<f32>() / n + EPSILON).sqrt();
        for ((x, &scale), &bias) in self.row.iter_mut().zip(self.scale).zip(self.bias) {
            *x = ((*x - mean) * inverse).mul_add(scale, bias);
        }
    }
}

/// Self-attention of one sequence: rows of query, key and value in, rows of mixed values out.
pub(crate) struct Attention<'a> {
    pub(crate) qkv: &'a [f32],
    pub(crate) length: usize,
    pub(crate) output: &'a mut [f32],
}

impl SimdOp for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let padded = self.length.next_multiple_of(LANES);
        let mut keys = vec![0.0f32; HEAD * padded];
        let mut scores = vec![0.0f32; padded];
        for head in 0..N_HEADS {
            for (at, row) in self.qkv.chunks_exact(3 * HIDDEN).enumerate() {
                for (dim, &key) in row[HIDDEN + head * HEAD..HIDDEN + (head + 1) * HEAD].iter().enumerate() {
                    keys[dim * padded + at] = key;
                }
            }
            for (at, row) in self.qkv.chunks_exact(3 * HIDDEN).enumerate() {
                let query = &row[head * HEAD..(head + 1) * HEAD];
                score(query, &keys, padded, &mut scores);
                rten_vecmath::Softmax::new_mut(&mut scores[..self.length]).eval(isa);
                let output = &mut self.output[at * HIDDEN + head * HEAD..][..HEAD];
                mix(self.qkv, &scores[..self.length], 2 * HIDDEN + head * HEAD, output);
            }
        }
    }
}

/// Scaled products of one query with every key.
#[inline(always)]
fn score(query: &[f32], keys: &[f32], padded: usize, scores: &mut [f32]) {
    let scale = 1.0 / (HEAD as f32).sqrt();
    for (start, scores) in (0..padded).step_by(LANES).zip(scores.as_chunks_mut::<LANES>().0) {
        let mut sums = [0.0f32; LANES];
        for (dim, &q) in query.iter().enumerate() {
            let Some(keys) = keys[dim * padded + start..].first_chunk::<LANES>() else { continue };
            for lane in 0..LANES {
                sums[lane] = q.mul_add(keys[lane], sums[lane]);
            }
        }
        *scores = sums.map(|sum| sum * scale);
    }
}

/// The values of all rows at a column offset, weighted.
#[inline(always)]
fn mix(qkv: &[f32], weights: &[f32], offset: usize, output: &mut [f32]) {
    let mut sums = [0.0f32; HEAD];
    for (row, &weight) in qkv.chunks_exact(3 * HIDDEN).zip(weights) {
        let Some(values) = row[offset..].first_chunk::<HEAD>() else { continue };
        for dim in 0..HEAD {
            sums[dim] = weight.mul_add(values[dim], sums[dim]);
        }
    }
    output.copy_from_slice(&sums);
}
