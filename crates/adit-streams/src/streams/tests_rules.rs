//! The rules of streams: tokens, batches, definitions and thresholds.

use adit_kernel::{Field, Id, Kind, Timestamp};
use serde_json::json;

use super::position::Position;
use super::prediction::{confidence, returned_labels};
use super::rules::{Definition, Limits, Scan, apply, fetch_limits, filter_needs, new_name, passes, results_limits};
use super::wire::{StreamRequest, TriggerLabelThreshold, TriggerNew, TriggerUserModel};

const DATASET: Id = Id::new(0xaa9d_da7c_059e_5a8d);

fn place(seq: i64) -> Position {
    Position::new(seq, Timestamp::from_micros(1_700_000_000_123_456))
}

fn sent(body: serde_json::Value) -> TriggerNew {
    serde_json::from_value::<StreamRequest>(body).unwrap().stream
}

#[test]
fn a_token_is_24_bytes_that_come_back_as_the_same_position() {
    let token = place(42).token(DATASET);
    assert_eq!(token.len(), 32);
    assert_eq!(Position::parse(&token, DATASET, 42).unwrap(), place(42));
    assert_eq!(Position::parse(&token, DATASET, 42).unwrap().token(DATASET), token);
}

#[test]
fn a_token_that_was_not_issued_here_is_refused() {
    let token = place(42).token(DATASET);
    let refuses = |token: &str, dataset: Id, head: i64| {
        assert_eq!(Position::parse(token, dataset, head).unwrap_err().kind(), Kind::Invalid, "{token}");
    };
    refuses(&token, Id::new(1), 42);
    refuses(&token, DATASET, 41);
    refuses(&place(-1).token(DATASET), DATASET, 42);
    for garbage in ["", "garbage", "!!!!", "AAAA", &token[1..], &format!("{token}AAAA")] {
        refuses(garbage, DATASET, 42);
    }
    // Milliseconds that no microsecond count can hold.
    refuses(&format!("_________38{}", &token[11..]), DATASET, i64::MAX);
}

fn collected(limits: Limits, matches: &[bool]) -> (Vec<usize>, usize, i64, usize) {
    let mut scan = Scan::new(place(0), limits);
    let mut taken = 0;
    for (n, is_match) in matches.iter().enumerate() {
        if !scan.offer(n, place(i64::try_from(n).unwrap() + 1), *is_match) {
            break;
        }
        taken += 1;
    }
    (scan.results, scan.filtered, scan.end.seq, taken)
}

#[test]
fn a_batch_collects_matches_and_skips_the_rest_within_its_limits() {
    let limits = |size, max_filtered| Limits { size, max_filtered };
    let (yes, no) = (true, false);
    assert_eq!(collected(limits(2, 9), &[yes, yes, yes]), (vec![0, 1], 0, 2, 2));
    assert_eq!(collected(limits(9, 9), &[no, yes, no, no]), (vec![1], 3, 4, 4), "the end lies behind the filtered tail");
    assert_eq!(collected(limits(9, 1), &[no, yes, no, yes]), (vec![1], 1, 2, 2), "the skip that does not fit ends it");
    assert_eq!(collected(limits(9, 2), &[no, no, no]), (vec![], 2, 2, 2), "an empty batch moves on, too");
    assert_eq!(collected(limits(9, 9), &[]), (vec![], 0, 0, 0));
}

#[test]
fn limits_lie_between_1_and_1024() {
    assert_eq!(fetch_limits(1024, None).unwrap(), Limits { size: 1024, max_filtered: 1024 });
    assert_eq!(results_limits(None, Some(3)).unwrap(), Limits { size: 16, max_filtered: 3 });
    for (size, max_filtered) in [(0, None), (-1, None), (1025, None), (1, Some(0)), (1, Some(1025))] {
        assert_eq!(fetch_limits(size, max_filtered).unwrap_err().kind(), Kind::Invalid);
    }
    assert!(results_limits(Some(0), None).unwrap_err().message().contains("max_results"));
}

#[test]
fn a_definition_keeps_what_is_not_sent_and_null_takes_the_model_away() {
    let filter = json!({"user_properties": {"number:NPS": {"minimum": 1.0}}, "sources": []});
    let first = sent(json!({"stream": {
        "name": "dispute", "title": "T", "comment_filter": filter,
        "model": {"version": 7, "label_thresholds": [{"name": ["A", "B"]}]}
    }}));
    assert_eq!(new_name(&first).unwrap(), "dispute");
    let stored = apply(first, Definition::default()).unwrap();
    assert_eq!(stored.comment_filter.as_ref(), Some(&filter));
    let threshold = TriggerLabelThreshold { name: vec!["A".into(), "B".into()], threshold: 0.25 };
    assert_eq!(stored.model, Some(TriggerUserModel { version: 7, label_thresholds: vec![threshold] }));

    assert_eq!(apply(sent(json!({"trigger": {}})), stored.clone()).unwrap(), stored);
    let cleared = apply(sent(json!({"stream": {"model": null, "description": "D"}})), stored.clone()).unwrap();
    assert_eq!(cleared, Definition { description: "D".into(), model: None, ..stored });
}

#[test]
fn a_definition_that_makes_no_sense_is_refused() {
    assert!(new_name(&TriggerNew::default()).unwrap_err().message().contains("'name' is a required property"));
    for name in ["", "a b", "a/b", &"x".repeat(257)] {
        assert!(new_name(&sent(json!({"stream": {"name": name}}))).is_err(), "{name}");
    }
    let refused = |label: serde_json::Value| {
        let body = json!({"stream": {"model": {"version": 1, "label_thresholds": [label]}}});
        assert_eq!(apply(sent(body), Definition::default()).unwrap_err().kind(), Kind::Invalid);
    };
    refused(json!({"name": ["A"], "threshold": 1.1}));
    refused(json!({"name": ["A"], "threshold": -0.1}));
    refused(json!({"name": [], "threshold": 0.5}));
    let many: Vec<_> = (0..4097).map(|n| json!({"name": [n.to_string()]})).collect();
    let body = json!({"stream": {"model": {"version": 1, "label_thresholds": many}}});
    assert!(apply(sent(body), Definition::default()).is_err());
    assert!(matches!(sent(json!({"stream": {}})).model, Field::Absent));
}

#[test]
fn thresholds_choose_the_labels_that_are_returned() {
    let own = |name: &[&str], threshold| TriggerLabelThreshold { name: name.iter().map(|&p| p.to_owned()).collect(), threshold };
    assert!(passes(&[], "Anything", 0.0));
    let thresholds = [own(&["Order", "Missing"], 0.5), own(&["Order"], 1.0)];
    assert!(passes(&thresholds, "Order > Missing", 0.5));
    assert!(!passes(&thresholds, "Order > Missing", 0.49));
    assert!(!passes(&thresholds, "Order", 0.99));
    assert!(!passes(&thresholds, "Other", 1.0));
    assert!(passes(&[own(&["Order > Missing"], 0.1)], "Order > Missing", 0.2));
}

#[test]
fn a_filter_tells_what_must_be_looked_up() {
    let needs = filter_needs(&json!({"reviewed": "only_reviewed", "timestamp": {}}));
    assert!(needs.annotations && !needs.exceptions);
    let needs = filter_needs(&json!({"trigger_exceptions": {}}));
    assert!(!needs.annotations && needs.exceptions);
}

#[test]
fn both_ways_to_read_agree_on_the_labels_that_the_stream_lets_through() {
    let scores = [("Order > Missing".to_owned(), 0.9), ("Order".to_owned(), 0.4), ("Other".to_owned(), 0.3)];
    let own = |name: &str, threshold| TriggerLabelThreshold { name: vec![name.to_owned()], threshold };
    let names_met = |_: &str, probability: f64| if probability > 0.35 { vec!["high_recall".to_owned()] } else { vec![] };

    let thresholds = [own("Order > Missing", 0.5), own("Order", 0.5)];
    let judgement = adit_models::Judgement { net: 0.0, sentiment: None };
    let mut judged = adit_models::Judged { scores: scores.to_vec(), sentiments: Vec::new(), judgement };
    let labels = serde_json::to_value(returned_labels(&judged, &thresholds)).unwrap();
    assert_eq!(labels, json!([{"name": ["Order", "Missing"], "probability": 0.9}]));
    judged.sentiments = vec![-0.5, 0.5, 0.25];
    let labels = serde_json::to_value(returned_labels(&judged, &thresholds)).unwrap();
    assert_eq!(labels, json!([{"name": ["Order", "Missing"], "probability": 0.9, "sentiment": -0.5}]));
    let shown = |thresholds: &[TriggerLabelThreshold], n: usize| {
        let (label, probability) = &scores[n];
        serde_json::to_value(confidence(thresholds, label, *probability, names_met(label, *probability))).unwrap()
    };
    assert_eq!(shown(&thresholds, 0), json!({"value": 0.9, "thresholds": ["high_recall", "stream"]}));
    assert_eq!(shown(&thresholds, 1), json!({"value": 0.4, "thresholds": ["high_recall"]}));
    assert_eq!(shown(&thresholds, 2), json!({"value": 0.3, "thresholds": []}));

    assert_eq!(returned_labels(&judged, &[]).len(), 3);
    let is_open = |n: usize| shown(&[], n)["thresholds"].as_array().unwrap().contains(&json!("stream"));
    assert!((0..3).all(is_open));
}
