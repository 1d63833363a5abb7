//! Data sets: one JSON object a line with id, split, text and labels.

use std::path::Path;

use adit_ml::{Corpus, Encoder, Example, LabelSpec, Unreviewed};

use crate::{Failure, vectors};

/// One labelled text.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) split: String,
    pub(crate) text: String,
    /// Where it comes from, in sets that say so.
    pub(crate) source: String,
    /// Indexes into the labels of the set.
    pub(crate) labels: Vec<usize>,
    pub(crate) vector: Vec<f32>,
}

/// A set with the vectors of its texts and labels.
pub(crate) struct Set {
    pub(crate) labels: Vec<LabelSpec>,
    pub(crate) rows: Vec<Row>,
}

impl Set {
    /// Reads the rows of a file that `wanted` takes, given the split and a running number within it.
    pub(crate) fn load(
        file: &Path,
        encoder: &dyn Encoder,
        cache: &Path,
        wanted: &dyn Fn(&str, usize) -> bool,
    ) -> Result<Set, Failure> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
        let (mut names, mut rows): (Vec<String>, Vec<Row>) = (Vec::new(), Vec::new());
        let mut seen: Vec<(String, usize)> = Vec::new();
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line)?;
            let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            let split = field("split");
            let place = seen.iter().position(|(name, _)| *name == split).unwrap_or_else(|| {
                seen.push((split.clone(), 0));
                seen.len() - 1
            });
            seen[place].1 += 1;
            if !wanted(&split, seen[place].1 - 1) {
                continue;
            }
            let mut labels = Vec::new();
            for name in value["labels"].as_array().into_iter().flatten().filter_map(|name| name.as_str()) {
                labels.push(names.iter().position(|known| known == name).unwrap_or_else(|| {
                    names.push(name.to_owned());
                    names.len() - 1
                }));
            }
            rows.push(Row { id: field("id"), split, text: field("text"), source: field("source"), labels, vector: Vec::new() });
        }
        let described: Vec<String> = names.iter().map(|name| LabelSpec::text(name, "")).collect();
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).chain(described.iter().map(String::as_str)).collect();
        let mut all = vectors::of(&texts, encoder, cache)?;
        let of_labels = all.split_off(rows.len());
        rows.iter_mut().zip(all).for_each(|(row, vector)| row.vector = vector);
        let spec = |(name, embedding)| LabelSpec { name, embedding, ..LabelSpec::default() };
        Ok(Set { labels: names.into_iter().zip(of_labels).map(spec).collect(), rows })
    }

    /// The same rows with the labels that `name` gives to theirs, each once; a row left without any goes.
    pub(crate) fn relabelled(&self, name: &dyn Fn(&str) -> Option<String>, encoder: &dyn Encoder) -> Set {
        let (mut names, mut rows): (Vec<String>, Vec<Row>) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let mut labels: Vec<usize> = Vec::new();
            for own in row.labels.iter().filter_map(|&label| name(&self.labels[label].name)) {
                let label = names.iter().position(|known| *known == own).unwrap_or_else(|| {
                    names.push(own);
                    names.len() - 1
                });
                labels.extend((!labels.contains(&label)).then_some(label));
            }
            if !labels.is_empty() {
                rows.push(Row { labels, ..row.clone() });
            }
        }
        let spec = |name: String| LabelSpec {
            embedding: encoder.encode(&[LabelSpec::text(&name, "").as_str()]).remove(0),
            name,
            ..LabelSpec::default()
        };
        Set { labels: names.into_iter().map(spec).collect(), rows }
    }

    /// The rows of the splits that `wanted` takes.
    pub(crate) fn rows_of(&self, wanted: impl Fn(&str) -> bool) -> Vec<&Row> {
        self.rows.iter().filter(|row| wanted(&row.split)).collect()
    }

    /// What a dataset with the first rows reviewed and the others not would train on.
    pub(crate) fn corpus(&self, rows: &[&Row], unreviewed: &[&Row]) -> Corpus {
        let example = |row: &&Row| Example {
            uid: row.id.clone(),
            text: row.text.clone(),
            embedding: row.vector.clone(),
            assigned: row.labels.clone(),
            dismissed: Vec::new(),
        };
        let unreviewed = unreviewed.iter().map(|row| Unreviewed { text: row.text.clone(), embedding: row.vector.clone() });
        Corpus {
            labels: self.labels.clone(),
            examples: rows.iter().map(example).collect(),
            unreviewed: unreviewed.collect(),
            n_unreviewed: 0,
        }
    }
}

/// The rows in an order that depends on the seed alone.
pub(crate) fn shuffled<'a>(rows: &[&'a Row], seed: u64) -> Vec<&'a Row> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0;
    let mut order = rows.to_vec();
    for at in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) as usize % (at + 1));
    }
    order
}

/// The first rows of each label after a shuffle; `usize::MAX` takes all in their own order.
pub(crate) fn shots<'a>(rows: &[&'a Row], n_labels: usize, n: usize, seed: u64) -> Vec<&'a Row> {
    if n == usize::MAX {
        return rows.to_vec();
    }
    let mut counts = vec![0; n_labels];
    let mut order = shuffled(rows, seed);
    order.retain(|row| {
        row.labels.iter().for_each(|&label| counts[label] += 1);
        row.labels.iter().any(|&label| counts[label] <= n)
    });
    order
}
