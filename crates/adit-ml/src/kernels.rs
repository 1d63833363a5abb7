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
/// Queries that attention takes together: their sums do not wait for each other.
const QUERIES: usize = 4;
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
            for (most, &x) in most.iter_mut().zip(chunk) {
                *most = if x > *most { x } else { *most };
            }
        }
        for chunk in self.row.as_chunks::<LANES>().0 {
            for (least, &x) in least.iter_mut().zip(chunk) {
                *least = if x < *least { x } else { *least };
            }
        }
        let least = least.into_iter().fold(0.0f32, |least, x| if x < least { x } else { least });
        let most = most.into_iter().fold(0.0f32, |most, x| if x > most { x } else { most });
        let top = f32::from(self.top);
        let step = ((most - least) / top).max(1e-20);
        let inverse = 1.0 / step;
        let zero = (-least * inverse).round_ties_even().clamp(0.0, top);
        for (level, &x) in self.levels.iter_mut().zip(self.row) {
            let near = x.mul_add(inverse, zero);
            let bounded = if near > top { top } else { near };
            let bounded = if bounded < 0.0 { 0.0 } else { bounded };
            // Beside 1.5 * 2^23 only whole numbers can be told apart, and they stand in the lowest bits.
            *level = (bounded + 12_582_912.0).to_bits() as u8;
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

/// Applies the Gaussian error linear unit, `x Φ(x)` (Hendrycks and Gimpel, arXiv:1606.08415), in place.
///
/// `Φ(x) - 1/2` is `x` times a polynomial of `x²`, fitted for the least largest error of `x Φ(x)` between -4.5 and
/// 4.5 and held beyond: within 1e-5 of the exact value there, 7e-5 to ±12. The output is rounded to 8 bits next.
pub(crate) struct GeluRow<'a> {
    pub(crate) row: &'a mut [f32],
}

/// Of rising powers of `2 (x / 4.5)² - 1`.
const GELU: [f32; 10] = [
    0.156_905_3,
    -0.077_183_366,
    0.054_671_865,
    -0.040_295_81,
    0.028_623_866,
    -0.018_159_103,
    0.010_140_679,
    -0.006_683_081,
    0.004_655_180_5,
    -0.001_565_522,
];
const GELU_END: f32 = 4.5;

impl SimdOp for GeluRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) {
        for x in self.row.iter_mut() {
            let held = if *x > GELU_END { GELU_END } else { *x };
            let held = if held < -GELU_END { -GELU_END } else { held };
            let power = (held * held).mul_add(2.0 / (GELU_END * GELU_END), -1.0);
            let [rest @ .., last] = GELU;
            let slope = rest.iter().rev().fold(last, |sum, &factor| sum.mul_add(power, factor));
            *x *= held.mul_add(slope, 0.5);
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
        let Attention { qkv, length, output } = self;
        let padded = length.next_multiple_of(LANES);
        let mut keys = vec![0.0f32; HEAD * padded];
        let mut scores = vec![0.0f32; QUERIES * padded];
        for head in 0..N_HEADS {
            for (at, row) in qkv.chunks_exact(3 * HIDDEN).enumerate() {
                for (dim, &key) in row[HIDDEN + head * HEAD..HIDDEN + (head + 1) * HEAD].iter().enumerate() {
                    keys[dim * padded + at] = key;
                }
            }
            for first in (0..length).step_by(QUERIES) {
                // The last group looks at its last row again rather than past the end.
                let rows: [usize; QUERIES] = std::array::from_fn(|idx| (first + idx).min(length - 1));
                let queries = rows.map(|row| &qkv[row * 3 * HIDDEN + head * HEAD..][..HEAD]);
                score(queries, &keys, padded, &mut scores);
                for scores in scores.chunks_exact_mut(padded) {
                    rten_vecmath::Softmax::new_mut(&mut scores[..length]).eval(isa);
                }
                let mixed = mix(qkv, &scores, padded, 2 * HIDDEN + head * HEAD);
                for (row, mixed) in rows.into_iter().zip(mixed) {
                    output[row * HIDDEN + head * HEAD..][..HEAD].copy_from_slice(&mixed);
                }
            }
        }
    }
}

/// Scaled products of a group of queries with every key; a row of `padded` scores for each query.
#[inline(always)]
fn score(queries: [&[f32]; QUERIES], keys: &[f32], padded: usize, scores: &mut [f32]) {
    let scale = 1.0 / (HEAD as f32).sqrt();
    let queries = queries.map(|query| query.first_chunk::<HEAD>().copied().unwrap_or([0.0; HEAD]));
    for start in (0..padded).step_by(LANES) {
        let mut sums = [[0.0f32; LANES]; QUERIES];
        for dim in 0..HEAD {
            let Some(keys) = keys[dim * padded + start..].first_chunk::<LANES>() else { continue };
            for (sums, query) in sums.iter_mut().zip(&queries) {
                for lane in 0..LANES {
                    sums[lane] = query[dim].mul_add(keys[lane], sums[lane]);
                }
            }
        }
        for (sums, scores) in sums.into_iter().zip(scores.chunks_exact_mut(padded)) {
            scores[start..start + LANES].copy_from_slice(&sums.map(|sum| sum * scale));
        }
    }
}

/// The values of all rows at a column offset, weighted for each query of a group.
#[inline(always)]
fn mix(qkv: &[f32], scores: &[f32], padded: usize, offset: usize) -> [[f32; HEAD]; QUERIES] {
    let mut sums = [[0.0f32; HEAD]; QUERIES];
    for (at, row) in qkv.chunks_exact(3 * HIDDEN).enumerate() {
        let Some(values) = row[offset..].first_chunk::<HEAD>() else { continue };
        for (idx, sums) in sums.iter_mut().enumerate() {
            let weight = scores[idx * padded + at];
            for dim in 0..HEAD {
                sums[dim] = weight.mul_add(values[dim], sums[dim]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error function by its Taylor series, in double precision; exact enough up to 5.
    fn erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * std::f64::consts::FRAC_2_SQRT_PI
    }

    #[test]
    fn the_unit_is_close_to_the_exact_one() {
        let mut row: Vec<f32> = (-1_200..=1_200).map(|step| step as f32 / 100.0).collect();
        let exact: Vec<f64> = row
            .iter()
            .map(|&x| f64::from(x))
            .map(|x| if x.abs() > 6.0 { x.max(0.0) } else { x * 0.5 * (1.0 + erf(x / std::f64::consts::SQRT_2)) })
            .collect();
        let at = row.clone();
        GeluRow { row: &mut row }.dispatch();
        for ((x, exact), close) in at.iter().zip(exact).zip(row) {
            let bound = if x.abs() <= 4.5 { 1.5e-5 } else { 8e-5 };
            assert!((f64::from(close) - exact).abs() < bound, "{x}: {close} for {exact}");
        }
    }

    #[test]
    fn levels_stand_for_what_they_were_made_of() {
        for top in [127u8, 255] {
            let row: Vec<f32> = (0..HIDDEN).map(|at| ((at * 37 % 101) as f32 - 30.0) / 7.0).collect();
            let mut levels = vec![0u8; row.len()];
            let (zero, step) = QuantizeRow { row: &row, levels: &mut levels, top }.dispatch();
            assert!(levels.iter().all(|&level| level <= top));
            let (least, most) = (levels.iter().min().copied(), levels.iter().max().copied());
            assert!(least <= Some(1) && most >= Some(top - 1), "the whole range is used: {least:?} {most:?}");
            for (x, level) in row.iter().zip(levels) {
                let back = (i32::from(level) - i32::from(zero)) as f32 * step;
                assert!((x - back).abs() <= step, "{x} came back as {back}");
            }
        }
    }

    #[test]
    fn attention_is_the_same_for_every_length() {
        for length in [1usize, 3, 4, 5, 16, 17, 33] {
            let qkv: Vec<f32> = (0..length * 3 * HIDDEN).map(|at| ((at * 7_919 % 1_009) as f32 - 504.0) / 400.0).collect();
            let mut output = vec![f32::NAN; length * HIDDEN];
            Attention { qkv: &qkv, length, output: &mut output }.dispatch();
            let at = |row: usize, part: usize, column: usize| f64::from(qkv[row * 3 * HIDDEN + part * HIDDEN + column]);
            for row in 0..length {
                for head in 0..N_HEADS {
                    let columns = head * HEAD..(head + 1) * HEAD;
                    let products = (0..length).map(|other| columns.clone().map(|c| at(row, 0, c) * at(other, 1, c)).sum::<f64>());
                    let weights: Vec<f64> = products.map(|product| (product / (HEAD as f64).sqrt()).exp()).collect();
                    let total: f64 = weights.iter().sum();
                    for column in columns {
                        let exact: f64 = weights.iter().enumerate().map(|(other, w)| w / total * at(other, 2, column)).sum();
                        let got = f64::from(output[row * HIDDEN + column]);
                        assert!((got - exact).abs() < 1e-4, "{length} {row} {column}: {got} for {exact}");
                    }
                }
            }
        }
    }
}
