//! All fields of a model version: predicts values and records.

use super::analysis::Analysis;
use super::forms::{LearnedForm, Record};
use super::learned::LearnedField;
use super::spec::{FieldSpec, FormSpec, Part};
use super::states::{self, States};
use super::{Context, Found};
use crate::Encoder;
use crate::classifier::for_each_index;

/// Finds the values of fields; cheap to share, never changes.
#[derive(Debug, Clone, Default)]
pub struct FieldModel {
    pub(super) fields: Vec<LearnedField>,
    pub(super) forms: Vec<LearnedForm>,
    pub(super) fingerprint: String,
}

/// A predicted value of a general field.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedField {
    /// The field, as an index into the specifications.
    pub field: usize,
    /// The part it stands in.
    pub part: usize,
    /// Where, and what it means.
    pub found: Found,
}

impl FieldModel {
    /// Fields of which nothing is known but their definitions: those with a base or rules predict at once.
    #[must_use]
    pub fn unlearned(fields: &[FieldSpec]) -> FieldModel {
        FieldModel { fields: fields.iter().map(LearnedField::unlearned).collect(), ..FieldModel::default() }
    }

    /// Whether there is nothing to predict.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.forms.is_empty()
    }

    /// The general fields, in the order of the predictions' indexes.
    pub fn fields(&self) -> impl Iterator<Item = &FieldSpec> {
        self.fields.iter().map(|field| &field.spec)
    }

    /// The forms, in their order.
    pub fn forms(&self) -> impl Iterator<Item = &FormSpec> {
        self.forms.iter().map(|form| &form.spec)
    }

    /// Whether a general field learnt anything.
    #[must_use]
    pub fn is_learnt(&self, field: usize) -> bool {
        self.fields.get(field).is_some_and(LearnedField::is_learnt)
    }

    /// A SHA-256 in hex of what it was learnt from.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether a general field reads the states of the encoder with this digest.
    #[must_use]
    pub fn reads(&self, encoder: &str) -> bool {
        self.fields.iter().any(|field| field.encoder() == Some(encoder))
    }

    /// What the encoder makes of the words of some comments, for [`FieldModel::predict_many`]; of texts that no field wants
    /// read, nothing, and of long ones the paragraphs that begin in the first 64 kB.
    #[must_use]
    pub fn states(&self, comments: &[(Vec<Part>, Context)], encoder: &dyn Encoder) -> States {
        self.states_of(comments.iter().map(|(parts, _)| parts.as_slice()).enumerate(), Some(encoder))
    }

    /// The same, of comments with their numbers.
    pub(super) fn states_of<'p>(
        &self,
        comments: impl Iterator<Item = (usize, &'p [Part])>,
        encoder: Option<&dyn Encoder>,
    ) -> States {
        let Some(encoder) = encoder.filter(|encoder| self.reads(encoder.digest())) else { return States::default() };
        let mut paragraphs = Vec::new();
        for (comment, parts) in comments {
            for (number, part) in parts.iter().enumerate() {
                paragraphs.extend(states::paragraphs_of(comment, number, &part.text));
            }
        }
        States::read(encoder, &paragraphs, &|| true).unwrap_or_default()
    }

    /// The values of general fields: by part, place and field. Fields that learnt beside an encoder's states go by words
    /// alone.
    #[must_use]
    pub fn predict(&self, parts: &[Part], context: &Context) -> Vec<PredictedField> {
        self.predict_comment(parts, context, &States::default(), 0)
    }

    fn predict_comment(&self, parts: &[Part], context: &Context, states: &States, comment: usize) -> Vec<PredictedField> {
        let mut predicted = Vec::new();
        if self.fields.is_empty() {
            return predicted;
        }
        for (part, it) in parts.iter().enumerate() {
            let analysis = Analysis::new(it, context).reading(states, comment, part);
            for (field, learned) in self.fields.iter().enumerate() {
                predicted.extend(learned.predict(&analysis).into_iter().map(|found| PredictedField { field, part, found }));
            }
        }
        predicted.sort_by_key(|one| (one.part, one.found.start, one.found.end, one.field));
        predicted
    }

    /// The values of general fields in comments whose [`FieldModel::states`] are at hand, on up to `threads` threads.
    #[must_use]
    pub fn predict_many(&self, comments: &[(Vec<Part>, Context)], states: &States, threads: usize) -> Vec<Vec<PredictedField>> {
        for_each_index(comments.len(), threads, |n| self.predict_comment(&comments[n].0, &comments[n].1, states, n))
    }

    /// The records of some forms, given that their labels apply; aligned with `forms`.
    #[must_use]
    pub fn extract(&self, forms: &[usize], parts: &[Part], context: &Context) -> Vec<Vec<Record>> {
        let analyses: Vec<Analysis<'_>> = parts.iter().map(|part| Analysis::new(part, context)).collect();
        let fill = |form: &usize| self.forms.get(*form).map_or_else(Vec::new, |form| form.fill(&self.fields, &analyses));
        forms.iter().map(fill).collect()
    }
}
