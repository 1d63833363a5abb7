//! A language model's endpoint on loopback that plays back what a test tells it to, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// What the endpoint answers next.
#[derive(Clone)]
pub enum Play {
    /// A chat completion with this text, as OpenAI sends it.
    Says(String),
    /// A recorded body with its status and, if any, a header.
    Recorded(u16, &'static str, Option<(&'static str, &'static str)>),
    /// Nothing, for so long.
    Silence(Duration),
}

/// A chat completion whose content is this JSON.
pub fn says(answer: Value) -> Play {
    Play::Says(answer.to_string())
}

/// One request as the endpoint received it.
#[derive(Clone)]
pub struct Heard {
    pub headers: HeaderMap,
    pub body: Value,
}

impl Heard {
    /// What stands in the n-th turn.
    pub fn turn(&self, n: usize) -> &str {
        self.body["messages"][n]["content"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct Tape {
    plays: Mutex<VecDeque<Play>>,
    heard: Mutex<Vec<Heard>>,
}

/// The endpoint.
pub struct FakeLlm {
    tape: Arc<Tape>,
    pub url: String,
}

impl FakeLlm {
    /// An endpoint that answers with `plays`, one after the other, and with 500 once they are used up.
    pub async fn start(plays: Vec<Play>) -> Self {
        let tape = Arc::new(Tape { plays: Mutex::new(plays.into()), heard: Mutex::default() });
        let router = axum::Router::new()
            .route("/v1/chat/completions", axum::routing::post(answer))
            .route("/elsewhere", axum::routing::any(|| async { "somebody else's server" }))
            .with_state(tape.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { tape, url }
    }

    /// Everything that was asked so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.tape.heard.lock().unwrap().clone()
    }

    /// Answers still to be played.
    pub fn n_left(&self) -> usize {
        self.tape.plays.lock().unwrap().len()
    }

    /// Forgets the next answer.
    pub fn skip(&self) {
        self.tape.plays.lock().unwrap().pop_front();
    }

    /// Adds an answer.
    pub fn play(&self, play: Play) {
        self.tape.plays.lock().unwrap().push_back(play);
    }
}

async fn answer(State(tape): State<Arc<Tape>>, headers: HeaderMap, body: String) -> Response {
    tape.heard.lock().unwrap().push(Heard { headers, body: serde_json::from_str(&body).unwrap_or(Value::Null) });
    let play = tape.plays.lock().unwrap().pop_front();
    match play {
        Some(Play::Says(text)) => axum_json(StatusCode::OK, completion(&text).to_string()),
        Some(Play::Recorded(status, body, header)) => {
            let mut response = axum_json(StatusCode::from_u16(status).unwrap(), body.to_owned());
            if let Some((name, value)) = header {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Some(Play::Silence(span)) => {
            tokio::time::sleep(span).await;
            StatusCode::OK.into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn axum_json(status: StatusCode, body: String) -> Response {
    (status, [("content-type", "application/json")], body).into_response()
}

/// A completion as OpenAI sends it; 100 tokens.
fn completion(text: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_709_600_000, "model": "test-model",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text, "refusal": null}, "logprobs": null,
            "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 80, "completion_tokens": 20, "total_tokens": 100}
    })
}
