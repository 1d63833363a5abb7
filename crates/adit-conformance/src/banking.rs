//! BANKING77: real short questions of bank customers, each with its intent.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

/// One question.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// Unique and stable; used as the comment's id.
    pub id: String,
    /// `train` or `test`.
    pub split: String,
    /// What the customer asked.
    pub text: String,
    labels: Vec<String>,
}

impl Question {
    /// The intent.
    pub fn label(&self) -> &str {
        self.labels.first().map_or("", String::as_str)
    }

    /// The question as a comment to upload; `idx` gives it its own timestamp.
    pub fn comment(&self, idx: usize) -> Value {
        let timestamp = format!("2024-03-{:02}T{:02}:{:02}:{:02}Z", 1 + idx / 86_400, idx / 3_600 % 24, idx / 60 % 60, idx % 60);
        json!({"id": self.id, "timestamp": timestamp, "messages": [{"body": {"text": self.text}}]})
    }
}

/// Every question of the file, in its order.
pub fn questions() -> Vec<Question> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/banking77/banking77.jsonl");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("bad line in banking77: {error}: {line}"));
    text.lines().filter(|line| !line.is_empty()).map(parse).collect()
}
