//! Builds the JSON schemas of answers, in the subset that strict servers take: every key required, none besides.

use serde_json::{Value, json};

/// An object with exactly these keys.
pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

/// A list.
pub(crate) fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

/// A text; `about` tells the model what it means.
pub(crate) fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

/// A text or null.
pub(crate) fn optional_text(about: &str) -> Value {
    json!({"type": ["string", "null"], "description": about})
}

/// A number or null.
pub(crate) fn optional_number(about: &str) -> Value {
    json!({"type": ["number", "null"], "description": about})
}

/// A whole number.
pub(crate) fn integer(about: &str) -> Value {
    json!({"type": "integer", "description": about})
}

/// Yes or no.
pub(crate) fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

/// One of some words.
pub(crate) fn word(of: &[&str]) -> Value {
    json!({"type": "string", "enum": of})
}

/// One of some words, or null.
pub(crate) fn optional_word(of: &[&str]) -> Value {
    let mut all: Vec<Value> = of.iter().map(|word| json!(word)).collect();
    all.push(Value::Null);
    json!({"type": ["string", "null"], "enum": all})
}
