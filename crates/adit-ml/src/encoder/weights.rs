//! Reads the packed weights: a JSON index and the tensors it points to (`assets/pack.py` writes them).

use std::collections::HashMap;

use serde::Deserialize;

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
    /// The worker threads could not be started.
    #[error("the encoder cannot start its threads: {0}")]
    Threads(String),
}

#[derive(Deserialize)]
struct Entry {
    kind: String,
    shape: Vec<usize>,
    offset: usize,
    scales: Option<usize>,
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
        let rest = file.strip_prefix(b"ADITLM01").ok_or(WeightsError::NotWeights)?;
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

    fn entry(&self, name: &str, kind: &str, shape: &[usize]) -> Result<&Entry, WeightsError> {
        let found = self.index.get(name).filter(|entry| entry.kind == kind && entry.shape == shape);
        found.ok_or_else(|| WeightsError::Tensor(name.to_owned()))
    }

    fn floats_at(&self, name: &str, offset: usize, count: usize) -> Result<Vec<f32>, WeightsError> {
        let bytes = self.slice(name, offset, count * 4)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }

    fn slice(&self, name: &str, offset: usize, size: usize) -> Result<&'a [u8], WeightsError> {
        self.body.get(offset..offset + size).ok_or_else(|| WeightsError::Tensor(name.to_owned()))
    }
}
