//! The forward pass: word vectors, three convolutions over them, and a network over their sum.
//!
//! Sequences lie end to end with zero rows between them, so that the rows around a token are one row of a matrix whose
//! rows overlap, and a convolution is a product of matrices without any copying.

use std::cell::RefCell;
use std::ops::Range;

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;

use super::rows::{AddReluRow, EmbedRow, ReluRow};
use crate::encoder::weights::{Weights, WeightsError};
use crate::kernels::NormalizeRow;

/// The length of a sentence vector.
pub(super) const DIMENSION: usize = 512;
/// The length of a word vector.
pub(super) const WORD: usize = 512;
/// The width of one convolution.
pub(super) const BRANCH: usize = 256;
/// The width of the network over the sum.
pub(super) const INNER: usize = 320;
/// Word vectors are rounded in groups: that of a piece is its id modulo their number.
pub(super) const N_GROUPS: usize = 17;
/// Each convolution sees so many tokens, so many of them to the left.
pub(super) const ORDERS: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
/// Zero rows around each sequence: as many as a convolution looks to either side.
const GAP: usize = 2;
pub(super) const FEATURES: usize = WORD + BRANCH * ORDERS.len();

/// The weights, unpacked for the kernels of this processor, but for the word vectors, which stay in their file.
pub(super) struct Network {
    file: Vec<u8>,
    words: Range<usize>,
    steps: Vec<f32>,
    lows: Vec<f32>,
    project: Linear,
    project_norm: Norm,
    branches: Vec<[Linear; 2]>,
    norm: Norm,
    join: Linear,
    tail: Tail,
}

/// The two residual blocks over the sum.
struct Tail {
    d0: Linear,
    p1: Linear,
    d1: Linear,
    d2: Linear,
    p3: Linear,
    d3: Linear,
}

struct Norm {
    scale: Vec<f32>,
    bias: Vec<f32>,
}

struct Linear {
    packed: PackedBMatrix<f32>,
    bias: Option<Vec<f32>>,
    n_outputs: usize,
}

thread_local! {
    /// The kernel cannot be shared between threads.
    static GEMM: RefCell<GemmExecutor<f32, f32, f32>> = RefCell::new(GemmExecutor::new());
}

impl Network {
    /// Reads and packs the weights of a file with vectors for at least `n_pieces`.
    pub(super) fn load(file: Vec<u8>, n_pieces: usize) -> Result<Network, WeightsError> {
        let weights = Weights::open(&file)?;
        let no_words = || WeightsError::Tensor("words".to_owned());
        let &[n_words, WORD] = weights.shape_of("words")? else { return Err(no_words()) };
        if n_words < n_pieces {
            return Err(no_words());
        }
        let words = weights.bytes("words", &[n_words, WORD])?;
        let start = words.as_ptr().addr() - file.as_ptr().addr();
        let linear = |name: &str, bias: Option<&str>, shape: [usize; 2]| Linear::load(&weights, &[name], bias, shape);
        let branch = |(n, _): (usize, usize)| -> Result<[Linear; 2], WeightsError> {
            Ok([
                linear(&format!("w1_{n}"), Some(&format!("b1_{n}")), [n * BRANCH, BRANCH])?,
                linear(&format!("w2_{n}"), Some(&format!("b2_{n}")), [n * BRANCH, BRANCH])?,
            ])
        };
        let tail = Tail {
            d0: linear("d0", None, [DIMENSION, INNER])?,
            p1: linear("p1", None, [DIMENSION, INNER])?,
            d1: linear("d1", None, [INNER, INNER])?,
            d2: linear("d2", None, [INNER, DIMENSION])?,
            p3: linear("p3", None, [INNER, DIMENSION])?,
            d3: linear("d3", None, [DIMENSION, DIMENSION])?,
        };
        Ok(Network {
            words: start..start + words.len(),
            steps: weights.floats("scale", &[N_GROUPS])?,
            lows: weights.floats("lo", &[N_GROUPS])?,
            project: Linear::load(&weights, &["proj2", "proj3", "proj5"], Some("proj_b"), [WORD, BRANCH])?,
            project_norm: Norm::load(&weights, ["proj_ln_g", "proj_ln_b"], FEATURES - WORD)?,
            branches: ORDERS.into_iter().map(branch).collect::<Result<_, _>>()?,
            norm: Norm::load(&weights, ["ln_g", "ln_b"], FEATURES)?,
            join: linear("cnn_W", Some("cnn_b"), [FEATURES, DIMENSION])?,
            tail,
            file,
        })
    }

    /// One vector for each sequence; its length is not yet one.
    pub(super) fn run(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        GEMM.with_borrow(|gemm| self.run_with(gemm, sequences))
    }

    fn run_with(&self, gemm: &Gemm, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let rows = Rows::of(sequences);
        let mut features = self.embed(sequences, &rows);
        let words = view(&features, [rows.n, WORD], FEATURES);
        let mut projected = self.project.apply(gemm, words, rows.n);
        for row in projected.chunks_exact_mut(FEATURES - WORD) {
            self.project_norm.apply(row);
        }
        for (idx, (branch, order)) in self.branches.iter().zip(ORDERS).enumerate() {
            let columns = idx * BRANCH..(idx + 1) * BRANCH;
            let mut states = vec![0.0; rows.n * BRANCH];
            for at in rows.tokens() {
                let from = &projected[at * (FEATURES - WORD)..][columns.clone()];
                states[at * BRANCH..][..BRANCH].copy_from_slice(from);
            }
            for convolution in branch {
                convolve(gemm, convolution, order, &rows, &mut states);
            }
            for at in rows.tokens() {
                features[at * FEATURES + WORD..][columns.clone()].copy_from_slice(&states[at * BRANCH..][..BRANCH]);
            }
        }
        let mut sums = vec![0.0; sequences.len() * FEATURES];
        for (tokens, sum) in rows.sequences.iter().zip(sums.chunks_exact_mut(FEATURES)) {
            for row in features[tokens.start * FEATURES..tokens.end * FEATURES].chunks_exact_mut(FEATURES) {
                self.norm.apply(row);
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += *x);
            }
            // The product with the sum is the sum of the products; the bias belongs to every token.
            let n_tokens = tokens.len() as f32;
            sum.iter_mut().for_each(|x| *x /= n_tokens);
        }
        let mut means = self.join.apply(gemm, view(&sums, [sequences.len(), FEATURES], FEATURES), sequences.len());
        for (tokens, mean) in rows.sequences.iter().zip(means.chunks_exact_mut(DIMENSION)) {
            let factor = (tokens.len() as f32).sqrt();
            mean.iter_mut().for_each(|x| *x *= factor);
        }
        self.tail.apply(gemm, &means, sequences.len()).chunks_exact(DIMENSION).map(<[f32]>::to_vec).collect()
    }

    /// Word vectors in the first columns of each token's row.
    fn embed(&self, sequences: &[&[u32]], rows: &Rows) -> Vec<f32> {
        let mut features = vec![0.0; rows.n * FEATURES];
        let words = &self.file[self.words.clone()];
        for (tokens, places) in sequences.iter().zip(&rows.sequences) {
            for (&token, at) in tokens.iter().zip(places.clone()) {
                let (token, group) = (token as usize, token as usize % N_GROUPS);
                let levels = &words[token * WORD..][..WORD];
                let output = &mut features[at * FEATURES..][..WORD];
                EmbedRow { levels, step: self.steps[group], low: self.lows[group], output }.dispatch();
            }
        }
        features
    }
}

type Gemm = GemmExecutor<f32, f32, f32>;

/// Where the tokens of each sequence stand.
struct Rows {
    sequences: Vec<Range<usize>>,
    n: usize,
}

impl Rows {
    fn of(sequences: &[&[u32]]) -> Rows {
        let mut n = GAP;
        let place = |tokens: &&[u32]| {
            let place = n..n + tokens.len();
            n = place.end + GAP;
            place
        };
        let sequences = sequences.iter().map(place).collect();
        Rows { sequences, n }
    }

    fn tokens(&self) -> impl Iterator<Item = usize> {
        self.sequences.iter().cloned().flatten()
    }
}

/// Adds to each token what a convolution makes of it and those around it; the rows between sequences stay zero.
fn convolve(gemm: &Gemm, convolution: &Linear, (n, left): (usize, usize), rows: &Rows, states: &mut [f32]) {
    let n_windows = rows.n + 1 - n;
    let windows = view(states, [n_windows, n * BRANCH], BRANCH);
    let sums = convolution.apply(gemm, windows, n_windows);
    for at in rows.tokens() {
        let sums = &sums[(at - left) * BRANCH..][..BRANCH];
        AddReluRow { sums, row: &mut states[at * BRANCH..][..BRANCH] }.dispatch();
    }
}

/// Rows that begin `stride` values after each other.
fn view(values: &[f32], shape: [usize; 2], stride: usize) -> Option<NdTensorView<'_, f32, 2>> {
    NdTensorView::from_slice_with_strides(shape, values, [stride, 1]).ok()
}

impl Tail {
    fn apply(&self, gemm: &Gemm, means: &[f32], n_rows: usize) -> Vec<f32> {
        let apply = |linear: &Linear, input: &[f32]| {
            linear.apply(gemm, view(input, [n_rows, input.len() / n_rows], input.len() / n_rows), n_rows)
        };
        let add = |mut sum: Vec<f32>, more: Vec<f32>| {
            sum.iter_mut().zip(more).for_each(|(x, more)| *x += more);
            sum
        };
        let relu = |mut values: Vec<f32>| {
            ReluRow { row: &mut values }.dispatch();
            values
        };
        let y0 = relu(apply(&self.d0, means));
        let y1 = relu(add(apply(&self.p1, means), apply(&self.d1, &y0)));
        let y2 = relu(apply(&self.d2, &y1));
        let mut output = add(apply(&self.p3, &y1), apply(&self.d3, &y2));
        output.iter_mut().for_each(|x| *x = x.tanh());
        output
    }
}

impl Norm {
    fn load(weights: &Weights<'_>, [scale, bias]: [&str; 2], width: usize) -> Result<Norm, WeightsError> {
        Ok(Norm { scale: weights.floats(scale, &[width])?, bias: weights.floats(bias, &[width])? })
    }

    fn apply(&self, row: &mut [f32]) {
        NormalizeRow { row, scale: &self.scale, bias: &self.bias }.dispatch();
    }
}

impl Linear {
    /// Loads matrices of one shape, kept as places in lists of their values, and lays them side by side.
    fn load(weights: &Weights<'_>, names: &[&str], bias: Option<&str>, shape: [usize; 2]) -> Result<Linear, WeightsError> {
        let [n_inputs, width] = shape;
        let n_outputs = width * names.len();
        let mut values = vec![0.0; n_inputs * n_outputs];
        for (idx, name) in names.iter().enumerate() {
            let levels = weights.floats(&format!("{name}.levels"), &[256])?;
            let places = weights.bytes(name, &shape)?;
            for (row, places) in values.chunks_exact_mut(n_outputs).zip(places.chunks_exact(width)) {
                let row = &mut row[idx * width..(idx + 1) * width];
                row.iter_mut().zip(places).for_each(|(x, &place)| *x = levels[usize::from(place)]);
            }
        }
        let packed = Gemm::new().prepack_b(NdTensorView::from_data([n_inputs, n_outputs], values.as_slice()));
        let bias = bias.map(|name| weights.floats(name, &[n_outputs])).transpose()?;
        Ok(Linear { packed, bias, n_outputs })
    }

    /// Multiplies rows by the weights and adds the bias.
    fn apply(&self, gemm: &Gemm, rows: Option<NdTensorView<'_, f32, 2>>, n_rows: usize) -> Vec<f32> {
        let mut output = vec![0.0; n_rows * self.n_outputs];
        let bias = self.bias.as_deref().map(BiasVector::Row);
        let options = GemmOptions { bias, ..GemmOptions::default() };
        let done = rows.map(|rows| gemm.gemm(&mut output, GemmInputA::Unpacked(rows), GemmInputB::Packed(&self.packed), options));
        debug_assert!(done.is_some_and(|done| done.is_ok()), "the shapes agree by construction");
        output
    }
}
