//! The fields of a loaded version: values and records in the shapes of the wire.

use adit_datasets::wire::{PredictedEntity, TextSpan};
use adit_kernel::{Error, Result};
use adit_ml::Encoder;
use adit_ml::fields::{Context, FieldModel, FormScore, Offsets, Part, Record, States};

use super::document::{Document, offsets_of, span_of};
use super::scores::{Thresholds, thresholds};
use super::store::FieldRow;
use super::{Definition, Slot};

/// The fields of one version.
#[derive(Debug, Default)]
pub struct ServedFields {
    model: FieldModel,
    definition: Definition,
    thresholds: Vec<Option<Thresholds>>,
}

/// One filled form of a label, given that the label applies.
#[derive(Debug, Clone, PartialEq)]
pub struct Extraction {
    /// How sure it is that there is such an occurrence.
    pub occurrence: f64,
    /// How sure it is that all values are right; never more than `occurrence`.
    pub extraction: f64,
    /// The values, aligned with the fields of the form; `None` where a value is missing.
    pub values: Vec<Option<ExtractedValue>>,
}

/// A value of a filled form.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtractedValue {
    /// What it means.
    pub formatted: String,
    /// Where it stands.
    pub span: TextSpan,
    /// How sure it is.
    pub probability: f64,
}

impl ServedFields {
    pub(crate) fn load(row: FieldRow, bytes: Option<&[u8]>) -> Result<ServedFields> {
        let model = match bytes {
            Some(bytes) => FieldModel::from_bytes(bytes).map_err(|e| Error::wrap("stored fields cannot be read", e))?,
            None => FieldModel::default(),
        };
        let thresholds = row.report.forms.iter().map(|form: &FormScore| thresholds(&form.curve())).collect();
        Ok(ServedFields { model, definition: row.definition, thresholds })
    }

    /// Fields of which only the definitions are known.
    pub(crate) fn of_definition(definition: Definition, model: FieldModel) -> ServedFields {
        ServedFields { model, definition, thresholds: Vec::new() }
    }

    /// What the version knows about fields.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// Whether there are no general fields to look for.
    pub(crate) fn finds_nothing(&self) -> bool {
        self.model.fields().next().is_none()
    }

    /// The number of the form of a label, by the label's full name.
    pub fn form_of(&self, label: &str) -> Option<usize> {
        self.definition.forms.iter().position(|form| form.label == label)
    }

    /// Which named thresholds a record of a form clears; `None` where nothing is known about its records.
    pub fn names_met(&self, form: usize, extraction: f64) -> Option<Vec<String>> {
        let thresholds = self.thresholds.get(form)?.as_ref()?;
        Some(thresholds.names_met(extraction).into_iter().map(str::to_owned).collect())
    }

    /// Documents as fields read them.
    pub(crate) fn read(&self, documents: Vec<Document>) -> Vec<(Vec<Part>, Context)> {
        documents.iter().map(|document| (document.parts(&self.definition), document.context(&self.definition))).collect()
    }

    /// Whether a general field wants texts read by the encoder with this digest.
    pub(crate) fn reads(&self, encoder: &str) -> bool {
        self.model.reads(encoder)
    }

    /// What the encoder makes of the words of documents.
    pub(crate) fn states(&self, read: &[(Vec<Part>, Context)], encoder: &dyn Encoder) -> States {
        self.model.states(read, encoder)
    }

    /// The values of general fields in some documents.
    pub(crate) fn entities(&self, read: &[(Vec<Part>, Context)], states: &States, threads: usize) -> Vec<Vec<PredictedEntity>> {
        let predicted = self.model.predict_many(read, states, threads);
        let shown = |(found, (parts, _)): (Vec<adit_ml::fields::PredictedField>, &(Vec<Part>, _))| {
            let offsets = offsets_of(parts);
            let entity = |one: adit_ml::fields::PredictedField| {
                let slot = self.definition.slots.get(one.field)?;
                let span = span_of(&offsets, one.part, one.found.start, one.found.end);
                Some(entity(slot, span, one.found.value, one.found.probability))
            };
            found.into_iter().filter_map(entity).collect()
        };
        predicted.into_iter().zip(read).map(shown).collect()
    }

    /// The records of some forms in a document; aligned with `forms`.
    pub(crate) fn extract(&self, forms: &[usize], document: &Document) -> Vec<Vec<Extraction>> {
        if forms.is_empty() {
            return Vec::new();
        }
        let parts = document.parts(&self.definition);
        let filled = self.model.extract(forms, &parts, &document.context(&self.definition));
        let offsets = offsets_of(&parts);
        let shown = |(form, records): (&usize, Vec<Record>)| {
            let n_fields = self.definition.forms.get(*form).map_or(0, |form| form.fields.len());
            records.into_iter().map(|record| extraction(record, n_fields, &offsets)).collect()
        };
        forms.iter().zip(filled).map(shown).collect()
    }
}

fn extraction(record: Record, n_fields: usize, offsets: &[Offsets<'_>]) -> Extraction {
    let mut values = vec![None; n_fields];
    for value in record.values {
        if let Some(place) = values.get_mut(value.field) {
            *place = Some(ExtractedValue {
                span: span_of(offsets, value.part, value.found.start, value.found.end),
                probability: f64::from(value.found.probability.unwrap_or(1.0)),
                formatted: value.found.value,
            });
        }
    }
    Extraction { occurrence: f64::from(record.occurrence), extraction: f64::from(record.extraction), values }
}

fn entity(slot: &Slot, span: TextSpan, value: String, probability: Option<f32>) -> PredictedEntity {
    PredictedEntity {
        id: slot.type_id.clone(),
        name: slot.name.clone(),
        kind: slot.kind.clone(),
        spans: vec![span.clone()],
        span,
        formatted_value: value,
        probability: probability.map(f64::from),
        capture_ids: Vec::new(),
        field_id: Some(slot.field_id.clone()),
    }
}
