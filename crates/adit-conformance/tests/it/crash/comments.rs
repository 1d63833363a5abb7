//! A batch of comments is all there or not at all, and there if it was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adit_conformance::{Api, Server};
use serde_json::{Value, json};

use super::kill_during;
use crate::story::{Place, text};

const BATCH: usize = 60;
/// Comments that every batch writes anew.
const N_SHARED: usize = 5;

/// What the uploader knows when the server dies.
struct Progress {
    next: usize,
    n_acknowledged: usize,
}

#[test]
fn a_killed_server_has_every_acknowledged_batch_and_no_half_of_one() {
    let mut server = Server::start();
    let place = Place::make(&server.api(), "crash");
    let mut next = 0;
    let mut acknowledged = BTreeSet::new();
    for delay_ms in [150, 40, 333, 610] {
        let from = next;
        let path = format!("{}/sync", place.source);
        let progress = kill_during(&mut server, Duration::from_millis(delay_ms), |api| upload(&api, &path, from));
        next = progress.next;
        acknowledged.extend(from..from + progress.n_acknowledged);
        server.restart();

        let found = stored(&place);
        let mut batches: BTreeMap<usize, usize> = BTreeMap::new();
        for id in found.keys().filter(|id| id.starts_with("batch")) {
            *batches.entry(batch_of(id)).or_default() += 1;
        }
        for (batch, n_comments) in &batches {
            assert_eq!(*n_comments, BATCH, "batch {batch} is half there");
        }
        for batch in &acknowledged {
            assert!(batches.contains_key(batch), "acknowledged batch {batch} is lost");
        }
        let versions: BTreeSet<_> = found.iter().filter(|(id, _)| id.starts_with("shared")).map(|(_, body)| body).collect();
        let newest = batches.keys().next_back().map(|batch| format!("version {batch}"));
        assert_eq!(versions.into_iter().next_back(), newest.as_ref(), "updates belong to their batch");
        assert!(found.iter().filter(|(id, _)| id.starts_with("shared")).all(|(_, body)| Some(body) == newest.as_ref()));

        // Whoever got no answer sends the same again, and nothing is doubled.
        place.api.post(&path, &batch(next - 1));
        acknowledged.insert(next - 1);
        let statistics = place.api.post(&format!("{}/statistics", place.source), &json!({}));
        let expected = stored(&place).len();
        assert_eq!(statistics["statistics"]["num_comments"].as_f64(), Some(expected as f64));
    }
    assert!(!acknowledged.is_empty());
}

fn upload(api: &Api, path: &str, from: usize) -> Progress {
    let mut n_acknowledged = 0;
    loop {
        match api.try_call("POST", path, Some(&batch(from + n_acknowledged))) {
            Ok(reply) => assert_eq!(reply.status, 200, "{}", reply.shown()),
            Err(_) => return Progress { next: from + n_acknowledged + 1, n_acknowledged },
        }
        n_acknowledged += 1;
    }
}

fn batch(number: usize) -> Value {
    let comment =
        |id: String, body: String| json!({"id": id, "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": {"text": body}}]});
    let own = (0..BATCH).map(|idx| comment(format!("batch-{number}-{idx}"), format!("Comment {idx} of batch {number}")));
    let shared = (0..N_SHARED).map(|idx| comment(format!("shared-{idx}"), format!("version {number}")));
    json!({"comments": own.chain(shared).collect::<Vec<_>>()})
}

fn batch_of(id: &str) -> usize {
    id.split('-').nth(1).and_then(|number| number.parse().ok()).expect("ids name their batch")
}

/// Every comment of the source: id and text.
fn stored(place: &Place) -> BTreeMap<String, String> {
    let base = format!("{}/comments?limit=256", place.source.replace("/v1/", "/_private/"));
    let mut found = BTreeMap::new();
    let mut path = base.clone();
    loop {
        let page = place.api.get(&path);
        for comment in page["comments"].as_array().unwrap() {
            found.insert(text(comment, "/id"), text(comment, "/messages/0/body/text"));
        }
        match page["continuation"].as_str() {
            Some(after) => path = format!("{base}&after={after}"),
            None => return found,
        }
    }
}
