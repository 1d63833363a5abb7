//! Reads the packed weights: a JSON index and the tensors it points to (`assets/pack.py` writes them).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Why a file of weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file does not begin as packed weights do.
    #[error("the file is not a set of packed encoder weights")]
    NotWeights,
    /// The index cannot be read.
    #[error("the index of the encoder weights cannot be read: {0}")]
    Index(#[from] serde_json::Error),
    /// A tensor is missing, or is not of the expected kind and shape.
    #[error("the encoder weights have no usable `{0}`")]
    Tensor(String),
    /// The file is not, byte for byte, what packing the pinned weights gives.
    #[error("the file of encoder weights is damaged or of another version: its SHA-256 is {found}, not {expected}")]
    Digest {
        /// The digest of the file.
        found: String,
        /// The digest that it should have.
        expected: &'static str,
    },
    /// The tables of the tokenizer are not those of a SentencePiece model.
    #[error("the encoder's tokenizer cannot be read: {0}")]
    Tokenizer(String),
    /// The worker threads could not be started.
    #[error("the encoder cannot start its threads: {0}")]
    Threads(String),
}

/// How a file of packed weights begins.
pub(super) const MAGIC: &[u8; 8] = b"ADITLM01";

/// Where a tensor stands, and what it is.
#[derive(Deserialize, Serialize)]
pub(super) struct Entry {
    pub(super) kind: String,
    pub(super) shape: Vec<usize>,
    pub(super) offset: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scales: Option<usize>,
}

/// An opened file of weights.
pub(super) struct Weights<'a> {
    index: HashMap<String, Entry>,
    body: &'a [u8],
}

/// 8-bit integers with one factor a row or a column.
pub(super) struct Int8 {
    /// Row-major values.
    pub(super) values: Vec<i8>,
    /// The factors.
    pub(super) scales: Vec<f32>,
}

impl<'a> Weights<'a> {
    /// Reads the index.
    pub(super) fn open(file: &'a [u8]) -> Result<Weights<'a>, WeightsError> {
        let rest = file.strip_prefix(MAGIC).ok_or(WeightsError::NotWeights)?;
        let (size, rest) = rest.split_first_chunk::<4>().ok_or(WeightsError::NotWeights)?;
        let size = u32::from_le_bytes(*size) as usize;
        if rest.len() < size {
            return Err(WeightsError::NotWeights);
        }
        let (index, body) = rest.split_at(size);
        Ok(Weights { index: serde_json::from_slice(index)?, body })
    }

    /// A tensor of floats of the shape given.
    pub(super) fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let entry = self.entry(name, "f32", shape)?;
        self.floats_at(name, entry.offset, shape.iter().product())
    }

    /// A matrix of 8-bit integers: `rows8` has a factor for each row, `cols8` for each column.
    pub(super) fn int8(&self, name: &str, kind: &str, shape: [usize; 2]) -> Result<Int8, WeightsError> {
        let entry = self.entry(name, kind, &shape)?;
        let bytes = self.slice(name, entry.offset, shape[0] * shape[1])?;
        let n_scales = if kind == "rows8" { shape[0] } else { shape[1] };
        let at = entry.scales.ok_or_else(|| WeightsError::Tensor(name.to_owned()))?;
        Ok(Int8 { values: bytes.iter().map(|&byte| byte as i8).collect(), scales: self.floats_at(name, at, n_scales)? })
    }

    /// Bytes of the shape given.
    pub(super) fn bytes(&self, name: &str, shape: &[usize]) -> Result<&'a [u8], WeightsError> {
        let entry = self.entry(name, "u8", shape)?;
        self.slice(name, entry.offset, shape.iter().product())
    }

    /// The shape of a tensor of bytes.
    pub(super) fn shape_of(&self, name: &str) -> Result<&[usize], WeightsError> {
        let found = self.index.get(name).filter(|entry| entry.kind == "u8");
        found.map(|entry| entry.shape.as_slice()).ok_or_else(|| WeightsError::Tensor(name.to_owned()))
    }

    fn entry(&self, name: &str, kind: &str, shape: &[usize]) -> Result<&Entry, WeightsError> {
        let found = self.index.get(name).filter(|entry| entry.kind == kind && entry.shape == shape);
        found.ok_or_else(|| WeightsError::Tensor(name.to_owned()))
    }

    fn floats_at(&self, name: &str, offset: usize, count: usize) -> Result<Vec<f32>, WeightsError> {
        let bytes = self.slice(name, offset, count * 4)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }

    fn slice(&self, name: &str, offset: usize, size: usize) -> Result<&'a [u8], WeightsError> {
        let end = offset.checked_add(size);
        end.and_then(|end| self.body.get(offset..end)).ok_or_else(|| WeightsError::Tensor(name.to_owned()))
    }
}
