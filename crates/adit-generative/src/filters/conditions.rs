//! What a model makes of a sentence: conditions in its words, not yet held against what there is.

use serde::Deserialize;
use serde_json::Value;

use super::period::PERIODS;
use crate::llm::schema::{flag, list, object, optional_number, optional_text, optional_word, text, word};

/// Parts of a filter that a sentence can take back.
pub(super) const FACETS: &[&str] =
    &["labels", "sources", "properties", "senders", "recipients", "attachments", "reviewed", "time"];

/// The conditions of a sentence.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conditions {
    pub(super) start_from: String,
    pub(super) drop: Vec<String>,
    pub(super) conversations: bool,
    pub(super) reviewed: Option<String>,
    pub(super) period: Option<String>,
    pub(super) from_date: Option<String>,
    pub(super) to_date: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) without_labels: Vec<String>,
    pub(super) sources: Vec<String>,
    pub(super) properties: Vec<PropertyCondition>,
    pub(super) senders: Vec<String>,
    pub(super) not_senders: Vec<String>,
    pub(super) recipients: Vec<String>,
    pub(super) attachments: Option<String>,
    pub(super) not_possible: Vec<String>,
}

/// A condition on a user property.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PropertyCondition {
    pub(super) name: String,
    pub(super) one_of: Vec<String>,
    pub(super) not_one_of: Vec<String>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
}

/// The schema of [`Conditions`].
pub(super) fn schema() -> Value {
    let property = object([
        ("name", text("full name as listed, with its prefix")),
        ("one_of", list(text("a value"))),
        ("not_one_of", list(text("a value"))),
        ("minimum", optional_number("for number properties")),
        ("maximum", optional_number("for number properties")),
    ]);
    let people = "an e-mail address, a domain, or the name of an organization";
    object([
        ("start_from", word(&["nothing", "previous"])),
        ("drop", list(word(FACETS))),
        ("conversations", flag("true only if the sentence asks for whole conversations or threads")),
        ("reviewed", optional_word(&["only_reviewed", "only_unreviewed"])),
        ("period", optional_word(PERIODS)),
        ("from_date", optional_text("first day, YYYY-MM-DD")),
        ("to_date", optional_text("last day, YYYY-MM-DD")),
        ("labels", list(text("a label that messages must have, as listed"))),
        ("without_labels", list(text("a label that messages must not have, as listed"))),
        ("sources", list(text("a source, by its name as listed"))),
        ("properties", list(property)),
        ("senders", list(text(people))),
        ("not_senders", list(text(people))),
        ("recipients", list(text(people))),
        ("attachments", optional_word(&["with", "without"])),
        ("not_possible", list(text("words of the sentence that none of the above can express"))),
    ])
}

impl Conditions {
    /// Checks what needs no knowledge of the dataset.
    pub(super) fn check(&self) -> Result<(), String> {
        let one_of = |value: &str, of: &[&str], field: &str| {
            if of.contains(&value) { Ok(()) } else { Err(format!("`{field}` must be one of {}", of.join(", "))) }
        };
        one_of(&self.start_from, &["nothing", "previous"], "start_from")?;
        self.drop.iter().try_for_each(|facet| one_of(facet, FACETS, "drop"))?;
        if let Some(period) = &self.period {
            one_of(period, PERIODS, "period")?;
        }
        if let Some(reviewed) = &self.reviewed {
            one_of(reviewed, &["only_reviewed", "only_unreviewed"], "reviewed")?;
        }
        if let Some(attachments) = &self.attachments {
            one_of(attachments, &["with", "without"], "attachments")?;
        }
        for (field, date) in [("from_date", &self.from_date), ("to_date", &self.to_date)] {
            if let Some(date) = date
                && date.parse::<chrono::NaiveDate>().is_err()
            {
                return Err(format!("`{field}` must be a day that exists, as YYYY-MM-DD"));
            }
        }
        Ok(())
    }
}
