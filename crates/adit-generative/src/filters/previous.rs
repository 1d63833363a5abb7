//! The filter that is set while somebody types, as a client sends it: JSON in a text.

use adit_corpus::filter::{AttributeFilter, CommentFilter};
use adit_kernel::{Error, Result};
use serde_json::{Map, Value, json};

/// A filter in its two languages.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Filter {
    /// A `CommentFilter`.
    pub(super) comment: Map<String, Value>,
    /// `AttributeFilter`s.
    pub(super) attributes: Vec<Value>,
}

impl Filter {
    /// Reads what a client sent: a comment filter, or an object with `filter` and `attribute_filters`, as this
    /// operation answers.
    ///
    /// # Errors
    /// Invalid, when it is neither.
    pub(super) fn read(sent: &str) -> Result<Option<Self>> {
        if sent.trim().is_empty() {
            return Ok(None);
        }
        let is_wrong = |why: &str| Error::invalid(format!("`previous_filter` must be a filter as JSON: {why}."));
        let value: Value = serde_json::from_str(sent).map_err(|e| is_wrong(&e.to_string()))?;
        let Value::Object(map) = value else { return Err(is_wrong("an object is expected")) };
        let is_pair = map.contains_key("filter") || map.contains_key("attribute_filters");
        let filter = match is_pair {
            false => Self { comment: map, attributes: Vec::new() },
            true => Self {
                comment: map.get("filter").and_then(Value::as_object).cloned().unwrap_or_default(),
                attributes: map.get("attribute_filters").and_then(Value::as_array).cloned().unwrap_or_default(),
            },
        };
        filter.check().map_err(|e| is_wrong(e.message().trim_end_matches('.')))?;
        Ok(Some(filter))
    }

    /// Whether the query would take it.
    pub(super) fn check(&self) -> Result<()> {
        CommentFilter::try_from(Value::Object(self.comment.clone()))?.check()?;
        for filter in &self.attributes {
            let filter: AttributeFilter =
                serde_json::from_value(filter.clone()).map_err(|e| Error::invalid(format!("The filter cannot be read: {e}.")))?;
            filter.check()?;
        }
        Ok(())
    }

    /// Both parts as one value.
    pub(super) fn to_json(&self) -> Value {
        json!({"filter": self.comment, "attribute_filters": self.attributes})
    }

    /// Takes one part of it back.
    pub(super) fn drop(&mut self, facet: &str) {
        match facet {
            "labels" => {
                self.attributes.retain(|filter| filter["attribute"] != "labels");
                self.comment.remove("annotations");
            }
            "attachments" => self
                .attributes
                .retain(|filter| !filter["attribute"].as_str().unwrap_or_default().starts_with("attachment_property_")),
            "sources" => drop(self.comment.remove("sources")),
            "properties" => drop(self.comment.remove("user_properties")),
            "reviewed" => drop(self.comment.remove("reviewed")),
            "time" => drop(self.comment.remove("timestamp")),
            "senders" => self.drop_people("from"),
            "recipients" => ["recipient", "to", "cc", "bcc"].iter().for_each(|key| self.drop_people(key)),
            _ => {}
        }
    }

    fn drop_people(&mut self, key: &str) {
        if let Some(Value::Object(messages)) = self.comment.get_mut("messages") {
            messages.remove(key);
            if messages.is_empty() {
                self.comment.remove("messages");
            }
        }
    }
}
