//! For tests: a language model's endpoint on loopback that plays back recorded replies, and a small world to ask about.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adit_datasets::Dataset;
use adit_http::{Address, AddressKind, Caller, Directory};
use adit_kernel::{Id, Result, expand_permissions};
use adit_ml::HashEncoder;
use adit_store::{Env, args};
use adit_testing::{Parts, TestApp, databases};
use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::Llm;
use crate::options::{Options, Secret, checked_url};

/// What the endpoint answers next.
#[derive(Clone)]
pub(crate) enum Play {
    /// A chat completion with this text, as OpenAI sends it.
    Says(String),
    /// A recorded body with its status and, if any, a header.
    Recorded(u16, &'static str, Option<(&'static str, &'static str)>),
    /// Nothing, for so long.
    Silence(Duration),
}

/// A chat completion whose content is this JSON.
pub(crate) fn says(answer: Value) -> Play {
    Play::Says(answer.to_string())
}

/// One request as the endpoint received it.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Heard {
    /// What stands in the n-th turn.
    pub(crate) fn turn(&self, n: usize) -> &str {
        self.body["messages"][n]["content"].as_str().unwrap_or_default()
    }
}

#[derive(Default)]
struct Tape {
    plays: Mutex<VecDeque<Play>>,
    heard: Mutex<Vec<Heard>>,
}

/// The endpoint.
pub(crate) struct FakeLlm {
    tape: Arc<Tape>,
    pub(crate) url: String,
}

impl FakeLlm {
    /// An endpoint that answers with `plays`, one after the other, and with 500 once they are used up.
    pub(crate) async fn start(plays: Vec<Play>) -> Self {
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
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.tape.heard.lock().unwrap().clone()
    }

    /// Answers still to be played.
    pub(crate) fn n_left(&self) -> usize {
        self.tape.plays.lock().unwrap().len()
    }

    /// Adds an answer.
    pub(crate) fn play(&self, play: Play) {
        self.tape.plays.lock().unwrap().push_back(play);
    }

    /// Options that point here.
    pub(crate) fn options(&self) -> Options {
        Options {
            url: checked_url(&self.url, false).unwrap(),
            model: "test-model".into(),
            key: Some(Secret::new("sk-test").unwrap()),
            timeout: Duration::from_secs(20),
            daily_token_budget: Some(1_000_000),
            concurrency: 4,
            first_wait: Duration::from_millis(5),
        }
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

/// The token is the list of permissions in `acme`, joined by `+`; `root` may do everything.
struct TokenDirectory(Id);

#[async_trait]
impl Directory for TokenDirectory {
    async fn tenant(&self, _env: &Env, _name: Option<&str>) -> Result<Id> {
        Ok(self.0)
    }

    async fn caller(&self, _env: &Env, tenant: Id, token: &str) -> Result<Option<Caller>> {
        let mut caller = Caller { user_id: Id::new(7), tenant_id: tenant, global: BTreeSet::new(), projects: BTreeMap::new() };
        match token {
            "root" => drop(caller.global.insert("tenant-admin".into())),
            _ => drop(caller.projects.insert("acme".into(), expand_permissions(token.split('+')))),
        }
        Ok(Some(caller))
    }

    async fn has_project(&self, _env: &Env, _tenant: Id, name: &str) -> Result<bool> {
        Ok(name == "acme")
    }

    async fn project_of(&self, env: &Env, tenant: Id, kind: AddressKind, id: Id) -> Result<Option<String>> {
        let mut tx = env.read().await?;
        Ok(match kind {
            AddressKind::Source => adit_corpus::source_by_id(&mut tx, tenant, id).await?.map(|source| source.owner),
            _ => adit_datasets::dataset_at(&mut tx, tenant, &Address::Id(id)).await?.map(|dataset| dataset.owner),
        })
    }
}

/// A server with the project `acme`, once per engine at hand, asking `options`.
pub(crate) async fn worlds(options: Option<Options>) -> Vec<World> {
    let mut worlds = Vec::new();
    for (_, database, folder) in databases().await {
        let tenant = Id::new(1);
        let parts = Parts {
            migrations: [
                adit_jobs::migrations(),
                adit_tenancy::migrations(),
                adit_corpus::migrations(),
                adit_datasets::migrations(),
                adit_models::migrations(),
                crate::migrations(),
            ]
            .concat(),
            operations: [adit_corpus::operations(), adit_datasets::operations(), adit_models::operations(), crate::operations()]
                .concat(),
            jobs: adit_corpus::jobs().merge(adit_datasets::jobs()).merge(adit_models::jobs()).merge(crate::jobs()),
            directory: Arc::new(TokenDirectory(tenant)),
        };
        let llm = options.clone().map(|options| Arc::new(Llm::new(options).unwrap()));
        let services = |env: Env| {
            crate::with_services(env.with_service(adit_models::Engine::new(Arc::new(HashEncoder::new()), 1)), llm.clone())
        };
        let mut app = TestApp::start(database, folder, parts, services).await;
        app.token = "root".to_owned();
        let mut tx = app.env.begin().await.unwrap();
        let sql = "INSERT INTO tenants (id, name, is_default, created_us) VALUES ($1, 'one', 1, 0)";
        tx.execute(sql, args![tenant]).await.unwrap();
        let sql = "INSERT INTO projects (tenant_id, name, id, title, description, user_auto_join, created_us, updated_us)
            VALUES ($1, 'acme', 1, '', '', 0, 0, 0)";
        tx.execute(sql, args![tenant]).await.unwrap();
        tx.commit().await.unwrap();
        worlds.push(World { app, llm, tenant });
    }
    worlds
}

/// A server to ask.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) llm: Option<Arc<Llm>>,
    pub(crate) tenant: Id,
}

/// The path of the dataset in every world.
pub(crate) const DATASET: &str = "/api/v1/datasets/acme/orders";
/// The same in private paths.
pub(crate) const PRIVATE: &str = "/api/_private/datasets/acme/orders";

impl World {
    /// Source `acme/desk` with these texts as comments `0`, `1`, …, and dataset `acme/orders` with these labels and
    /// flags; returns the source's id.
    pub(crate) async fn filled(&self, texts: &[&str], label_defs: Value, flags: &[&str]) -> String {
        let source = self.app.ok("PUT", "/api/v1/sources/acme/desk", json!({"source": {"title": "Help desk"}})).await;
        let comment = |(n, text): (usize, &&str)| {
            json!({
                "id": n.to_string(), "timestamp": format!("2024-03-0{}T10:00:00Z", 1 + n % 4),
                "messages": [{"body": {"text": text}, "from": "ann@acme.test", "to": ["desk@bank.test"]}],
                "user_properties": {"string:Team": if n % 2 == 0 { "Red" } else { "Blue" }, "number:NPS": n % 11, "string:Secret": "x"},
            })
        };
        let comments: Vec<Value> = texts.iter().enumerate().map(comment).collect();
        self.app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        let id = source["source"]["id"].as_str().unwrap().to_owned();
        let dataset = json!({
            "source_ids": [id], "has_sentiment": false, "label_defs": label_defs, "_dataset_flags": flags,
            "entity_defs": [{"name": "policy-number", "title": "Policy number", "inherits_from": [], "trainable": true}],
        });
        self.app.ok("PUT", DATASET, json!({"dataset": dataset})).await;
        id
    }

    /// The dataset as it is stored.
    pub(crate) async fn dataset(&self) -> Dataset {
        let mut tx = self.app.env.read().await.unwrap();
        let address = Address::Name { owner: "acme".into(), name: "orders".into() };
        adit_datasets::dataset_at(&mut tx, self.tenant, &address).await.unwrap().unwrap()
    }

    /// Tokens used today.
    pub(crate) async fn used(&self) -> i64 {
        self.llm.as_ref().unwrap().used_today(&self.app.env, self.tenant).await.unwrap()
    }
}
