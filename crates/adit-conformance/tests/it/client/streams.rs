//! Streams: create, list, fetch, advance, reset, tag exceptions.

use adit_conformance::{Server, questions};
use reinfer_client::resources::stream::{FullName, Name, NewStream};
use reinfer_client::{StreamBatch, StreamException, StreamExceptionMetadata, StreamFullName, StreamSequenceId};
use serde_json::{from_value, json};

use super::{Desk, refused};
use crate::story::sample;

const SIZE: u32 = 16;

#[test]
fn a_stream_delivers_everything_once_in_order() {
    let server = Server::start();
    let desk = Desk::new(&server, "flow");
    let old = sample("train", 3, 10);
    desk.place.sync(&old, 0);
    desk.place.annotate(&old);
    let version = desk.place.model_of(old.len() as u64);
    desk.place.pin(version);

    let label = old[0].label();
    let new: NewStream = from_value(json!({
        "name": "work", "title": "Work", "description": "To do",
        "comment_filter": {"sources": [desk.source_id.0]},
        "model": {"version": version, "label_thresholds": [{"name": [label], "threshold": 0.05}]}
    }))
    .unwrap();
    let made = desk.client.put_stream(&desk.dataset, &new).unwrap().stream;
    assert_eq!((made.name.0.as_str(), made.title.as_str(), made.description.as_str()), ("work", "Work", "To do"));
    let model = made.model.as_ref().unwrap();
    assert_eq!((u64::from(model.version.0), model.label_thresholds.len()), (version, 1));
    assert_eq!(made.comment_filter.sources, std::slice::from_ref(&desk.source_id));
    let name = FullName { dataset: desk.dataset.clone(), stream: Name("work".to_owned()) };
    assert_eq!(desk.client.get_stream(&name).unwrap().id, made.id);
    let listed = desk.client.get_streams(&desk.dataset).unwrap();
    assert!(listed.len() == 1 && listed[0].id == made.id);
    refused(desk.client.put_stream(&desk.dataset, &new), 409, "");
    let unknown = FullName { dataset: desk.dataset.clone(), stream: Name("none".to_owned()) };
    refused(desk.client.get_stream(&unknown), 404, "");
    refused(desk.client.fetch_stream_comments(&unknown, SIZE), 404, "");

    let start = desk.client.fetch_stream_comments(&name, SIZE).unwrap();
    assert!(start.results.is_empty() && start.is_end_sequence, "a new stream begins now");
    desk.client.advance_stream(&name, start.sequence_id).unwrap();

    let rows: Vec<_> = questions().into_iter().filter(|row| row.split == "test").take(50).collect();
    desk.place.sync(&rows[..30], 1_000);
    desk.place.sync(&rows[30..], 2_000);
    let delivered = drain(&desk, &name);
    // Comments of one request may be delivered in any order, but the requests keep theirs.
    let expected = |range: std::ops::Range<usize>| {
        let mut ids: Vec<_> = rows[range].iter().map(|row| row.id.clone()).collect();
        ids.sort();
        ids
    };
    let got = |range: std::ops::Range<usize>| {
        let mut ids = delivered[range].to_vec();
        ids.sort();
        ids
    };
    assert_eq!(delivered.len(), rows.len());
    assert_eq!((got(0..30), got(30..50)), (expected(0..30), expected(30..50)));

    let created_at = desk.client.get_comment(&desk.source, &super::id(&delivered[0])).unwrap().created_at;
    desk.client.reset_stream(&name, created_at).unwrap();
    assert_eq!(drain(&desk, &name), delivered, "a reset delivers the same again");
    refused(desk.client.advance_stream(&name, StreamSequenceId("garbage".to_owned())), 400, "");

    exceptions(&desk, &name, &delivered);
}

/// Fetches to the end, advancing partly and wholly, and returns the ids in the order delivered.
fn drain(desk: &Desk, name: &StreamFullName) -> Vec<String> {
    let mut delivered = Vec::new();
    loop {
        let batch = desk.client.fetch_stream_comments(name, SIZE).unwrap();
        assert!(batch.results.len() <= SIZE as usize);
        let again = desk.client.fetch_stream_comments(name, SIZE).unwrap();
        assert_eq!(ids(&again), ids(&batch), "a fetch repeats until advanced");
        for label in batch.results.iter().flat_map(|result| result.labels.as_ref().expect("the stream has a model")) {
            assert!(label.probability.into_inner() >= 0.05);
        }
        if batch.results.is_empty() && batch.is_end_sequence {
            return delivered;
        }
        if delivered.is_empty() {
            // The first time only a part is done: the rest must come again.
            let result = &batch.results[4];
            desk.client.advance_stream(name, result.sequence_id.clone()).unwrap();
            delivered.extend_from_slice(&ids(&batch)[..5]);
            let next = desk.client.fetch_stream_comments(name, SIZE).unwrap();
            assert_eq!(ids(&next)[..11], ids(&batch)[5..]);
            continue;
        }
        delivered.extend(ids(&batch));
        desk.client.advance_stream(name, batch.sequence_id.clone()).unwrap();
        desk.client.advance_stream(name, batch.sequence_id).unwrap();
    }
}

fn exceptions(desk: &Desk, name: &StreamFullName, delivered: &[String]) {
    let uid = desk.uid(&delivered[0]);
    for kind in ["No Prediction", "Wrong Prediction"] {
        let kind = kind.to_owned();
        let exception = StreamException { metadata: StreamExceptionMetadata { r#type: &kind }, uid: &uid };
        desk.client.tag_stream_exceptions(name, &[exception]).unwrap();
    }
    let stranger = desk.uid("no such comment");
    let kind = "No Prediction".to_owned();
    let exception = StreamException { metadata: StreamExceptionMetadata { r#type: &kind }, uid: &stranger };
    assert!(desk.client.tag_stream_exceptions(name, &[exception]).is_err());
}

fn ids(batch: &StreamBatch) -> Vec<String> {
    batch.results.iter().map(|result| result.comment.id.0.clone()).collect()
}
