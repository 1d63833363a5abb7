//! The forward pass of a BERT of six layers over sequences laid end to end, without padding.

use std::cell::Cell;

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_simd::SimdOp;
use rten_tensor::NdTensorView;

use crate::encoder::weights::{Int8, Weights, WeightsError};
use crate::kernels::{Attention, DequantizeBias, EmbedRow, GeluRow, NormalizeRow, QuantizeRow};

/// The width of the network and of its vectors.
pub(super) const HIDDEN: usize = 384;
/// The longest sequence, opening and closing tokens included.
pub(super) const MAX_TOKENS: usize = 256;
const INNER: usize = 1_536;
const N_LAYERS: usize = 6;
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
    /// What a unit of activation zero point adds to each output.
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
        let n_tokens: usize = sequences.iter().map(|tokens| tokens.len()).sum();
        let mut states = self.embed(sequences, n_tokens);
        let lengths: Vec<usize> = sequences.iter().map(|tokens| tokens.len()).collect();
        // Taken, not borrowed: while a product waits for its parts, its thread may begin another batch.
        let mut buffers = BUFFERS.take().unwrap_or_else(|| Box::new(Buffers::new()));
        buffers.make_room(n_tokens);
        for layer in &self.layers {
            self.run_layer(layer, &lengths, &mut states, &mut buffers);
        }
        BUFFERS.set(Some(buffers));
        let mut rest = states.as_slice();
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
        means
    }

    fn embed(&self, sequences: &[&[u32]], n_tokens: usize) -> Vec<f32> {
        let mut states = vec![0.0; n_tokens * HIDDEN];
        let mut rows = states.chunks_exact_mut(HIDDEN);
        for tokens in sequences {
            for (at, (&token, row)) in tokens.iter().zip(rows.by_ref()).enumerate() {
                let word = (token as usize).min(VOCABULARY - 1);
                let values = &self.words.values[word * HIDDEN..(word + 1) * HIDDEN];
                let position = &self.positions[at * HIDDEN..(at + 1) * HIDDEN];
                EmbedRow { values, scale: self.words.scales[word], position, output: row }.dispatch();
                NormalizeRow { row, residual: None, scale: &self.norm.scale, bias: &self.norm.bias }.dispatch();
            }
        }
        states
    }

    fn run_layer(&self, layer: &Layer, lengths: &[usize], states: &mut [f32], buffers: &mut Buffers) {
        let n_tokens = states.len() / HIDDEN;
        let Buffers { scratch, wide, narrow } = buffers;
        let (wide, narrow) = (&mut wide[..n_tokens * INNER], &mut narrow[..n_tokens * HIDDEN]);
        let mut linear = |linear: &Linear, input: &[f32], output: &mut [f32]| {
            linear.apply(input, output, scratch);
        };
        let qkv_size = n_tokens * HIDDEN * 3;
        linear(&layer.qkv, states, &mut wide[..qkv_size]);
        let (mut inputs, mut outputs) = (&wide[..qkv_size], &mut narrow[..]);
        for &length in lengths {
            let (qkv, inputs_after) = inputs.split_at(length * HIDDEN * 3);
            let (output, outputs_after) = outputs.split_at_mut(length * HIDDEN);
            Attention { qkv, length, output }.dispatch();
            (inputs, outputs) = (inputs_after, outputs_after);
        }
        let sum = &mut wide[..states.len()];
        linear(&layer.attended, narrow, sum);
        layer.attended_norm.add_and_apply(states, sum);
        linear(&layer.up, states, wide);
        wide.chunks_exact_mut(INNER).for_each(|row| GeluRow { row }.dispatch());
        linear(&layer.down, wide, narrow);
        layer.down_norm.add_and_apply(states, narrow);
    }
}

thread_local! {
    /// Kept by each of the encoder's threads: asking the system for zeroed pages at every batch costs a twentieth.
    static BUFFERS: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
}

/// Room for one batch.
struct Buffers {
    scratch: Scratch,
    wide: Vec<f32>,
    narrow: Vec<f32>,
}

/// Room for one product of matrices, and the kernel, which cannot be shared between threads.
struct Scratch {
    gemm: GemmExecutor<u8, i8, i32>,
    top: u8,
    quantized: Vec<u8>,
    zero_points: Vec<u8>,
    factors: Vec<f32>,
    products: Vec<i32>,
}

impl Buffers {
    fn new() -> Buffers {
        let gemm = GemmExecutor::<u8, i8, i32>::new();
        let scratch = Scratch {
            // Where pairs of 8-bit products may overflow, 7 bits of activation keep them exact.
            top: if gemm.may_saturate() { 127 } else { 255 },
            gemm,
            quantized: Vec::new(),
            zero_points: Vec::new(),
            factors: Vec::new(),
            products: Vec::new(),
        };
        Buffers { scratch, wide: Vec::new(), narrow: Vec::new() }
    }

    /// Grows to `n_tokens`; never shrinks, as batches are bounded.
    fn make_room(&mut self, n_tokens: usize) {
        if self.wide.len() < n_tokens * INNER {
            self.wide.resize(n_tokens * INNER, 0.0);
            self.narrow.resize(n_tokens * HIDDEN, 0.0);
            self.scratch.quantized.resize(n_tokens * INNER, 0);
            self.scratch.zero_points.resize(n_tokens, 0);
            self.scratch.factors.resize(n_tokens, 0.0);
            self.scratch.products.resize(n_tokens * INNER, 0);
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

    fn add_and_apply(&self, states: &mut [f32], residual: &[f32]) {
        for (row, residual) in states.chunks_exact_mut(HIDDEN).zip(residual.chunks_exact(HIDDEN)) {
            NormalizeRow { row, residual: Some(residual), scale: &self.scale, bias: &self.bias }.dispatch();
        }
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

    /// Multiplies rows by the weights and adds the bias.
    ///
    /// Zero points are taken off here: rten-gemm 0.27 mixes those of different rows up beyond eight rows.
    fn apply(&self, input: &[f32], output: &mut [f32], scratch: &mut Scratch) {
        let (n_rows, n_outputs) = (input.len() / self.n_inputs, self.bias.len());
        let Scratch { gemm, top, quantized, zero_points, factors, products } = scratch;
        let (quantized, products) = (&mut quantized[..input.len()], &mut products[..n_rows * n_outputs]);
        let rows = input.chunks_exact(self.n_inputs).zip(quantized.chunks_exact_mut(self.n_inputs));
        for ((row, levels), (zero_point, factor)) in rows.zip(zero_points.iter_mut().zip(factors.iter_mut())) {
            (*zero_point, *factor) = QuantizeRow { row, levels, top: *top }.dispatch();
        }
        let a = NdTensorView::from_data([n_rows, self.n_inputs], &*quantized);
        let done = gemm.gemm(products, GemmInputA::Unpacked(a), GemmInputB::Packed(&self.packed), GemmOptions::default());
        debug_assert!(done.is_ok(), "the shapes agree by construction");
        let rows = products.chunks_exact(n_outputs).zip(output.chunks_exact_mut(n_outputs));
        for ((sums, row), (&zero_point, &factor)) in rows.zip(zero_points.iter().zip(factors.iter())) {
            let zero = i32::from(zero_point);
            DequantizeBias {
                sums,
                zero,
                column_sums: &self.column_sums,
                factor,
                scales: &self.scales,
                bias: &self.bias,
                output: row,
            }
            .dispatch();
        }
    }
}
