//! The default encoder: all-MiniLM-L6-v2 in 8-bit integers, its weights inside the program.

use std::ops::RangeInclusive;

use sha2::{Digest, Sha256};

use crate::encoder::batches;
use crate::encoder::forward::{HIDDEN, MAX_TOKENS, Network};
use crate::encoder::threads::Threads;
use crate::encoder::tokenizer::Tokenizer;
use crate::encoder::weights::{Weights, WeightsError};
use crate::encoder::{Encoder, TokenStates, VOCABULARY, normalize};

static WEIGHTS: &[u8] = include_bytes!("../../assets/minilm-l6-v2.int8.bin");

/// Tokens of text in one window; two more open and close it.
const WINDOW: usize = MAX_TOKENS - 2;
const STRIDE: usize = 192;
/// Text beyond this many windows is not read, so that one huge message cannot hold up the rest.
const MAX_WINDOWS: usize = 32;
/// Tokens that go through the network together: enough to fill the matrix kernels, few enough for the cache.
const BATCH_TOKENS: RangeInclusive<usize> = 64..=128;

/// Sentence vectors by all-MiniLM-L6-v2, 384 dimensions, quantised per output channel.
pub struct MiniLm {
    digest: String,
    network: Network,
    tokenizer: Tokenizer,
    threads: Threads,
}

impl MiniLm {
    /// The encoder with the weights that the program carries; works on up to `threads` threads of its own.
    pub fn embedded(threads: usize) -> Result<MiniLm, WeightsError> {
        let threads = Threads::new(threads)?;
        let network = Network::load(&Weights::open(WEIGHTS)?)?;
        Ok(MiniLm { digest: MiniLm::embedded_digest(), network, tokenizer: Tokenizer::new(VOCABULARY), threads })
    }

    /// The digest of the encoder with the weights that the program carries, without loading them.
    #[must_use]
    pub fn embedded_digest() -> String {
        format!("minilm-l6-v2-int8-mean256-{}", &hex::encode(Sha256::digest(WEIGHTS))[..16])
    }

    /// The splitter of texts into tokens.
    pub(super) fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// One vector for each sequence of tokens, which must fit into one window; the order of the sequences does not matter.
    pub(super) fn encode_tokens(&self, sequences: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let framed = |tokens: &Vec<u32>| vec![self.framed(&tokens[..tokens.len().min(WINDOW)])];
        self.encode_windows(&sequences.iter().map(framed).collect::<Vec<_>>())
    }

    fn framed(&self, tokens: &[u32]) -> Vec<u32> {
        [&[self.tokenizer.open], tokens, &[self.tokenizer.close]].concat()
    }

    /// The size of the weights in the program, in bytes.
    #[must_use]
    pub fn n_bytes() -> usize {
        WEIGHTS.len()
    }

    /// The sequences that a text is read as: one, or overlapping windows of a long text.
    fn windows(&self, text: &str) -> Vec<Vec<u32>> {
        let tokens = self.tokenizer.tokens(text, WINDOW + STRIDE * (MAX_WINDOWS - 1));
        let n_windows = 1 + tokens.len().saturating_sub(WINDOW).div_ceil(STRIDE);
        let window = |idx: usize| {
            let start = idx * STRIDE;
            self.framed(&tokens[start..tokens.len().min(start + WINDOW)])
        };
        (0..n_windows).map(window).collect()
    }

    /// One vector for each text, given the sequences that it is read as.
    fn encode_windows(&self, per_text: &[Vec<Vec<u32>>]) -> Vec<Vec<f32>> {
        let mut sequences: Vec<(usize, &[u32])> = Vec::with_capacity(per_text.len());
        for (text_idx, windows) in per_text.iter().enumerate() {
            sequences.extend(windows.iter().map(|window| (text_idx, window.as_slice())));
        }
        let lengths: Vec<usize> = sequences.iter().map(|(_, tokens)| tokens.len()).collect();
        let batches = batches::fill(&lengths, self.threads.count(), BATCH_TOKENS);
        let run = |n: usize| self.network.run(&batches[n].iter().map(|&at| sequences[at].1).collect::<Vec<_>>());
        let means = self.threads.map(batches.len(), run);
        let mut pooled = vec![Vec::new(); sequences.len()];
        for (&at, mean) in batches.iter().flatten().zip(means.into_iter().flatten()) {
            pooled[at] = mean;
        }

        let mut vectors = vec![vec![0.0; HIDDEN]; per_text.len()];
        for ((text_idx, _), mut vector) in sequences.iter().zip(pooled) {
            normalize(&mut vector);
            vectors[*text_idx].iter_mut().zip(&vector).for_each(|(sum, x)| *sum += x);
        }
        vectors.iter_mut().for_each(|vector| normalize(vector));
        vectors
    }
}

impl Encoder for MiniLm {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn dimension(&self) -> usize {
        HIDDEN
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.encode_windows(&self.threads.map_texts(texts, |text| self.windows(text)))
    }

    /// The mean of the last four layers. A long text is read in windows that do not overlap.
    fn token_states(&self, texts: &[&str]) -> Option<Vec<TokenStates>> {
        let read = self.threads.map_texts(texts, |text| self.tokenizer.tokens_at(text, WINDOW * MAX_WINDOWS));
        let framed = |(text, (tokens, _)): (usize, &(Vec<u32>, _))| {
            tokens.chunks(WINDOW).map(|window| (text, self.framed(window))).collect::<Vec<_>>()
        };
        let windows: Vec<(usize, Vec<u32>)> = read.iter().enumerate().flat_map(framed).collect();
        let windows: Vec<(usize, &[u32])> = windows.iter().map(|(text, window)| (*text, window.as_slice())).collect();
        let batches = batches::split(&windows, self.threads.count(), BATCH_TOKENS);
        let run = |n: usize| self.network.run_tokens(&batches[n].iter().map(|(_, tokens)| *tokens).collect::<Vec<_>>());
        let states = self.threads.map(batches.len(), run);
        let mut of_texts: Vec<TokenStates> =
            read.into_iter().map(|(_, places)| TokenStates { places, values: Vec::new() }).collect();
        for ((text, _), rows) in windows.iter().zip(states.into_iter().flatten()) {
            // Without the opening and the closing token.
            of_texts[*text].values.extend(&rows[HIDDEN..rows.len() - HIDDEN]);
        }
        Some(of_texts)
    }
}
