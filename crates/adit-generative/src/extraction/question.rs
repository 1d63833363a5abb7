//! Which requests does a text make, and with which values?

use std::collections::HashSet;

use adit_corpus::wire::Message;
use adit_datasets::Label;
use adit_datasets::wire::{EntityDef, TextSpan};
use adit_kernel::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::examples::Example;
use super::locate::{Taken, locate};
use crate::Feature;
use crate::llm::schema::{list, object, text, word};
use crate::llm::{Part, Question, cut};

/// How much of each part of a message is shown.
const SHOWN_CHARACTERS: usize = 12_000;
/// Messages that are shown; of longer conversations the last ones.
const SHOWN_MESSAGES: usize = 20;
/// The most records of one label.
const MAX_RECORDS: usize = 64;

/// A label with a form.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FormLabel {
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    pub(super) fields: Vec<FormField>,
}

/// A field of a form.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FormField {
    pub(super) name: String,
    #[serde(rename = "type")]
    type_: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
}

impl FormLabel {
    /// The form of a label, if it has one.
    pub(super) fn of(label: &Label, types: &[EntityDef]) -> Option<Self> {
        let form = label.moon_form.as_ref().filter(|form| !form.is_empty())?;
        let fields = form.iter().map(|field| {
            let type_ = types.iter().find(|type_| type_.id == field.field_type_id);
            let about_type = type_.and_then(|type_| type_.instructions.clone()).unwrap_or_default();
            let choices = type_.and_then(|type_| type_.rules.as_ref()?.choices.as_ref());
            FormField {
                name: field.name.clone(),
                type_: type_.map_or(&field.kind, |type_| if type_.title.is_empty() { &type_.name } else { &type_.title }).clone(),
                description: cut(if field.instructions.is_empty() { &about_type } else { &field.instructions }, 500),
                choices: choices.into_iter().flatten().map(|choice| choice.name.clone()).take(100).collect(),
            }
        });
        Some(Self { name: label.name.clone(), description: cut(&label.instructions, 500), fields: fields.collect() })
    }
}

/// The question.
pub(super) struct Records<'a> {
    pub(super) forms: Vec<&'a FormLabel>,
    pub(super) examples: Vec<&'a Example>,
    pub(super) messages: &'a [Message],
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) fields: Vec<FoundField>,
    pub(super) confidence: f64,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FoundField {
    /// Its place in the form.
    pub(super) field: usize,
    pub(super) value: String,
    pub(super) span: Option<TextSpan>,
    pub(super) confidence: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    records: Vec<RecordAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordAnswer {
    label: String,
    confidence: String,
    fields: Vec<FieldAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldAnswer {
    field: String,
    quote: String,
    choice: Option<String>,
    confidence: String,
}

const CONFIDENCES: &[&str] = &["certain", "likely", "possible"];

/// The number that a word stands for. Models cannot weigh finer than that, and these are not calibrated.
fn confidence(word: &str) -> Result<f64, String> {
    match word {
        "certain" => Ok(0.95),
        "likely" => Ok(0.75),
        "possible" => Ok(0.4),
        _ => Err(format!("`confidence` must be one of {}", CONFIDENCES.join(", "))),
    }
}

impl Question for Records<'_> {
    type Answer = Vec<Vec<Record>>;

    const FEATURE: Feature = Feature::Extraction;
    const NAME: &'static str = "records";
    const MAX_TOKENS: u32 = 4000;

    fn task(&self) -> String {
        "You fill in forms from messages. You are given labels, each with the fields of its form, and the messages of one comment. \
         For every occurrence of what a label describes write one record, in the order of the text: a comment that asks for the same \
         thing twice has two records of that label, one that does not ask for it has none. `quote` is the value exactly as it stands \
         in a message, letter by letter, as short as possible, without words around it. Leave out fields that the messages do not \
         answer; never compute, translate or guess a value. For a field with `choices`, `choice` is the one that is meant and `quote` \
         the words that say so; for all others `choice` is null. `confidence` says how sure you are that the record, or the value, is \
         right."
            .to_owned()
    }

    fn parts(&self) -> Result<Vec<Part>> {
        let skipped = self.messages.len().saturating_sub(SHOWN_MESSAGES);
        let message = |message: &Message| {
            let mut shown = json!({"body": cut(&message.body.text, SHOWN_CHARACTERS)});
            if let Some(subject) = &message.subject {
                shown["subject"] = json!(cut(&subject.text, 1000));
            }
            shown
        };
        let messages: Vec<Value> = self.messages.iter().skip(skipped).map(message).collect();
        let mut parts = vec![Part::json("Labels and their forms", &self.forms)?];
        if !self.examples.is_empty() {
            parts.push(Part::json("Other comments that people have filled in", &self.examples)?);
        }
        parts.push(Part::json("Messages", &messages)?);
        Ok(parts)
    }

    fn schema(&self) -> Value {
        let names: Vec<&str> = self.forms.iter().map(|form| form.name.as_str()).collect();
        let field = object([
            ("field", text("name of the field")),
            ("quote", text("the value as it stands in a message")),
            ("choice", json!({"type": ["string", "null"], "description": "one of the field's choices"})),
            ("confidence", word(CONFIDENCES)),
        ]);
        let record = object([("label", word(&names)), ("confidence", word(CONFIDENCES)), ("fields", list(field))]);
        object([("records", list(record))])
    }

    fn read(&self, answer: Value) -> Result<Vec<Vec<Record>>, String> {
        let answer: Answer = serde_json::from_value(answer).map_err(|e| format!("it does not fit the schema: {e}"))?;
        let mut records: Vec<Vec<Record>> = self.forms.iter().map(|_| Vec::new()).collect();
        let mut taken: Vec<Vec<Taken>> =
            self.forms.iter().map(|form| form.fields.iter().map(|_| Taken::default()).collect()).collect();
        for record in answer.records {
            let Some(n) = self.forms.iter().position(|form| form.name == record.label) else {
                return Err(format!("`{}` is none of the labels", cut(&record.label, 80)));
            };
            if records[n].len() >= MAX_RECORDS {
                return Err(format!("label `{}` has more than {MAX_RECORDS} records", record.label));
            }
            let fields = self.fields(self.forms[n], record.fields, &mut taken[n])?;
            records[n].push(Record { fields, confidence: confidence(&record.confidence)? });
        }
        Ok(records)
    }
}

impl Records<'_> {
    /// The values of a record that stand in the text; the others are dropped, for nobody could check them.
    fn fields(&self, form: &FormLabel, sent: Vec<FieldAnswer>, taken: &mut [Taken]) -> Result<Vec<FoundField>, String> {
        let mut fields: Vec<FoundField> = Vec::with_capacity(sent.len());
        let mut seen = HashSet::new();
        for answer in sent {
            let Some(n) = form.fields.iter().position(|field| field.name == answer.field) else {
                return Err(format!("label `{}` has no field `{}`", form.name, cut(&answer.field, 80)));
            };
            if !seen.insert(n) {
                return Err(format!("a record of label `{}` has the field `{}` more than once", form.name, answer.field));
            }
            let confidence = confidence(&answer.confidence)?;
            let place = locate(self.messages, &answer.quote, &mut taken[n]);
            let choices = &form.fields[n].choices;
            let value = if choices.is_empty() {
                place.as_ref().map(|(_, text)| text.clone())
            } else {
                let wanted = answer.choice.unwrap_or_default().trim().to_lowercase();
                choices.iter().find(|choice| choice.to_lowercase() == wanted).cloned()
            };
            if let Some(value) = value {
                fields.push(FoundField { field: n, value, span: place.map(|(span, _)| span), confidence });
            }
        }
        fields.sort_by_key(|field| field.field);
        Ok(fields)
    }
}
