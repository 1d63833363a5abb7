//! Models as bytes: a magic word and version, then fields in a fixed order, little-endian.

use crate::classifier::calibrate::Curve;
use crate::classifier::features::{N_BUCKETS, Vocabulary};
use crate::classifier::hierarchy::Hierarchy;
use crate::classifier::lanes::Panels;
use crate::classifier::memory::Memory;
use crate::classifier::model::Model;
use crate::classifier::solver::Settings;

const MAGIC: &[u8; 8] = b"ADITMDL2";
/// Of models from before neighbours were asked.
const MAGIC_BEFORE: &[u8; 8] = b"ADITMDL1";

/// Why bytes are not a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes do not begin as a model of this version does.
    #[error("the bytes are not a model that this version can read")]
    NotAModel,
    /// The bytes end early, go on too long or contradict themselves.
    #[error("the model is damaged")]
    Damaged,
}

impl Model {
    /// The model as bytes; the same model always gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let number = |out: &mut Vec<u8>, n: usize| out.extend((n as u64).to_le_bytes());
        out.extend(self.seed.to_le_bytes());
        for n in [self.n_examples, self.dimension, self.names.len(), self.vocabulary.buckets.len()] {
            number(&mut out, n);
        }
        out.extend(self.settings.sparse_scale.to_le_bytes());
        out.extend(self.settings.strength.to_le_bytes());
        for text in self.names.iter().chain([&self.fingerprint]) {
            number(&mut out, text.len());
            out.extend(text.as_bytes());
        }
        out.extend(self.known.iter().map(|&known| u8::from(known)));
        out.extend(self.curves.iter().flat_map(|curve| [curve.slope, curve.offset]).flat_map(f32::to_le_bytes));
        out.extend(self.vocabulary.buckets.iter().flat_map(|bucket| bucket.to_le_bytes()));
        out.extend(self.vocabulary.rarity.iter().flat_map(|rarity| rarity.to_le_bytes()));
        out.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        out.extend(self.settings.neighbors.to_le_bytes());
        number(&mut out, self.memory.as_ref().map_or(0, |memory| memory.labels.len()));
        for (at, labels) in self.memory.iter().flat_map(|memory| memory.labels.iter().enumerate()) {
            let vector = self.memory.iter().flat_map(|memory| memory.vectors.row(at));
            out.extend(vector.flat_map(|x| half(x).to_le_bytes()));
            out.push(labels.len() as u8);
            out.extend(labels.iter().flat_map(|(label, share)| [label.to_le_bytes(), share.to_le_bytes()]).flatten());
        }
        out
    }

    /// Reads a model; never panics, whatever the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, FormatError> {
        let (rest, has_memory) = match (bytes.strip_prefix(MAGIC), bytes.strip_prefix(MAGIC_BEFORE)) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => return Err(FormatError::NotAModel),
        };
        let mut reader = Reader(rest);
        let seed = u64::from_le_bytes(reader.array()?);
        let (n_examples, dimension) = (reader.number()?, reader.number()?);
        let (n_labels, n_buckets) = (reader.number()?, reader.number()?);
        let mut settings = Settings { sparse_scale: reader.float()?, strength: reader.float()?, neighbors: 0.0 };
        let names: Vec<String> = reader.many(n_labels, Reader::text)?;
        let fingerprint = reader.text()?;
        let known = reader.many(n_labels, |reader| Ok(reader.array::<1>()?[0] != 0))?;
        let curves = reader.many(n_labels, |reader| Ok(Curve { slope: reader.float()?, offset: reader.float()? }))?;
        let buckets = reader.many(n_buckets, |reader| Ok(u32::from_le_bytes(reader.array()?)))?;
        let rarity = reader.many(n_buckets, Reader::float)?;
        let n_columns = dimension.checked_add(n_buckets).and_then(|n| n.checked_add(1));
        let n_weights = n_columns.and_then(|n| n.checked_mul(n_labels)).ok_or(FormatError::Damaged)?;
        let weights = reader.many(n_weights, |reader| Ok(u16::from_le_bytes(reader.array()?)))?;
        let memory = if has_memory { reader.memory(&mut settings, dimension, n_labels)? } else { None };
        let is_sound = reader.0.is_empty()
            && buckets.iter().all(|&bucket| (bucket as usize) < N_BUCKETS)
            && buckets.is_sorted_by(|a, b| a < b)
            && curves.iter().all(|curve| curve.slope.is_finite() && curve.offset.is_finite())
            && rarity.iter().chain([&settings.sparse_scale, &settings.neighbors]).all(|x| x.is_finite())
            && weights.iter().all(|&weight| whole(weight).is_finite());
        if !is_sound {
            return Err(FormatError::Damaged);
        }
        let (hierarchy, vocabulary) = (Hierarchy::new(&names), Vocabulary::new(buckets, rarity));
        Ok(Model {
            names,
            dimension,
            vocabulary,
            weights,
            held_out: Vec::new(),
            memory,
            curves,
            known,
            settings,
            n_examples,
            seed,
            fingerprint,
            hierarchy,
        })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(FormatError::Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<usize, FormatError> {
        usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| FormatError::Damaged)
    }

    fn float(&mut self) -> Result<f32, FormatError> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    fn text(&mut self) -> Result<String, FormatError> {
        let size = self.number()?;
        let (text, rest) = self.0.split_at_checked(size).ok_or(FormatError::Damaged)?;
        self.0 = rest;
        String::from_utf8(text.to_vec()).map_err(|_| FormatError::Damaged)
    }

    /// The remembered texts, if there are any.
    fn memory(&mut self, settings: &mut Settings, dimension: usize, n_labels: usize) -> Result<Option<Memory>, FormatError> {
        settings.neighbors = self.float()?;
        let n_rows = self.number()?;
        let rows = self.many(n_rows, |reader| {
            let vector = reader.many(dimension, |reader| Ok(whole(u16::from_le_bytes(reader.array()?))))?;
            let n = usize::from(reader.array::<1>()?[0]);
            let labels = reader.many(n, |reader| Ok((u32::from_le_bytes(reader.array()?), reader.float()?)))?;
            let is_sound = vector.iter().all(|x| x.is_finite())
                && labels.iter().all(|(label, share)| (*label as usize) < n_labels && (0.0..=1.0).contains(share));
            if is_sound { Ok((vector, labels)) } else { Err(FormatError::Damaged) }
        })?;
        if rows.is_empty() {
            return Ok(None);
        }
        let vectors = Panels::new(rows.len(), dimension, |at| &rows[at].0);
        Ok(Some(Memory { vectors, labels: rows.into_iter().map(|(_, labels)| labels).collect() }))
    }

    /// Reads `n` items; a count beyond the bytes at hand is refused before anything is allocated for it.
    fn many<T>(&mut self, n: usize, read: impl Fn(&mut Self) -> Result<T, FormatError>) -> Result<Vec<T>, FormatError> {
        if n > self.0.len() {
            return Err(FormatError::Damaged);
        }
        (0..n).map(|_| read(self)).collect()
    }
}

/// The nearest half-precision number, ties away from zero; what is too large becomes the largest, too small zero.
pub(crate) fn half(x: f32) -> u16 {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let size = x.abs();
    if size >= 65_504.0 {
        return sign | 0x7bff;
    }
    if size < 2.0f32.powi(-14) {
        return sign | (size * 2.0f32.powi(24)).round() as u16;
    }
    // The exponent moves from a bias of 127 to one of 15, the mantissa from 23 bits to 10.
    let bits = size.to_bits() + 0x1000;
    sign | ((bits >> 13) - (112 << 10)) as u16
}

/// The number that half precision stands for; what stands for none or for an infinite one is no number.
#[inline(always)]
pub(crate) fn whole(half: u16) -> f32 {
    // Both readings are made and one is chosen, so that loops over many can be vectorised.
    const SMALLEST: f32 = 1.0 / (1 << 24) as f32;
    let bits = u32::from(half);
    let (sign, size) = ((bits & 0x8000) << 16, bits & 0x7fff);
    let small = size as f32 * SMALLEST;
    let normal = f32::from_bits((size << 13) + (112 << 23));
    let number = if size < 0x400 { small } else { normal };
    let number = if size >= 0x7c00 { f32::NAN } else { number };
    f32::from_bits(number.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_keeps_three_digits() {
        for x in [0.0f32, 1.0, -1.5, 0.1, 3.3e-5, 1e-7, 123.4, -65_000.0] {
            let kept = whole(half(x));
            assert!((kept - x).abs() <= x.abs() * 6e-4 + 4e-8, "{x} became {kept}");
        }
        assert_eq!(whole(half(f32::INFINITY)), 65_504.0);
    }

    #[test]
    fn every_half_is_the_number_that_the_standard_says() {
        for bits in 0..=u16::MAX {
            let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
            let size = match exponent {
                0 => mantissa * 2f64.powi(-24),
                _ => (1.0 + mantissa / 1_024.0) * 2f64.powi(exponent - 15),
            };
            let number = whole(bits);
            match exponent {
                0x1f => assert!(number.is_nan()),
                _ => assert_eq!(f64::from(number), if bits & 0x8000 == 0 { size } else { -size }, "{bits:#x}"),
            }
        }
    }
}
