//! Floors under discovery, on a part of BANKING77: themes are pure, and wrong annotations come first.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that is not as it should be")]

use std::collections::BTreeMap;

use adit_ml::clustering::{Centroids, Item, ThemeOptions, themes};
use adit_ml::{Corpus, Encoder, Example, LabelSpec, MiniLm, Options, held_out, train};

const N_LABELS: usize = 12;
const N_ROWS: usize = 24;

struct Row {
    id: String,
    text: String,
    label: usize,
    vector: Vec<f32>,
}

/// The first rows of every sixth label, so that the labels differ as much as in the whole.
fn rows() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/banking77/banking77.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let mut by_label: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        by_label.entry(field(&value["labels"][0])).or_default().push((field(&value["id"]), field(&value["text"])));
    }
    let encoder = MiniLm::embedded(2).unwrap();
    let mut rows = Vec::new();
    for (label, own) in by_label.into_values().step_by(6).take(N_LABELS).enumerate() {
        for (id, text) in own.into_iter().take(N_ROWS) {
            let vector = encoder.encode(&[&text]).remove(0);
            rows.push(Row { id, text, label, vector });
        }
    }
    rows
}

#[test]
fn themes_are_pure_and_meet_most_labels_and_threads_change_nothing() {
    let rows = rows();
    let items: Vec<Item<'_>> = rows.iter().map(|row| Item { text: &row.text, embedding: &row.vector, novelty: 1.0 }).collect();
    let options = ThemeOptions { n_themes: 10, n_messages: 8, threads: 1, seed: 0 };
    let found = themes(&items, &Centroids::default(), &options);
    let (mut n_pure, mut n_shown) = (0, 0);
    let mut met = [false; N_LABELS];
    for theme in &found.themes {
        let labels: Vec<usize> = theme.members.iter().map(|member| rows[member.item].label).collect();
        n_pure += labels.iter().map(|label| labels.iter().filter(|other| *other == label).count()).max().unwrap();
        n_shown += labels.len();
        labels.iter().for_each(|label| met[*label] = true);
        assert!(!theme.name.is_empty() && theme.name.chars().count() <= 60, "{}", theme.name);
    }
    let purity = n_pure as f32 / n_shown as f32;
    let n_met = met.iter().filter(|met| **met).count();
    // The bar is 0.7, on the whole set it is 0.93.
    assert!(purity >= 0.8, "purity {purity}");
    assert!(n_met >= 8, "{n_met} of {N_LABELS} labels met");
    assert_eq!(found, themes(&items, &Centroids::default(), &ThemeOptions { threads: 4, ..options }));
}

#[test]
fn wrong_annotations_are_doubted_more_than_right_ones() {
    let rows = rows();
    let is_wrong = |at: usize| at % 20 == 7;
    let said = |at: usize, row: &Row| if is_wrong(at) { (row.label + 5) % N_LABELS } else { row.label };
    let example = |(at, row): (usize, &Row)| Example {
        uid: row.id.clone(),
        text: row.text.clone(),
        embedding: row.vector.clone(),
        assigned: vec![said(at, row)],
        dismissed: Vec::new(),
    };
    let labels = (0..N_LABELS).map(|n| LabelSpec { name: format!("Label {n}"), ..LabelSpec::default() }).collect();
    let corpus = Corpus { labels, examples: rows.iter().enumerate().map(example).collect(), ..Corpus::default() };
    let options = Options { threads: 2, seed: 0 };
    let model = train(&corpus, None, &options, &|_| true).unwrap().model;
    let unseen = held_out(&corpus, &model, None, &options, &|_| true).unwrap();
    let believed = unseen.probabilities;
    let alone = Options { threads: 1, seed: 0 };
    assert_eq!(believed, held_out(&corpus, &model, None, &alone, &|_| true).unwrap().probabilities);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| believed[a][said(a, &rows[a])].total_cmp(&believed[b][said(b, &rows[b])]));
    let n_wrong = (0..rows.len()).filter(|&at| is_wrong(at)).count();
    let n_found = order[..2 * n_wrong].iter().filter(|&&at| is_wrong(at)).count();
    assert!(n_found * 10 >= n_wrong * 8, "{n_found} of {n_wrong} among the first {}", 2 * n_wrong);
    assert!(held_out(&corpus, &model, None, &options, &|_| false).is_err(), "it stops when told to");
}
