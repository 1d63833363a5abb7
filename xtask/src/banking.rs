//! BANKING77: the real questions behind the demo and the benchmarks.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::paths;

/// First moment of the demo's year, in seconds since 1970.
const YEAR_BEGINS: i64 = 1_704_067_200;
/// Comments are spread evenly; about 10 000 of them fill a year.
const SECONDS_APART: i64 = 3_150;
/// The file is sorted by intent; stepping through it by the golden ratio mixes them evenly.
const GOLDEN: f64 = 0.618_033_988_75;

/// One question with its intent.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    /// Unique and stable; becomes the comment's id.
    pub(crate) id: String,
    /// `train` or `test`.
    pub(crate) split: String,
    /// What the customer asked.
    pub(crate) text: String,
    /// Exactly one intent.
    pub(crate) labels: Vec<String>,
}

impl Row {
    /// The row as a comment to upload; `idx` decides its time.
    pub(crate) fn comment(&self, idx: usize) -> Value {
        comment(&self.id, &self.text, idx)
    }
}

/// A comment to upload with one message.
pub(crate) fn comment(id: &str, text: &str, idx: usize) -> Value {
    json!({"id": id, "timestamp": timestamp(idx), "messages": [{"body": {"text": text}}]})
}

/// A document to predict with one message.
pub(crate) fn document(text: &str) -> Value {
    json!({"messages": [{"body": {"text": text}}], "user_properties": {}})
}

fn timestamp(idx: usize) -> String {
    let seconds = YEAR_BEGINS + i64::try_from(idx).unwrap_or(0) * SECONDS_APART;
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Every row of that split, mixed, in an order that never changes.
pub(crate) fn rows(split: &str) -> Result<Vec<Row>> {
    let file = paths::root().join("data/banking77/banking77.jsonl");
    let text = fs::read_to_string(&file).context("the demo needs `data/banking77/banking77.jsonl`, which is missing")?;
    let mut rows = Vec::new();
    for line in text.lines() {
        let row: Row = serde_json::from_str(line).context("a line of BANKING77 does not parse")?;
        if row.split == split {
            rows.push(row);
        }
    }
    Ok(mixed(rows))
}

fn mixed<T: Clone>(items: Vec<T>) -> Vec<T> {
    let n_items = items.len();
    let stride = stride(n_items);
    (0..n_items).filter_map(|idx| items.get(idx * stride % n_items).cloned()).collect()
}

/// A step that visits every one of `n_items` places before it repeats.
fn stride(n_items: usize) -> usize {
    let first = ((n_items as f64) * GOLDEN) as usize;
    (first..=first + n_items).find(|step| common_divisor(*step, n_items) == 1).unwrap_or(1)
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The first `per_intent` rows of every intent.
pub(crate) fn few_shots(rows: &[Row], per_intent: usize) -> Vec<&Row> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter()
        .filter(|row| {
            let Some(intent) = row.labels.first() else { return false };
            let n_seen = seen.entry(intent).or_default();
            *n_seen += 1;
            *n_seen <= per_intent
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn mixing_keeps_every_row() {
        let rows = rows("train").unwrap();
        assert_eq!(rows.len(), 10_003);
        let ids: BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
        assert_eq!(ids.len(), rows.len());
        let intents: BTreeSet<_> = rows.iter().take(100).map(|row| &row.labels).collect();
        assert!(intents.len() > 40, "the first hundred rows hold {} intents", intents.len());
    }

    #[test]
    fn few_shots_takes_as_many_of_each_intent() {
        let rows = rows("train").unwrap();
        assert_eq!(few_shots(&rows, 25).len(), 77 * 25);
    }

    #[test]
    fn comments_carry_a_time_with_its_zone() {
        assert_eq!(timestamp(0), "2024-01-01T00:00:00Z");
        assert_eq!(timestamp(1), "2024-01-01T00:52:30Z");
    }
}
