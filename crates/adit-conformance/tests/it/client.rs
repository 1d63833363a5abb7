//! The official Rust client, unchanged, through the whole main job.

mod comments;
mod datasets;
mod learning;
mod people;
mod places;
mod streams;

use adit_conformance::Server;
use reinfer_client::{
    Client, CommentId, CommentUid, Config, DatasetFullName, Error, NewComment, SourceFullName, SourceId, Token,
};
use serde_json::{Value, json};

use crate::story::Place;

/// What every chapter needs.
struct Desk {
    client: Client,
    source: SourceFullName,
    dataset: DatasetFullName,
    source_id: SourceId,
    /// The same place by plain HTTP, for what the client cannot do.
    place: Place,
}

impl Desk {
    fn new(server: &Server, project: &str) -> Self {
        let place = Place::make(&server.api(), project);
        Self {
            client: client(&server.base(), server.token()),
            source: SourceFullName(format!("{project}/bank")),
            dataset: DatasetFullName(format!("{project}/intents")),
            source_id: SourceId(place.source_id.clone()),
            place,
        }
    }

    fn uid(&self, comment_id: &str) -> CommentUid {
        CommentUid(self.place.uid(comment_id))
    }
}

fn client(endpoint: &str, token: &str) -> Client {
    let config = Config { endpoint: endpoint.parse().unwrap(), token: Token(token.to_owned()), ..Config::default() };
    Client::new(config).unwrap()
}

/// A comment to upload, as the client types it.
fn new_comment(value: &Value) -> NewComment {
    serde_json::from_value(value.clone()).unwrap()
}

fn small_comment(id: &str, text: &str) -> NewComment {
    new_comment(&json!({"id": id, "timestamp": "2024-01-02T03:04:05.678Z", "messages": [{"body": {"text": text}}]}))
}

fn id(text: &str) -> CommentId {
    CommentId(text.to_owned())
}

/// Asserts that the server refused with this status and a message holding this text.
#[track_caller]
fn refused<T>(result: Result<T, Error>, status: u16, text: &str) {
    match result {
        Ok(_) => panic!("expected {status}, but it succeeded"),
        Err(Error::Api { status_code, message }) => {
            assert_eq!(status_code.as_u16(), status, "{message}");
            assert!(message.contains(text), "`{text}` is not in `{message}`");
        }
        Err(other) => panic!("expected {status}, got {other:?}"),
    }
}
