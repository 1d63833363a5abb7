//! `AttributeFilter`: the newer filters, by the name of an attribute and a kind of test (NOTES 12).

use adit_kernel::{Error, Result};
use serde::{Deserialize, Serialize};

use super::Facts;
use super::comment::{is_label_or_below, is_same_entity};
use super::lists::{RangeRule, check_list};
use crate::StoredComment;
use crate::wire::Attachment;

/// The contract's `AttributeFilter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeFilter {
    attribute: String,
    filter: Test,
}

/// The kinds of test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Test {
    StringAnyOf {
        any_of: Vec<String>,
    },
    StringNoneOf {
        none_of: Vec<String>,
    },
    NumberRange {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<f64>,
    },
    AssignedPredictedPresent {
        any_assigned: Vec<String>,
        any_predicted: Vec<String>,
        none_present: Vec<String>,
    },
    StringSearch {
        query: String,
    },
}

/// What an attribute holds for a comment.
enum Held<'a> {
    Texts(Vec<&'a str>),
    Numbers(Vec<f64>),
}

impl AttributeFilter {
    /// Checks what the schema cannot: that the attribute exists and that the test fits it.
    pub fn check(&self) -> Result<()> {
        let name = self.attribute.as_str();
        let is_number = match name {
            "labels"
            | "entities"
            | "attachment_property_types"
            | "attachment_property_names"
            | "attachment_property_extensions" => false,
            "attachment_property_num_attachments"
            | "attachment_property_num_attachments_with_contents"
            | "attachment_property_num_attachments_without_contents"
            | "attachment_property_size"
            | "attachment_property_total_size" => true,
            _ => match name.split_once(':') {
                Some(("string", bare)) if !bare.is_empty() => false,
                Some(("number", bare)) if !bare.is_empty() => true,
                _ => return Err(Error::invalid(format!("`{name}` is not a known attribute."))),
            },
        };
        let (kind, fits) = match &self.filter {
            Test::StringAnyOf { any_of } => (("string_any_of", Some(any_of)), !is_number),
            Test::StringNoneOf { none_of } => (("string_none_of", Some(none_of)), !is_number),
            Test::StringSearch { .. } => (("string_search", None), !is_number),
            Test::NumberRange { minimum, maximum } => {
                RangeRule { minimum: *minimum, maximum: *maximum }.check("filter")?;
                (("number_range", None), is_number)
            }
            Test::AssignedPredictedPresent { any_assigned, any_predicted, none_present } => {
                for list in [any_assigned, any_predicted, none_present] {
                    check_list(Some(list), "filter")?;
                }
                (("assigned_predicted_present", None), matches!(name, "labels" | "entities"))
            }
        };
        check_list(kind.1, "filter")?;
        if fits {
            return Ok(());
        }
        Err(Error::invalid(format!("A filter of kind `{}` does not fit the attribute `{name}`.", kind.0)))
    }

    /// The attribute it is about: a word of the contract, or the full name of a user property.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// Whether it asks about predicted labels.
    pub fn needs_predictions(&self) -> bool {
        self.attribute == "labels"
    }

    /// The labels that it wants on a comment; afterwards it no longer asks for them, only for those it does not want.
    pub fn take_wanted_labels(&mut self) -> Vec<String> {
        if self.attribute != "labels" {
            return Vec::new();
        }
        match &mut self.filter {
            Test::StringAnyOf { any_of } => std::mem::take(any_of),
            Test::AssignedPredictedPresent { any_assigned, any_predicted, .. } => {
                let mut wanted = std::mem::take(any_assigned);
                wanted.append(any_predicted);
                wanted
            }
            _ => Vec::new(),
        }
    }

    /// Whether it asks about entities, so that [`Facts::predicted_entities`] must be given.
    pub fn needs_entities(&self) -> bool {
        self.attribute == "entities"
    }

    /// Whether the comment passes; `predicted_labels` are those predicted above their threshold.
    pub fn matches(&self, comment: &StoredComment, facts: &Facts<'_>, predicted_labels: &[String]) -> bool {
        if let Test::AssignedPredictedPresent { any_assigned, any_predicted, none_present } = &self.filter {
            let is_labels = self.attribute == "labels";
            let assigned: &[String] = if is_labels { facts.assigned_labels } else { facts.assigned_entities };
            let predicted: &[String] = if is_labels { predicted_labels } else { facts.predicted_entities };
            let has_any = |known: &[String], listed: &[String]| {
                if is_labels { has_any(known, listed) } else { has_any_entity(known, listed) }
            };
            let asks = !any_assigned.is_empty() || !any_predicted.is_empty();
            let is_wanted = has_any(assigned, any_assigned) || has_any(predicted, any_predicted);
            let is_unwanted = has_any(assigned, none_present) || has_any(predicted, none_present);
            return (!asks || is_wanted) && !is_unwanted;
        }
        match (&self.filter, self.held(comment, facts, predicted_labels)) {
            (Test::StringAnyOf { any_of }, Held::Texts(texts)) => {
                any_of.is_empty() || texts.iter().any(|text| any_of.iter().any(|listed| self.is_same(text, listed)))
            }
            (Test::StringNoneOf { none_of }, Held::Texts(texts)) => {
                !texts.iter().any(|text| none_of.iter().any(|listed| self.is_same(text, listed)))
            }
            (Test::StringSearch { query }, Held::Texts(texts)) => {
                let query = query.trim().to_lowercase();
                query.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(&query))
            }
            (Test::NumberRange { minimum, maximum }, Held::Numbers(numbers)) => {
                let range = RangeRule { minimum: *minimum, maximum: *maximum };
                range.is_open() || numbers.iter().any(|number| range.contains(*number))
            }
            // `check` refuses tests that do not fit; nothing passes one.
            _ => false,
        }
    }

    /// Labels compare by their path, the words about attachments without case, user properties exactly.
    fn is_same(&self, text: &str, listed: &str) -> bool {
        match self.attribute.as_str() {
            "labels" => is_label_or_below(text, listed),
            "entities" => is_same_entity(text, listed),
            name if name.starts_with("attachment_property_") => {
                text.trim_start_matches('.').to_lowercase() == listed.trim_start_matches('.').to_lowercase()
            }
            _ => text == listed,
        }
    }

    fn held<'a>(&self, comment: &'a StoredComment, facts: &Facts<'a>, predicted: &'a [String]) -> Held<'a> {
        let files = &comment.content.attachments;
        let has_content = |file: &&Attachment| file.attachment_reference.is_some();
        let count = |n: usize| Held::Numbers(vec![n as f64]);
        match self.attribute.as_str() {
            "labels" => Held::Texts(facts.assigned_labels.iter().chain(predicted).map(String::as_str).collect()),
            "entities" => {
                Held::Texts(facts.assigned_entities.iter().chain(facts.predicted_entities).map(String::as_str).collect())
            }
            "attachment_property_types" => Held::Texts(files.iter().map(|file| file.content_type.as_str()).collect()),
            "attachment_property_names" => Held::Texts(files.iter().map(|file| file.name.as_str()).collect()),
            "attachment_property_extensions" => Held::Texts(files.iter().filter_map(extension_of).collect()),
            "attachment_property_num_attachments" => count(files.len()),
            "attachment_property_num_attachments_with_contents" => count(files.iter().filter(has_content).count()),
            "attachment_property_num_attachments_without_contents" => {
                count(files.iter().filter(|file| !has_content(file)).count())
            }
            "attachment_property_size" => Held::Numbers(files.iter().map(|file| file.size as f64).collect()),
            "attachment_property_total_size" => Held::Numbers(vec![files.iter().map(|file| file.size as f64).sum()]),
            name if name.starts_with("number:") => {
                Held::Numbers(comment.content.user_properties.get(name).and_then(|value| value.as_f64()).into_iter().collect())
            }
            name => Held::Texts(comment.content.user_properties.get(name).and_then(|value| value.as_str()).into_iter().collect()),
        }
    }
}

fn has_any(labels: &[String], listed: &[String]) -> bool {
    labels.iter().any(|label| listed.iter().any(|wanted| is_label_or_below(label, wanted)))
}

fn has_any_entity(known: &[String], listed: &[String]) -> bool {
    known.iter().any(|known| listed.iter().any(|wanted| is_same_entity(known, wanted)))
}

fn extension_of(file: &Attachment) -> Option<&str> {
    file.name.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| !extension.is_empty())
}
