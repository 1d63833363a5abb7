//! Inner loops of the encoder, compiled for each instruction set and chosen at run time.
//!
//! Each `eval` is plain Rust: inlined into the dispatcher of `rten-simd`, the compiler vectorises it
//! with the widest instructions of the processor. Sums keep a fixed number of lanes, so that their
//! order, and with it the result, is the same at every width.

use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp};

const LANES: usize = 16;
/// The most registers that the lanes fill: the narrowest have four numbers.
const MAX_PARTS: usize = LANES / 4;
/// Registers in which the bounds of a row are looked for side by side.
const N_BOUNDS: usize = 4;
const HEAD: usize = 32;
const N_HEADS: usize = 12;
const HIDDEN: usize = HEAD * N_HEADS;
/// Queries that attention takes together: their sums do not wait for each other.
const QUERIES: usize = 8;
/// Queries whose values are mixed together: a sum for each dimension, which is more than for the scores.
const MIXED: usize = QUERIES / 2;
/// The numbers of as many keys as there are lanes: a row for each dimension.
const BLOCK: usize = HEAD * LANES;
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

/// How the whole numbers of a row stand for its floats.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Step {
    /// The level that stands for zero.
    pub(crate) zero: u8,
    /// The difference between one level and the next.
    pub(crate) size: f32,
}

/// What turns the integer sums of a product back into floats, for each of its columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    /// What a unit of the row's zero level adds to the sum.
    pub(crate) sums: &'a [i32],
    pub(crate) scales: &'a [f32],
    pub(crate) bias: &'a [f32],
}

impl Columns<'_> {
    /// The float of each of `N` sums, which are those of the columns from `first` on.
    #[inline(always)]
    fn floats<const N: usize>(&self, products: &[i32], first: usize, step: Step) -> [f32; N] {
        let mut floats = [0.0; N];
        let part = first..first + N;
        let (sums, scales, bias) = (&self.sums[part.clone()], &self.scales[part.clone()], &self.bias[part]);
        let (products, zero) = (&products[..N], i32::from(step.zero));
        for at in 0..N {
            floats[at] = ((products[at] - zero * sums[at]) as f32).mul_add(scales[at] * step.size, bias[at]);
        }
        floats
    }
}

/// Rounds a row to integers from 0 to `top`.
pub(crate) struct QuantizeRow<'a> {
    pub(crate) row: &'a [f32],
    pub(crate) levels: &'a mut [u8],
    pub(crate) top: u8,
}

impl SimdOp for QuantizeRow<'_> {
    type Output = Step;

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Step {
        quantize(isa, self.row, self.levels, self.top)
    }
}

#[inline(always)]
fn quantize<I: Isa>(isa: I, row: &[f32], levels: &mut [u8], top: u8) -> Step {
    let (least, most) = bounds(isa, row);
    let top = f32::from(top);
    let size = ((most - least) / top).max(1e-20);
    let inverse = 1.0 / size;
    let zero = (-least * inverse).round_ties_even().clamp(0.0, top);
    for (level, &x) in levels.iter_mut().zip(row) {
        let near = x.mul_add(inverse, zero);
        let bounded = if near > top { top } else { near };
        let bounded = if bounded < 0.0 { 0.0 } else { bounded };
        // Beside 1.5 * 2^23 only whole numbers can be told apart, and they stand in the lowest bits.
        *level = (bounded + NEXT_TO_WHOLE).to_bits() as u8;
    }
    Step { zero: zero as u8, size }
}

/// The least and the largest of a row of whole chunks, and of zero.
#[inline(always)]
fn bounds<I: Isa>(isa: I, row: &[f32]) -> (f32, f32) {
    let ops = isa.f32();
    let (mut least, mut most) = ([ops.zero(); N_BOUNDS], [ops.zero(); N_BOUNDS]);
    for chunk in row.chunks_exact(N_BOUNDS * ops.len()) {
        for at in 0..N_BOUNDS {
            let x = ops.load(&chunk[at * ops.len()..]);
            least[at] = ops.min(least[at], x);
            most[at] = ops.max(most[at], x);
        }
    }
    for chunk in row.chunks_exact(N_BOUNDS * ops.len()).remainder().chunks_exact(ops.len()) {
        let x = ops.load(chunk);
        least[0] = ops.min(least[0], x);
        most[0] = ops.max(most[0], x);
    }
    let (mut low, mut high) = ([0.0; LANES], [0.0; LANES]);
    ops.store(ops.sub(ops.zero(), ops.min(ops.min(least[0], least[1]), ops.min(least[2], least[3]))), &mut low);
    ops.store(ops.max(ops.max(most[0], most[1]), ops.max(most[2], most[3])), &mut high);
    (-largest(low), largest(high))
}

/// The sum of a row of whole chunks, lane by lane.
#[inline(always)]
fn sum<I: Isa>(isa: I, row: &[f32]) -> f32 {
    let ops = isa.f32();
    let mut sums = [ops.zero(); MAX_PARTS];
    for chunk in row.as_chunks::<LANES>().0 {
        for part in 0..LANES / ops.len() {
            sums[part] = ops.add(sums[part], ops.load(&chunk[part * ops.len()..]));
        }
    }
    lanes_total(isa, &sums)
}

/// The sum of the squares of how far a row of whole chunks is from its mean, lane by lane.
#[inline(always)]
fn squares<I: Isa>(isa: I, row: &[f32], mean: f32) -> f32 {
    let ops = isa.f32();
    let mean = ops.splat(mean);
    let mut sums = [ops.zero(); MAX_PARTS];
    for chunk in row.as_chunks::<LANES>().0 {
        for part in 0..LANES / ops.len() {
            let apart = ops.sub(ops.load(&chunk[part * ops.len()..]), mean);
            sums[part] = ops.mul_add(apart, apart, sums[part]);
        }
    }
    lanes_total(isa, &sums)
}

/// The sum of all lanes of as many registers as they fill.
#[inline(always)]
fn lanes_total<I: Isa>(isa: I, sums: &[I::F32; MAX_PARTS]) -> f32 {
    let ops = isa.f32();
    let mut lanes = [0.0; LANES];
    for part in 0..LANES / ops.len() {
        ops.store(sums[part], &mut lanes[part * ops.len()..]);
    }
    total(lanes)
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn total(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

/// The largest of all lanes, by halves.
#[inline(always)]
fn largest(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = if lanes[lane + half] > lanes[lane] { lanes[lane + half] } else { lanes[lane] };
        }
        half /= 2;
    }
    lanes[0]
}

/// 1.5 * 2^23: added to a small number, what is left of it is whole.
const NEXT_TO_WHOLE: f32 = 12_582_912.0;

/// Takes the sums of a product through the Gaussian error linear unit, `x Φ(x)` (Hendrycks and Gimpel, arXiv:1606.08415),
/// to the levels of the next product.
///
/// `Φ(x) - 1/2` is `x` times a polynomial of `x²`, fitted for the least largest error of `x Φ(x)` between -4.5 and
/// 4.5 and held beyond: within 1e-5 of the exact value there, 7e-5 to ±12. The output is rounded to 8 bits next.
pub(crate) struct GeluRow<'a> {
    pub(crate) products: &'a [i32],
    pub(crate) step: Step,
    pub(crate) columns: Columns<'a>,
    /// Room for the row in between.
    pub(crate) row: &'a mut [f32],
    pub(crate) levels: &'a mut [u8],
    pub(crate) top: u8,
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

#[inline(always)]
fn gelu(x: f32) -> f32 {
    let held = if x > GELU_END { GELU_END } else { x };
    let held = if held < -GELU_END { -GELU_END } else { held };
    let power = (held * held).mul_add(2.0 / (GELU_END * GELU_END), -1.0);
    let mut slope = GELU[GELU.len() - 1];
    for at in (0..GELU.len() - 1).rev() {
        slope = slope.mul_add(power, GELU[at]);
    }
    x * held.mul_add(slope, 0.5)
}

impl SimdOp for GeluRow<'_> {
    type Output = Step;

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Step {
        // Two registers at a time: the polynomial of one need not wait for that of the other.
        const PAIR: usize = 2 * LANES;
        for (block, (row, products)) in
            self.row.as_chunks_mut::<PAIR>().0.iter_mut().zip(self.products.chunks_exact(PAIR)).enumerate()
        {
            *row = self.columns.floats(products, block * PAIR, self.step);
            for x in row {
                *x = gelu(*x);
            }
        }
        quantize(isa, self.row, self.levels, self.top)
    }
}

/// Brings a row to zero mean and unit variance, scaled and shifted.
pub(crate) struct NormalizeRow<'a> {
    pub(crate) row: &'a mut [f32],
    pub(crate) scale: &'a [f32],
    pub(crate) bias: &'a [f32],
}

impl SimdOp for NormalizeRow<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        normalize(isa, self.row, self.scale, self.bias);
    }
}

/// Adds the sums of a product to a row, normalises it as [`NormalizeRow`] does, and gives the levels of the result.
pub(crate) struct NextRow<'a> {
    /// The sums, and what turns them into floats, if anything is added.
    pub(crate) more: Option<(&'a [i32], Step, Columns<'a>)>,
    pub(crate) row: &'a mut [f32],
    pub(crate) scale: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) levels: &'a mut [u8],
    pub(crate) top: u8,
}

impl SimdOp for NextRow<'_> {
    type Output = Step;

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) -> Step {
        if let Some((products, step, columns)) = self.more {
            for (block, (row, products)) in
                self.row.as_chunks_mut::<LANES>().0.iter_mut().zip(products.chunks_exact(LANES)).enumerate()
            {
                let floats: [f32; LANES] = columns.floats(products, block * LANES, step);
                for lane in 0..LANES {
                    row[lane] += floats[lane];
                }
            }
        }
        normalize(isa, self.row, self.scale, self.bias);
        quantize(isa, self.row, self.levels, self.top)
    }
}

#[inline(always)]
fn normalize<I: Isa>(isa: I, row: &mut [f32], scale: &[f32], bias: &[f32]) {
    let n = row.len() as f32;
    let mean = sum(isa, row) / n;
    let inverse = 1.0 / (squares(isa, row, mean) / n + EPSILON).sqrt();
    for ((x, &scale), &bias) in row.iter_mut().zip(scale).zip(bias) {
        *x = ((*x - mean) * inverse).mul_add(scale, bias);
    }
}

/// Self-attention of one sequence: the sums of query, key and value in, rows of mixed values out.
pub(crate) struct Attention<'a> {
    /// A row for each token: every head's query, then every head's key, then every head's value.
    pub(crate) products: &'a [i32],
    /// Of the rows that the products were made of.
    pub(crate) steps: &'a [Step],
    pub(crate) columns: Columns<'a>,
    pub(crate) room: &'a mut AttentionRoom,
    pub(crate) output: &'a mut [f32],
}

/// Room for one head.
#[derive(Debug, Default)]
pub(crate) struct AttentionRoom {
    /// A row for each token, then rows of nothing up to whole groups.
    queries: Vec<f32>,
    /// A block for so many tokens as there are lanes.
    keys: Vec<f32>,
    /// A row for each token, so that a group of queries walks along one stretch of memory.
    values: Vec<f32>,
    /// A row for each query of a group.
    scores: Vec<f32>,
}

impl SimdOp for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Attention { products, steps, columns, room, output } = self;
        let length = steps.len();
        let padded = length.next_multiple_of(LANES);
        let AttentionRoom { queries, keys, values, scores } = room;
        for (part, size) in
            [(&mut *queries, HEAD * padded), (keys, HEAD * padded), (values, HEAD * padded), (scores, QUERIES * padded)]
        {
            part.clear();
            part.resize(size, 0.0);
        }
        let scale = 1.0 / (HEAD as f32).sqrt();
        for head in 0..N_HEADS {
            let [query, key, value] = [0, HIDDEN, 2 * HIDDEN].map(|part| part + head * HEAD);
            for (at, (row, &step)) in products.chunks_exact(3 * HIDDEN).zip(steps).enumerate() {
                let mut floats: [f32; HEAD] = columns.floats(&row[query..], query, step);
                for x in &mut floats {
                    *x *= scale;
                }
                queries[at * HEAD..(at + 1) * HEAD].copy_from_slice(&floats);
                values[at * HEAD..(at + 1) * HEAD].copy_from_slice(&columns.floats::<HEAD>(&row[value..], value, step));
                let floats: [f32; HEAD] = columns.floats(&row[key..], key, step);
                let block = &mut keys[at / LANES * BLOCK..][..BLOCK];
                for dim in 0..HEAD {
                    block[dim * LANES + at % LANES] = floats[dim];
                }
            }
            for first in (0..length).step_by(QUERIES) {
                score(isa, &queries[first * HEAD..], keys, padded, scores);
                // One thing after the other for all queries: what is done for one of them need not wait for the others.
                let (mut most, mut totals) = ([0.0; QUERIES], [0.0; QUERIES]);
                for (most, scores) in most.iter_mut().zip(scores.chunks_exact_mut(padded)) {
                    scores[length..].fill(f32::MIN);
                    *most = largest_in(scores);
                }
                for (most, scores) in most.iter().zip(scores.chunks_exact_mut(padded)) {
                    exponentials(scores, *most);
                }
                for (total, scores) in totals.iter_mut().zip(scores.chunks_exact(padded)) {
                    *total = sum(isa, scores);
                }
                for part in 0..QUERIES / MIXED {
                    let mixed = mix(isa, &values[..length * HEAD], &scores[part * MIXED * padded..], padded);
                    let first = first + part * MIXED;
                    for idx in 0..MIXED.min(length.saturating_sub(first)) {
                        let output = &mut output[(first + idx) * HIDDEN + head * HEAD..][..HEAD];
                        for dim in 0..HEAD {
                            output[dim] = mixed[idx][dim] / totals[part * MIXED + idx];
                        }
                    }
                }
            }
        }
    }
}

/// Products of a group of queries with every key; a row of `padded` scores for each query.
#[inline(always)]
fn score<I: Isa>(isa: I, queries: &[f32], keys: &[f32], padded: usize, scores: &mut [f32]) {
    let ops = isa.f32();
    let (queries, _) = queries.as_chunks::<HEAD>();
    let Some(queries) = queries.first_chunk::<QUERIES>() else { return };
    for (block, keys) in keys.as_chunks::<BLOCK>().0.iter().enumerate() {
        for lane in (0..LANES).step_by(ops.len()) {
            let mut sums = [ops.zero(); QUERIES];
            for dim in 0..HEAD {
                let keys = ops.load(&keys[dim * LANES + lane..]);
                for idx in 0..QUERIES {
                    sums[idx] = ops.mul_add(ops.splat(queries[idx][dim]), keys, sums[idx]);
                }
            }
            for (sums, scores) in sums.into_iter().zip(scores.chunks_exact_mut(padded)) {
                ops.store(sums, &mut scores[block * LANES + lane..]);
            }
        }
    }
}

/// The largest of a row of whole chunks.
#[inline(always)]
fn largest_in(row: &[f32]) -> f32 {
    let mut most = [f32::MIN; LANES];
    for chunk in row.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            most[lane] = if chunk[lane] > most[lane] { chunk[lane] } else { most[lane] };
        }
    }
    largest(most)
}

/// Puts `exp(x - most)` in place of each `x`, of which none is larger than `most`.
#[inline(always)]
fn exponentials(row: &mut [f32], most: f32) {
    for chunk in row.as_chunks_mut::<LANES>().0 {
        for x in chunk {
            *x = exponential(*x - most);
        }
    }
}

/// `exp(x)` of a number that isn't positive, within 3e-7 of it; below -86 as good as nothing.
///
/// `x` is `n ln 2 + r`, `n` a whole number and `r` within ±`ln 2 / 2`: `2^n` goes straight into the exponent, and `exp(r)` is
/// its Taylor series.
#[inline(always)]
fn exponential(x: f32) -> f32 {
    let x = if x < -86.0 { -86.0 } else { x };
    let near = x.mul_add(std::f32::consts::LOG2_E, NEXT_TO_WHOLE);
    let whole = near - NEXT_TO_WHOLE;
    // ln 2 in two parts, the first one with few bits: their products with `whole` are exact.
    let rest = whole.mul_add(-0.693_359_4, x);
    let rest = whole.mul_add(2.121_944_4e-4, rest);
    let mut power = 1.0f32 / 720.0;
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        power = power.mul_add(rest, factor);
    }
    f32::from_bits(power.to_bits().wrapping_add(near.to_bits() << 23))
}

/// The values of all rows, weighted for each query of a group.
#[inline(always)]
fn mix<I: Isa>(isa: I, values: &[f32], scores: &[f32], padded: usize) -> [[f32; HEAD]; MIXED] {
    let ops = isa.f32();
    let mut mixed = [[0.0f32; HEAD]; MIXED];
    let weights: [&[f32]; MIXED] = std::array::from_fn(|idx| &scores[idx * padded..(idx + 1) * padded]);
    for first in (0..HEAD).step_by(2 * ops.len()) {
        let second = first + ops.len();
        let mut sums = [[ops.zero(); 2]; MIXED];
        for (at, values) in values.as_chunks::<HEAD>().0.iter().enumerate() {
            let values = [ops.load(&values[first..]), ops.load(&values[second..])];
            for idx in 0..MIXED {
                let weight = ops.splat(weights[idx][at]);
                sums[idx] = [ops.mul_add(weight, values[0], sums[idx][0]), ops.mul_add(weight, values[1], sums[idx][1])];
            }
        }
        for (sums, mixed) in sums.into_iter().zip(&mut mixed) {
            ops.store(sums[0], &mut mixed[first..]);
            ops.store(sums[1], &mut mixed[second..]);
        }
    }
    mixed
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
        row.iter_mut().for_each(|x| *x = gelu(*x));
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
            let Step { zero, size } = QuantizeRow { row: &row, levels: &mut levels, top }.dispatch();
            assert!(levels.iter().all(|&level| level <= top));
            let (least, most) = (levels.iter().min().copied(), levels.iter().max().copied());
            assert!(least <= Some(1) && most >= Some(top - 1), "the whole range is used: {least:?} {most:?}");
            for (x, level) in row.iter().zip(levels) {
                let back = (i32::from(level) - i32::from(zero)) as f32 * size;
                assert!((x - back).abs() <= size, "{x} came back as {back}");
            }
        }
    }

    #[test]
    fn powers_are_close_to_the_exact_ones() {
        for step in 0..=86_000 {
            let x = -(step as f32) / 1_000.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exponential(x)) - exact).abs() < 3e-7 * exact, "{x}: {} for {exact}", exponential(x));
        }
        assert!((0.0..1e-37).contains(&exponential(f32::MIN)));
    }

    #[test]
    fn attention_is_the_same_for_every_length() {
        const WIDTH: usize = 3 * HIDDEN;
        let mut room = AttentionRoom::default();
        for length in [1usize, 3, 4, 5, 16, 17, 33, 5] {
            let products: Vec<i32> = (0..length * WIDTH).map(|at| (at * 7_919 % 1_009) as i32 - 504).collect();
            let steps: Vec<Step> = (0..length).map(|row| Step { zero: row as u8 % 3, size: 0.5 + row as f32 / 64.0 }).collect();
            let sums: Vec<i32> = (0..WIDTH).map(|at| (at % 31) as i32 - 15).collect();
            let scales: Vec<f32> = (0..WIDTH).map(|at| (1.0 + (at % 5) as f32) / 1_200.0).collect();
            let bias: Vec<f32> = (0..WIDTH).map(|at| (at % 7) as f32 / 10.0 - 0.3).collect();
            let qkv: Vec<f32> = (0..length * WIDTH)
                .map(|at| {
                    let (step, column) = (steps[at / WIDTH], at % WIDTH);
                    (products[at] - i32::from(step.zero) * sums[column]) as f32 * scales[column] * step.size + bias[column]
                })
                .collect();
            let mut output = vec![f32::NAN; length * HIDDEN];
            let columns = Columns { sums: &sums, scales: &scales, bias: &bias };
            Attention { products: &products, steps: &steps, columns, room: &mut room, output: &mut output }.dispatch();
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
