//! `${name}` in paths, bodies and expectations.

use std::collections::HashMap;

use serde_json::Value;

#[derive(Debug, Default)]
pub(super) struct Variables(HashMap<String, Value>);

impl Variables {
    pub(super) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// A text that is one variable becomes its value, whatever its type; elsewhere its text is put in.
    pub(super) fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
                Some(name) if !name.contains("${") => self.get(name),
                _ => Value::String(self.fill_text(text)),
            },
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(entries) => entries.iter().map(|(key, entry)| (self.fill_text(key), self.fill(entry))).collect(),
            other => other.clone(),
        }
    }

    pub(super) fn fill_text(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once("${") {
            let (name, after) = tail.split_once('}').unwrap_or_else(|| panic!("unclosed variable in `{text}`"));
            filled.push_str(before);
            match self.get(name) {
                Value::String(text) => filled.push_str(&text),
                other => filled.push_str(&other.to_string()),
            }
            rest = after;
        }
        filled + rest
    }

    fn get(&self, name: &str) -> Value {
        let (root, path) = name.split_once('.').unwrap_or((name, ""));
        let mut found = self.0.get(root);
        for part in path.split('.').filter(|part| !part.is_empty()) {
            found = found.and_then(|value| value.get(part));
        }
        found.cloned().unwrap_or_else(|| panic!("no variable `{name}`"))
    }
}
