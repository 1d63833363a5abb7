//! Which labels and fields would sort documents of this kind?

use std::collections::HashSet;

use adit_kernel::{Result, names};
use serde::Deserialize;
use serde_json::Value;

use crate::Feature;
use crate::llm::schema::{list, object, optional_word, text};
use crate::llm::{Part, Question, cut};

/// Kinds of values that are found without training.
const BASES: &[&str] = &["date", "money", "currency", "country", "org", "person", "email", "url"];

/// The most labels and the most types of fields.
const MAX_LABELS: usize = 100;
const MAX_TYPES: usize = 100;
/// How much of all documents is shown.
const SHOWN_CHARACTERS: usize = 60_000;
/// The least that is shown of each.
const LEAST_CHARACTERS: usize = 400;

/// The question.
pub(super) struct Documents {
    description: String,
    documents: Vec<String>,
}

/// The answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suggestion {
    pub(super) instructions: String,
    pub(super) field_types: Vec<FieldType>,
    pub(super) labels: Vec<SuggestedLabel>,
}

/// A type of values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldType {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) base: Option<String>,
    pub(super) instructions: String,
}

/// A label with the fields of its form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuggestedLabel {
    pub(super) name: String,
    pub(super) instructions: String,
    pub(super) fields: Vec<LabelField>,
}

/// A field of a form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelField {
    pub(super) name: String,
    pub(super) field_type: String,
    pub(super) instructions: String,
}

impl Documents {
    /// The question about a description and documents, cut to what a model can read.
    pub(super) fn new(description: &str, documents: &[String]) -> Self {
        let said: Vec<&String> = documents.iter().filter(|text| !text.trim().is_empty()).collect();
        let each = (SHOWN_CHARACTERS / said.len().max(1)).max(LEAST_CHARACTERS);
        Self { description: cut(description, 8000), documents: said.into_iter().map(|text| cut(text, each)).collect() }
    }
}

impl Question for Documents {
    type Answer = Suggestion;

    const FEATURE: Feature = Feature::TaxonomySuggestion;
    const NAME: &'static str = "taxonomy";
    const MAX_TOKENS: u32 = 8000;

    fn task(&self) -> String {
        format!(
            "You design taxonomies for sorting messages and documents. You are given a description of what somebody wants to know and \
             some documents. Suggest the labels that would sort documents of this kind, at most {MAX_LABELS}: specific, distinct, \
             decided by what a text says, neither covering nearly everything nor nearly nothing. Levels of a label are joined by \
             ` > `, at most 64 characters each, two levels at most. `instructions` of a label is one or two sentences that say which \
             documents carry it and which do not. Give a label `fields` only where somebody who acts on such a document needs values \
             from it. The type of each field stands in `field_types`: `name` in small letters, digits and hyphens, `base` the kind of \
             value if it is one of those listed in the schema, else null. `instructions` at the top is one sentence about the whole."
        )
    }

    fn parts(&self) -> Result<Vec<Part>> {
        Ok(vec![Part::text("Description", self.description.clone()), Part::json("Documents", &self.documents)?])
    }

    fn schema(&self) -> Value {
        let field_type = object([
            ("name", text("small letters, digits and hyphens")),
            ("title", text("for people, at most 64 characters")),
            ("base", optional_word(BASES)),
            ("instructions", text("what such a value is")),
        ]);
        let field = object([
            ("name", text("name of the field, unique in its label")),
            ("field_type", text("name of one of the field types")),
            ("instructions", text("what the field holds")),
        ]);
        let label = object([
            ("name", text("full name, levels joined by ` > `")),
            ("instructions", text("which documents carry it")),
            ("fields", list(field)),
        ]);
        object([("instructions", text("about the whole taxonomy")), ("field_types", list(field_type)), ("labels", list(label))])
    }

    fn read(&self, answer: Value) -> Result<Suggestion, String> {
        let mut suggestion: Suggestion =
            serde_json::from_value(answer).map_err(|e| format!("it does not fit the schema: {e}"))?;
        check_types(&mut suggestion.field_types)?;
        if suggestion.labels.is_empty() || suggestion.labels.len() > MAX_LABELS {
            return Err(format!("there must be 1 to {MAX_LABELS} labels"));
        }
        let types: HashSet<&str> = suggestion.field_types.iter().map(|type_| type_.name.as_str()).collect();
        let mut seen = HashSet::new();
        for label in &mut suggestion.labels {
            label.name = label.name.split('>').map(str::trim).collect::<Vec<_>>().join(" > ");
            if names::check_label(&label.name).is_err() {
                return Err(format!("`{}` is no valid name of a label", cut(&label.name, 80)));
            }
            if !seen.insert(label.name.to_lowercase()) {
                return Err(format!("label `{}` stands there more than once", label.name));
            }
            label.instructions = cut(&label.instructions, 4000);
            check_fields(label, &types)?;
        }
        suggestion.instructions = cut(&suggestion.instructions, 4000);
        Ok(suggestion)
    }
}

fn check_types(types: &mut [FieldType]) -> Result<(), String> {
    if types.len() > MAX_TYPES {
        return Err(format!("there must be at most {MAX_TYPES} field types"));
    }
    let mut seen = HashSet::new();
    for type_ in types {
        let is_good = (1..=64).contains(&type_.name.len())
            && type_.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !is_good {
            return Err(format!(
                "`{}` is no valid name of a field type: small letters, digits and hyphens",
                cut(&type_.name, 80)
            ));
        }
        if !seen.insert(type_.name.clone()) {
            return Err(format!("field type `{}` stands there more than once", type_.name));
        }
        if type_.base.as_deref().is_some_and(|base| !BASES.contains(&base)) {
            return Err(format!("the base of field type `{}` is none of those in the schema", type_.name));
        }
        type_.title = type_.title.chars().take(64).collect();
        type_.instructions = cut(&type_.instructions, 4000);
    }
    Ok(())
}

fn check_fields(label: &mut SuggestedLabel, types: &HashSet<&str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for field in &mut label.fields {
        field.name = field.name.trim().to_owned();
        if field.name.is_empty() || field.name.chars().count() > 64 {
            return Err(format!("a field of label `{}` has no name of 1 to 64 characters", label.name));
        }
        if !seen.insert(field.name.to_lowercase()) {
            return Err(format!("label `{}` has the field `{}` more than once", label.name, field.name));
        }
        if !types.contains(field.field_type.as_str()) {
            return Err(format!("field `{}` of label `{}` has a type that is not in `field_types`", field.name, label.name));
        }
        field.instructions = cut(&field.instructions, 4000);
    }
    Ok(())
}
