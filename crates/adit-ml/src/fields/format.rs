//! Field models as bytes: a magic word and version, definitions as JSON, then weights, little-endian.

use super::crf::Crf;
use super::forms::{LearnedForm, LearnedSlot};
use super::learned::{How, LearnedField, Tagger};
use super::model::FieldModel;
use super::scorer::Scorer;
use super::spec::{FieldSpec, FormSpec};
use super::state_weights::StateWeights;
use crate::classifier::FormatError;

const MAGIC: &[u8; 8] = b"ADITFLD1";

impl FieldModel {
    /// The model as bytes; the same model always gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let fields: Vec<&FieldSpec> = self.fields.iter().map(|field| &field.spec).collect();
        let forms: Vec<&FormSpec> = self.forms.iter().map(|form| &form.spec).collect();
        let head = serde_json::to_vec(&(fields, forms, &self.fingerprint)).unwrap_or_default();
        number(&mut out, head.len());
        out.extend(head);
        self.fields.iter().for_each(|field| write_how(&mut out, &field.how));
        for form in &self.forms {
            out.push(u8::from(form.repeats));
            for slot in &form.fields {
                write_how(&mut out, &slot.places.how);
                number(&mut out, slot.like.map_or(0, |like| like + 1));
                write_scorer(&mut out, &slot.scorer);
                out.extend(slot.miss.to_le_bytes());
                out.push(u8::from(slot.is_shared));
            }
        }
        out
    }

    /// Reads a model; never panics, whatever the bytes.
    ///
    /// # Errors
    /// The bytes are no field model, or a damaged one.
    pub fn from_bytes(bytes: &[u8]) -> Result<FieldModel, FormatError> {
        let mut reader = Reader(bytes.strip_prefix(MAGIC).ok_or(FormatError::NotAModel)?);
        let n_head = reader.number()?;
        let head = reader.take(n_head)?;
        let (fields, forms, fingerprint): (Vec<FieldSpec>, Vec<FormSpec>, String) =
            serde_json::from_slice(head).map_err(|_| FormatError::Damaged)?;
        let mut model = FieldModel { fingerprint, ..FieldModel::default() };
        for spec in &fields {
            model.fields.push(LearnedField::with(spec, reader.how()?));
        }
        for spec in forms {
            let repeats = reader.byte()? != 0;
            let mut slots = Vec::with_capacity(spec.fields.len());
            for field in &spec.fields {
                slots.push(LearnedSlot {
                    places: LearnedField::with(&field.spec, reader.how()?),
                    like: reader.number()?.checked_sub(1).filter(|like| *like < fields.len()),
                    scorer: reader.scorer()?,
                    miss: reader.float()?,
                    is_shared: reader.byte()? != 0,
                });
            }
            model.forms.push(LearnedForm { spec, fields: slots, repeats });
        }
        if reader.0.is_empty() { Ok(model) } else { Err(FormatError::Damaged) }
    }
}

fn number(out: &mut Vec<u8>, n: usize) {
    out.extend((n as u64).to_le_bytes());
}

fn write_scorer(out: &mut Vec<u8>, scorer: &Scorer) {
    number(out, scorer.keys.len());
    out.extend(scorer.keys.iter().flat_map(|key| key.to_le_bytes()));
    out.extend(scorer.weights.iter().flat_map(|weight| weight.to_le_bytes()));
}

fn write_how(out: &mut Vec<u8>, how: &How) {
    match how {
        How::Nothing => out.push(0),
        How::All => out.push(1),
        How::Narrowed(scorer) => {
            out.push(2);
            write_scorer(out, scorer);
        }
        How::Tagged(tagger) => {
            out.push(if tagger.reading.is_some() { 4 } else { 3 });
            write_crf(out, &tagger.words);
            if let Some((encoder, crf)) = &tagger.reading {
                number(out, encoder.len());
                out.extend(encoder.as_bytes());
                write_crf(out, crf);
                number(out, crf.states.weights.len());
                let weights = crf.states.weights.iter().chain([&crf.states.constant]);
                out.extend(weights.flatten().flat_map(|weight| weight.to_le_bytes()));
            }
        }
    }
}

fn write_crf(out: &mut Vec<u8>, crf: &Crf) {
    number(out, crf.keys.len());
    out.extend(crf.keys.iter().flat_map(|key| key.to_le_bytes()));
    out.extend(crf.weights.iter().flatten().flat_map(|weight| weight.to_le_bytes()));
    out.extend(crf.transitions.iter().flatten().flat_map(|weight| weight.to_le_bytes()));
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], FormatError> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(FormatError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, FormatError> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<usize, FormatError> {
        let (bytes, rest) = self.0.split_first_chunk::<8>().ok_or(FormatError::Damaged)?;
        self.0 = rest;
        usize::try_from(u64::from_le_bytes(*bytes)).map_err(|_| FormatError::Damaged)
    }

    fn float(&mut self) -> Result<f32, FormatError> {
        Ok(self.floats(1)?[0])
    }

    fn floats(&mut self, n: usize) -> Result<Vec<f32>, FormatError> {
        let bytes = self.take(n.checked_mul(4).ok_or(FormatError::Damaged)?)?;
        let floats: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect();
        if floats.iter().all(|x| x.is_finite()) { Ok(floats) } else { Err(FormatError::Damaged) }
    }

    fn keys(&mut self) -> Result<Vec<u64>, FormatError> {
        let n = self.number()?;
        let bytes = self.take(n.checked_mul(8).ok_or(FormatError::Damaged)?)?;
        let keys: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|chunk| u64::from_le_bytes(*chunk)).collect();
        if keys.is_sorted_by(|a, b| a < b) { Ok(keys) } else { Err(FormatError::Damaged) }
    }

    fn scorer(&mut self) -> Result<Scorer, FormatError> {
        let keys = self.keys()?;
        Ok(Scorer { weights: self.floats(keys.len())?, keys })
    }

    fn how(&mut self) -> Result<How, FormatError> {
        match self.byte()? {
            0 => Ok(How::Nothing),
            1 => Ok(How::All),
            2 => Ok(How::Narrowed(self.scorer()?)),
            3 => Ok(How::Tagged(Box::new(self.crf()?.into()))),
            4 => {
                let words = self.crf()?;
                let n = self.number()?;
                let encoder = std::str::from_utf8(self.take(n)?).map_err(|_| FormatError::Damaged)?.to_owned();
                let mut crf = self.crf()?;
                let width = self.number()?;
                let mut weights = self.triples(width.checked_add(1).ok_or(FormatError::Damaged)?)?;
                crf.states.constant = weights.pop().unwrap_or_default();
                crf.states.weights = weights;
                Ok(How::Tagged(Box::new(Tagger { words, reading: Some((encoder, crf)) })))
            }
            _ => Err(FormatError::Damaged),
        }
    }

    fn triples(&mut self, n: usize) -> Result<Vec<[f32; 3]>, FormatError> {
        Ok(self.floats(n.checked_mul(3).ok_or(FormatError::Damaged)?)?.as_chunks::<3>().0.to_vec())
    }

    fn crf(&mut self) -> Result<Crf, FormatError> {
        let keys = self.keys()?;
        let weights = self.triples(keys.len())?;
        let mut transitions = [[0.0; 3]; 3];
        transitions.iter_mut().zip(self.triples(3)?).for_each(|(to, from)| *to = from);
        Ok(Crf { keys, weights, transitions, states: StateWeights::default() })
    }
}
