//! A stream's position is where the last acknowledged advance put it, or the one under way.

use std::time::Duration;

use adit_conformance::{Api, Server};
use serde_json::{Value, json};

use super::kill_during;
use crate::story::{Place, text};

const N_COMMENTS: usize = 1_500;
const SIZE: usize = 3;

/// How far the consumer got: comments consumed for certain, and perhaps.
struct Position {
    acknowledged: usize,
    in_flight: usize,
}

#[test]
fn a_killed_server_repeats_the_batch_that_was_not_advanced() {
    let mut server = Server::start();
    let place = Place::make(&server.api(), "stream");
    let stream = format!("{}/streams", place.dataset);
    place.api.put(&stream, &json!({"stream": {"name": "work", "comment_filter": {}}}));
    let stream = format!("{stream}/work");
    let comments: Vec<_> = (0..N_COMMENTS)
        .map(|idx| json!({"id": format!("c{idx:04}"), "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": {"text": format!("Comment {idx}")}}]}))
        .collect();
    for batch in comments.chunks(500) {
        place.api.post(&format!("{}/sync", place.source), &json!({"comments": batch}));
    }
    let order = ids(&fetch(&place.api, &stream, 1_000));
    assert_eq!(order.len(), 1_000);

    let mut from = 0;
    for delay_ms in [100, 230, 45, 400] {
        let position = kill_during(&mut server, Duration::from_millis(delay_ms), |api| consume(&api, &stream, &order, from));
        server.restart();

        let batch = ids(&fetch(&place.api, &stream, SIZE));
        let at = order.iter().position(|id| *id == batch[0]).expect("the stream delivers what it did before");
        let allowed = [position.acknowledged, position.in_flight];
        assert!(allowed.contains(&at), "the position is {at}, neither of {allowed:?}");
        assert_eq!(batch, order[at..at + SIZE]);
        server.kill_9();
        server.restart();
        assert_eq!(ids(&fetch(&place.api, &stream, SIZE)), batch, "a fetch is repeated after a restart");
        from = at;
    }
    assert!(from > 0, "the consumer got somewhere");
}

fn consume(api: &Api, stream: &str, order: &[String], from: usize) -> Position {
    let mut acknowledged = from;
    while acknowledged + 100 < order.len() {
        let Ok(batch) = api.try_call("POST", &format!("{stream}/fetch"), Some(&json!({"size": SIZE}))) else {
            return Position { acknowledged, in_flight: acknowledged };
        };
        assert_eq!(ids(&batch.body), order[acknowledged..acknowledged + SIZE]);
        let advance = json!({"sequence_id": text(&batch.body, "/sequence_id")});
        let Ok(reply) = api.try_call("POST", &format!("{stream}/advance"), Some(&advance)) else {
            return Position { acknowledged, in_flight: acknowledged + SIZE };
        };
        assert_eq!(reply.status, 200, "{}", reply.shown());
        acknowledged += SIZE;
    }
    Position { acknowledged, in_flight: acknowledged }
}

fn fetch(api: &Api, stream: &str, size: usize) -> Value {
    api.post(&format!("{stream}/fetch"), &json!({"size": size}))
}

fn ids(batch: &Value) -> Vec<String> {
    batch["results"].as_array().unwrap().iter().map(|result| text(result, "/comment/id")).collect()
}
