//! The forward pass of a BERT of six layers over sequences laid end to end, without padding.

use std::cell::Cell;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;

use crate::encoder::weights::{Int8, Weights, WeightsError};
use crate::kernels::{Attention, AttentionRoom, Columns, EmbedRow, GeluRow, NextRow, QuantizeRow, Step};

/// The width of the network and of its vectors.
pub(super) const HIDDEN: usize = 384;
/// The longest sequence, opening and closing tokens included.
pub(super) const MAX_TOKENS: usize = 256;
const INNER: usize = 1_536;
const N_LAYERS: usize = 6;
/// Layers whose mean is the state of a token: it tells more about single words than the last one does.
const STATE_LAYERS: usize = 4;
const VOCABULARY: usize = 30_522;

/// The weights, unpacked for the kernels of this processor.
pub(super) struct Network {
    words: Int8,
    /// Position vectors with the token type's vector added.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    qkv: Linear,
    attended: Linear,
    attended_norm: Norm,
    up: Linear,
    down: Linear,
    down_norm: Norm,
}

struct Norm {
    scale: Vec<f32>,
    bias: Vec<f32>,
}

struct Linear {
    packed: PackedBMatrix<i8>,
    /// What a unit of a row's zero level adds to each output.
    column_sums: Vec<i32>,
    scales: Vec<f32>,
    bias: Vec<f32>,
    n_inputs: usize,
}

impl Network {
    /// Reads and packs the weights.
    pub(super) fn load(weights: &Weights<'_>) -> Result<Network, WeightsError> {
        let gemm = GemmExecutor::<u8, i8, i32>::new();
        let types = weights.floats("embeddings.token_type_embeddings.weight", &[2, HIDDEN])?;
        let mut positions = weights.floats("embeddings.position_embeddings.weight", &[MAX_TOKENS, HIDDEN])?;
        for row in positions.chunks_exact_mut(HIDDEN) {
            row.iter_mut().zip(&types).for_each(|(position, kind)| *position += kind);
        }
        Ok(Network {
            words: weights.int8("embeddings.word_embeddings.weight", "rows8", [VOCABULARY, HIDDEN])?,
            positions,
            norm: Norm::load(weights, "embeddings.LayerNorm")?,
            layers: (0..N_LAYERS).map(|idx| Layer::load(weights, &gemm, idx)).collect::<Result<_, _>>()?,
        })
    }

    /// The mean of the last layer's vectors for each sequence.
    pub(super) fn run(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let lengths: Vec<usize> = sequences.iter().map(|tokens| tokens.len()).collect();
        // Taken, not borrowed: while a product waits for its parts, its thread may begin another batch.
        let mut buffers = BUFFERS.take().unwrap_or_else(|| Box::new(Buffers::new()));
        let mut batch = buffers.batch(lengths.iter().sum());
        self.embed(sequences, &mut batch);
        for layer in &self.layers {
            layer.run(&lengths, &mut batch);
        }
        let mut rest = &*batch.states;
        let mut means = Vec::with_capacity(sequences.len());
        for &length in &lengths {
            let (own, after) = rest.split_at(length * HIDDEN);
            let mut mean = vec![0.0; HIDDEN];
            for row in own.chunks_exact(HIDDEN) {
                mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            mean.iter_mut().for_each(|x| *x /= length as f32);
            means.push(mean);
            rest = after;
        }
        BUFFERS.set(Some(buffers));
        means
    }

    /// For each sequence a row for each of its tokens: the mean of what the last four layers make of it.
    pub(super) fn run_tokens(&self, sequences: &[&[u32]]) -> Vec<Vec<f32>> {
        let lengths: Vec<usize> = sequences.iter().map(|tokens| tokens.len()).collect();
        let mut buffers = BUFFERS.take().unwrap_or_else(|| Box::new(Buffers::new()));
        let mut batch = buffers.batch(lengths.iter().sum());
        self.embed(sequences, &mut batch);
        let mut sums = vec![0.0; batch.states.len()];
        for (idx, layer) in self.layers.iter().enumerate() {
            layer.run(&lengths, &mut batch);
            if idx + STATE_LAYERS >= N_LAYERS {
                sums.iter_mut().zip(&*batch.states).for_each(|(sum, x)| *sum += x / STATE_LAYERS as f32);
            }
        }
        BUFFERS.set(Some(buffers));
        let mut rest = sums.as_slice();
        let mut of_sequence = |length: &usize| {
            let (own, after) = rest.split_at(length * HIDDEN);
            rest = after;
            own.to_vec()
        };
        lengths.iter().map(&mut of_sequence).collect()
    }

    fn embed(&self, sequences: &[&[u32]], batch: &mut Batch<'_>) {
        let top = batch.gemm.top;
        let tokens = sequences.iter().flat_map(|tokens| tokens.iter().enumerate());
        for ((at, &token), (row, step)) in tokens.zip(batch.states.chunks_exact_mut(HIDDEN).zip(batch.narrow.rows::<HIDDEN>())) {
            let word = (token as usize).min(VOCABULARY - 1);
            let values = &self.words.values[word * HIDDEN..(word + 1) * HIDDEN];
            let position = &self.positions[at * HIDDEN..(at + 1) * HIDDEN];
            EmbedRow { values, scale: self.words.scales[word], position, output: row }.dispatch();
            let Norm { scale, bias } = &self.norm;
            *step.0 = NextRow { more: None, row, scale, bias, levels: step.1, top }.dispatch();
        }
    }
}

impl Layer {
    /// Takes states and their levels through the layer; what lies between two products is done row by row, while the row
    /// is near.
    fn run(&self, lengths: &[usize], batch: &mut Batch<'_>) {
        let Batch { gemm, states, narrow, wide, products, floats, attention } = batch;
        let top = gemm.top;
        let sums = self.qkv.multiply(gemm, narrow, products);
        let mixed = &mut floats[..states.len()];
        let (mut sums, mut steps, mut rest) = (sums, &*narrow.steps, &mut *mixed);
        for &length in lengths {
            let (own, sums_after) = sums.split_at(length * HIDDEN * 3);
            let (own_steps, steps_after) = steps.split_at(length);
            let (output, rest_after) = rest.split_at_mut(length * HIDDEN);
            let columns = self.qkv.columns();
            Attention { products: own, steps: own_steps, columns, room: attention, output }.dispatch();
            (sums, steps, rest) = (sums_after, steps_after, rest_after);
        }
        for (row, (step, levels)) in mixed.chunks_exact(HIDDEN).zip(narrow.rows::<HIDDEN>()) {
            *step = QuantizeRow { row, levels, top }.dispatch();
        }
        let sums = self.attended.multiply(gemm, narrow, products);
        let columns = self.attended.columns();
        for ((row, sums), (step, levels)) in
            states.chunks_exact_mut(HIDDEN).zip(sums.chunks_exact(HIDDEN)).zip(narrow.rows::<HIDDEN>())
        {
            let Norm { scale, bias } = &self.attended_norm;
            *step = NextRow { more: Some((sums, *step, columns)), row, scale, bias, levels, top }.dispatch();
        }
        let sums = self.up.multiply(gemm, narrow, products);
        let columns = self.up.columns();
        for ((sums, &step), (wide_step, levels)) in sums.chunks_exact(INNER).zip(&*narrow.steps).zip(wide.rows::<INNER>()) {
            *wide_step = GeluRow { products: sums, step, columns, row: &mut floats[..INNER], levels, top }.dispatch();
        }
        let sums = self.down.multiply(gemm, wide, products);
        let columns = self.down.columns();
        let rows = states.chunks_exact_mut(HIDDEN).zip(sums.chunks_exact(HIDDEN)).zip(&*wide.steps);
        for (((row, sums), &wide_step), (step, levels)) in rows.zip(narrow.rows::<HIDDEN>()) {
            let Norm { scale, bias } = &self.down_norm;
            *step = NextRow { more: Some((sums, wide_step, columns)), row, scale, bias, levels, top }.dispatch();
        }
    }
}

thread_local! {
    /// Kept by each of the encoder's threads: asking the system for zeroed pages at every batch costs a twentieth.
    static BUFFERS: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
}

/// Room for batches of up to some number of tokens.
struct Buffers {
    gemm: Gemm,
    states: Vec<f32>,
    narrow: (Vec<Step>, Vec<u8>),
    wide: (Vec<Step>, Vec<u8>),
    products: Vec<i32>,
    floats: Vec<f32>,
    attention: AttentionRoom,
}

/// One batch: its states, and room for what they become.
struct Batch<'a> {
    gemm: &'a Gemm,
    /// A row for each token.
    states: &'a mut [f32],
    /// The states' rows in levels, or other rows as wide.
    narrow: Levels<'a>,
    wide: Levels<'a>,
    products: &'a mut [i32],
    floats: &'a mut [f32],
    attention: &'a mut AttentionRoom,
}

/// Rows in whole numbers.
struct Levels<'a> {
    steps: &'a mut [Step],
    levels: &'a mut [u8],
}

impl Levels<'_> {
    fn rows<const WIDTH: usize>(&mut self) -> impl Iterator<Item = (&mut Step, &mut [u8])> {
        self.steps.iter_mut().zip(self.levels.chunks_exact_mut(WIDTH))
    }
}

/// The kernel for products, which cannot be shared between threads.
struct Gemm {
    executor: GemmExecutor<u8, i8, i32>,
    /// The highest level.
    top: u8,
}

impl Buffers {
    fn new() -> Buffers {
        let executor = GemmExecutor::<u8, i8, i32>::new();
        Buffers {
            // Where pairs of 8-bit products may overflow, 7 bits of activation keep them exact.
            gemm: Gemm { top: if executor.may_saturate() { 127 } else { 255 }, executor },
            states: Vec::new(),
            narrow: Default::default(),
            wide: Default::default(),
            products: Vec::new(),
            floats: Vec::new(),
            attention: AttentionRoom::default(),
        }
    }

    /// Room for `n_tokens`; grows and never shrinks, as batches are bounded.
    fn batch(&mut self, n_tokens: usize) -> Batch<'_> {
        let Buffers { gemm, states, narrow, wide, products, floats, attention } = self;
        if states.len() < n_tokens * HIDDEN {
            states.resize(n_tokens * HIDDEN, 0.0);
            for (levels, width) in [(&mut *narrow, HIDDEN), (wide, INNER)] {
                levels.0.resize(n_tokens, Step::default());
                levels.1.resize(n_tokens * width, 0);
            }
            products.resize(n_tokens * INNER, 0);
            floats.resize((n_tokens * HIDDEN).max(INNER), 0.0);
        }
        Batch {
            gemm,
            states: &mut states[..n_tokens * HIDDEN],
            narrow: Levels { steps: &mut narrow.0[..n_tokens], levels: &mut narrow.1[..n_tokens * HIDDEN] },
            wide: Levels { steps: &mut wide.0[..n_tokens], levels: &mut wide.1[..n_tokens * INNER] },
            products,
            floats,
            attention,
        }
    }
}

impl Layer {
    fn load(weights: &Weights<'_>, gemm: &GemmExecutor<u8, i8, i32>, idx: usize) -> Result<Layer, WeightsError> {
        let at = format!("encoder.layer.{idx}");
        let names = ["query", "key", "value"].map(|part| format!("{at}.attention.self.{part}"));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Ok(Layer {
            qkv: Linear::load(weights, gemm, &names, [HIDDEN, HIDDEN])?,
            attended: Linear::load(weights, gemm, &[&format!("{at}.attention.output.dense")], [HIDDEN, HIDDEN])?,
            attended_norm: Norm::load(weights, &format!("{at}.attention.output.LayerNorm"))?,
            up: Linear::load(weights, gemm, &[&format!("{at}.intermediate.dense")], [HIDDEN, INNER])?,
            down: Linear::load(weights, gemm, &[&format!("{at}.output.dense")], [INNER, HIDDEN])?,
            down_norm: Norm::load(weights, &format!("{at}.output.LayerNorm"))?,
        })
    }
}

impl Norm {
    fn load(weights: &Weights<'_>, name: &str) -> Result<Norm, WeightsError> {
        let scale = weights.floats(&format!("{name}.weight"), &[HIDDEN])?;
        Ok(Norm { scale, bias: weights.floats(&format!("{name}.bias"), &[HIDDEN])? })
    }
}

impl Linear {
    /// Loads weights of one shape and lays them side by side.
    fn load(
        weights: &Weights<'_>,
        gemm: &GemmExecutor<u8, i8, i32>,
        names: &[&str],
        shape: [usize; 2],
    ) -> Result<Linear, WeightsError> {
        let [n_inputs, width] = shape;
        let n_outputs = width * names.len();
        let mut values = vec![0i8; n_inputs * n_outputs];
        let (mut scales, mut bias) = (Vec::with_capacity(n_outputs), Vec::with_capacity(n_outputs));
        for (idx, name) in names.iter().enumerate() {
            let part = weights.int8(&format!("{name}.weight"), "cols8", shape)?;
            for (row, from) in values.chunks_exact_mut(n_outputs).zip(part.values.chunks_exact(width)) {
                row[idx * width..(idx + 1) * width].copy_from_slice(from);
            }
            scales.extend(part.scales);
            bias.extend(weights.floats(&format!("{name}.bias"), &[width])?);
        }
        let mut column_sums = vec![0; n_outputs];
        for row in values.chunks_exact(n_outputs) {
            column_sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += i32::from(x));
        }
        let packed = gemm.prepack_b(NdTensorView::from_data([n_inputs, n_outputs], values.as_slice()));
        Ok(Linear { packed, column_sums, scales, bias, n_inputs })
    }

    /// Multiplies rows of levels by the weights: for each row the sums of its products.
    ///
    /// Zero points are taken off by [`Columns`]: rten-gemm 0.27 mixes those of different rows up beyond eight rows.
    fn multiply<'p>(&self, gemm: &Gemm, rows: &Levels<'_>, products: &'p mut [i32]) -> &'p [i32] {
        let n_rows = rows.steps.len();
        let products = &mut products[..n_rows * self.bias.len()];
        let a = NdTensorView::from_data([n_rows, self.n_inputs], &*rows.levels);
        let packed = gemm.executor.prepack_a(a);
        let (a, b) = (GemmInputA::Packed(&packed), GemmInputB::Packed(&self.packed));
        let done = gemm.executor.gemm(products, a, b, GemmOptions::default());
        debug_assert!(done.is_ok(), "the shapes agree by construction");
        products
    }

    fn columns(&self) -> Columns<'_> {
        Columns { sums: &self.column_sums, scales: &self.scales, bias: &self.bias }
    }
}
