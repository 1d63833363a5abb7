//! Streams through HTTP, on both engines.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use adit_http::{AddressKind, Caller, Directory, Identity, Registry, Router, ServeOptions};
use adit_kernel::{FixedClock, Id, Result, SeededRandom, Timestamp, expand_permissions};
use adit_store::blobs::Blobs;
use adit_store::{Database, Env, Migration, args, migrate};
use adit_testing::contract::Contract;
use async_trait::async_trait;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const TENANT: Id = Id::new(1);
const DESK: Id = Id::new(0x0a);
const OTHER: Id = Id::new(0x0b);
const DATASET: Id = Id::new(0xd1);
const STREAMS: &str = "/api/v1/datasets/acme/support/streams";
const STREAM: &str = "/api/v1/datasets/acme/support/streams/queue";

const PROJECTS: Migration = Migration {
    number: 100,
    name: "projects",
    sql: "CREATE TABLE projects (tenant_id BIGINT NOT NULL, name TEXT {{bytewise}} NOT NULL, PRIMARY KEY (tenant_id, name));",
};

/// The dataset `acme/support` over the source `acme/desk`; a second source is in no dataset.
struct World {
    env: Env,
    clock: Arc<FixedClock>,
    router: axum::Router,
    _folder: tempfile::TempDir,
}

/// The token is the list of permissions in `acme`, joined by `+`.
struct TokenDirectory;

#[async_trait]
impl Directory for TokenDirectory {
    async fn tenant(&self, _env: &Env, _name: Option<&str>) -> Result<Id> {
        Ok(TENANT)
    }

    async fn caller(&self, _env: &Env, tenant: Id, token: &str) -> Result<Identity> {
        let projects = BTreeMap::from([("acme".to_owned(), expand_permissions(token.split('+')))]);
        Ok(Identity::Known(Caller { user_id: Id::new(7), tenant_id: tenant, global: BTreeSet::new(), projects }))
    }

    async fn has_project(&self, _env: &Env, _tenant: Id, name: &str) -> Result<bool> {
        Ok(name == "acme")
    }

    async fn project_of(&self, _env: &Env, _tenant: Id, _kind: AddressKind, id: Id) -> Result<Option<String>> {
        Ok((id == DATASET).then(|| "acme".to_owned()))
    }
}

/// Runs a test on SQLite, and on PostgreSQL where `ADIT_TEST_POSTGRES` names one.
fn on_both<F, Fut>(test: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open_sqlite(&folder.path().join("adit.db")).await.unwrap();
        test(World::new(db, folder).await).await;
        if let Ok(address) = std::env::var("ADIT_TEST_POSTGRES") {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let schema = format!("streams_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
            administer(&address, &format!("CREATE SCHEMA {schema}")).await;
            let joint = if address.contains('?') { '&' } else { '?' };
            let db = Database::open_postgres(&format!("{address}{joint}options[search_path]={schema}")).await.unwrap();
            test(World::new(db, tempfile::tempdir().unwrap()).await).await;
            administer(&address, &format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    });
}

async fn administer(address: &str, sql: &str) {
    let db = Database::open_postgres(address).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

impl World {
    async fn new(db: Database, folder: tempfile::TempDir) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2024-03-05T09:00:00Z").unwrap()));
        let migrations = [
            [&[PROJECTS][..], &adit_tenancy::quotas::migrations()].concat(),
            adit_jobs::migrations(),
            adit_corpus::migrations(),
            adit_datasets::migrations(),
            adit_models::migrations(),
            crate::migrations(),
        ];
        migrate::run(&db, &migrations.concat(), clock.as_ref()).await.unwrap();
        let env = Env::new(db, Blobs::in_memory(), clock.clone(), Arc::new(SeededRandom::new(5)));
        let registry = Registry::new(crate::operations());
        let router = Router::build(ServeOptions::new(env.clone(), registry, Arc::new(TokenDirectory)));
        let world = Self { env, clock, router, _folder: folder };
        world.sql("INSERT INTO projects (tenant_id, name) VALUES (1, 'acme')", vec![]).await;
        for (source, name) in [(DESK, "desk"), (OTHER, "other")] {
            let sql = "INSERT INTO sources (id, tenant_id, owner, name, kind, title, description, language, should_translate, \
                       sensitive_properties, created_us, updated_us, modified_us) \
                       VALUES ($1, 1, 'acme', $2, 'unknown', '', '', 'en', 0, '[\"string:Secret\"]', 0, 0, 0)";
            world.sql(sql, args![source, name]).await;
        }
        let sql = "INSERT INTO datasets (id, tenant_id, owner, name, title, description, created_us, modified_us, model_family, \
                   has_sentiment, settings) VALUES ($1, 1, 'acme', 'support', '', '', 0, 0, 'english', 0, '{}')";
        world.sql(sql, args![DATASET]).await;
        world.sql("INSERT INTO dataset_sources (dataset_id, source_id, ordinal) VALUES ($1, $2, 0)", args![DATASET, DESK]).await;
        world
    }

    async fn sql(&self, sql: &str, args: Vec<adit_store::Value>) {
        let mut tx = self.env.begin().await.unwrap();
        tx.execute(sql, args).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Takes in one comment, a second after the last; `team` is a user property.
    async fn take_in(&self, source: Id, id: &str, team: &str) {
        self.clock.advance_ms(1000);
        let now = self.env.now();
        let content = json!({
            "messages": [{"body": {"text": id}}],
            "user_properties": {"string:Team": team, "string:Secret": "s"}
        });
        self.sql("UPDATE comment_positions SET value = value + 1, created_us = $1", args![now]).await;
        let sql = "INSERT INTO comments (seq, source_id, comment_id, timestamp_us, created_us, modified_us, version, content, \
                   content_hash, messages_hash, text_hash) \
                   SELECT value, $1, $2, $3, $3, $3, 1, $4, '', '', '' FROM comment_positions";
        self.sql(sql, args![source, id, now, content.to_string()]).await;
    }

    async fn ask(&self, token: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let operation = operation_id(&method, path);
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let reply = serde_json::from_slice(&bytes).unwrap();
        let problems = Contract::shared().check_reply(operation, code, &reply);
        assert!(problems.is_empty(), "{operation}: {problems:?}");
        (code, reply)
    }

    async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let (code, reply) = self.ask("role-cm-project-admin", method, path, body).await;
        assert_eq!(code, 200, "{reply}");
        reply
    }

    async fn fails(&self, method: Method, path: &str, body: Value) -> (u16, String) {
        let (code, reply) = self.ask("role-cm-project-admin", method, path, body).await;
        assert_eq!(reply["status"], "error", "{reply}");
        (code, reply["message"].as_str().unwrap().to_owned())
    }

    async fn create(&self, stream: Value) -> Value {
        self.ok(Method::PUT, STREAMS, json!({"stream": stream})).await["stream"].clone()
    }

    async fn fetch(&self, size: i64) -> Value {
        self.ok(Method::POST, &format!("{STREAM}/fetch"), json!({"size": size})).await
    }

    async fn advance(&self, sequence_id: &Value) {
        let reply = self.ok(Method::POST, &format!("{STREAM}/advance"), json!({"sequence_id": sequence_id})).await;
        assert_eq!(reply["sequence_id"], *sequence_id);
    }
}

/// Which operation a request of these tests is for.
fn operation_id(method: &Method, path: &str) -> &'static str {
    let path = path.split('?').next().unwrap().replace(&format!("id:{DATASET}"), "acme/support");
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == segments.len() && parts.iter().zip(&segments).all(|(part, it)| part.starts_with('{') || part == it)
    };
    crate::operations().into_iter().find(|operation| operation.method == *method && fits(operation.path)).unwrap().id
}

fn ids(batch: &Value) -> Vec<&str> {
    batch["results"].as_array().unwrap().iter().map(|result| result["comment"]["id"].as_str().unwrap()).collect()
}

#[test]
fn a_stream_is_created_shown_changed_and_deleted_in_both_spellings() {
    on_both(|world| async move {
        let filter = json!({"user_properties": {"string:Team": {"one_of": ["A"]}}});
        let stream = world.create(json!({"name": "queue", "title": "Queue", "comment_filter": filter})).await;
        assert_eq!(stream["comment_filter"], filter);
        assert_eq!(stream["dataset_id"], DATASET.to_string());
        assert_eq!((&stream["updated_at"], &stream["description"]), (&stream["created_at"], &json!("")));
        assert_eq!(stream.get("model"), None);

        let (code, message) = world.fails(Method::PUT, STREAMS, json!({"stream": {"name": "queue"}})).await;
        assert_eq!((code, message.contains("`queue`")), (409, true), "{message}");
        assert_eq!(world.fails(Method::PUT, STREAMS, json!({"stream": {"name": "no spaces"}})).await.0, 400);
        assert_eq!(world.fails(Method::PUT, STREAMS, json!({"trigger": {"name": "x"}})).await.0, 400);
        let with_model = json!({"stream": {"name": "x", "model": {"version": 12}}});
        let (code, message) = world.fails(Method::PUT, STREAMS, with_model).await;
        assert_eq!((code, message.contains("`12`")), (422, true), "{message}");

        world.clock.advance_ms(5000);
        let changed = world.ok(Method::POST, STREAM, json!({"stream": {"name": "queue", "description": "D"}})).await;
        assert_eq!(changed["stream"]["title"], "Queue");
        assert_eq!(changed["stream"]["description"], "D");
        assert_ne!(changed["stream"]["updated_at"], stream["updated_at"]);
        assert_eq!(world.fails(Method::POST, STREAM, json!({"stream": {"name": "other"}})).await.0, 422);

        let triggers = "/api/v1/datasets/acme/support/triggers";
        let listed = world.ok(Method::GET, triggers, Value::Null).await;
        assert_eq!(listed["triggers"], json!([changed["stream"]]));
        assert_eq!(world.ok(Method::GET, STREAM, Value::Null).await["stream"], changed["stream"]);
        let created = world.ok(Method::PUT, triggers, json!({"trigger": {"name": "t"}})).await;
        assert_eq!(created["trigger"]["name"], "t");
        let by_id = format!("/api/v1/datasets/id:{DATASET}/streams");
        assert_eq!(world.ok(Method::GET, &by_id, Value::Null).await["streams"].as_array().unwrap().len(), 2);
        world.ok(Method::DELETE, &format!("{triggers}/queue"), Value::Null).await;
        assert_eq!(world.fails(Method::DELETE, STREAM, Value::Null).await.0, 404);
        assert_eq!(world.fails(Method::GET, &format!("{STREAMS}/%00"), Value::Null).await.0, 404);
        assert_eq!(world.fails(Method::GET, STREAM, Value::Null).await.0, 404);
    });
}

#[test]
fn a_batch_comes_again_until_it_is_advanced_over() {
    on_both(|world| async move {
        world.take_in(DESK, "before", "A").await;
        world.create(json!({"name": "queue"})).await;
        let empty = world.fetch(8).await;
        assert_eq!((ids(&empty).len(), &empty["is_end_sequence"]), (0, &json!(true)));
        world.advance(&empty["sequence_id"]).await;

        for (source, id) in [(DESK, "a"), (OTHER, "foreign"), (DESK, "b"), (DESK, "c")] {
            world.take_in(source, id, "A").await;
        }
        let batch = world.fetch(2).await;
        assert_eq!((ids(&batch), &batch["is_end_sequence"]), (vec!["a", "b"], &json!(false)));
        assert_eq!(batch["results"][0].get("labels"), None);
        assert_eq!(world.fetch(2).await, batch);
        let older = &batch["results"][0]["sequence_id"];
        world.advance(older).await;
        world.advance(older).await;
        let rest = world.fetch(2).await;
        assert_eq!((ids(&rest), &rest["is_end_sequence"]), (vec!["b", "c"], &json!(true)));
        world.advance(&rest["sequence_id"]).await;
        assert_eq!(ids(&world.fetch(2).await).len(), 0);
        world.advance(older).await;
        world.sql("DELETE FROM comments WHERE comment_id = 'b'", vec![]).await;
        assert_eq!(ids(&world.fetch(2).await), ["c"]);

        let advance = format!("{STREAM}/advance");
        assert_eq!(world.fails(Method::POST, &advance, json!({"sequence_id": "garbage"})).await.0, 400);
        assert_eq!(world.fails(Method::POST, &format!("{STREAM}/fetch"), json!({"size": 1025})).await.0, 400);

        let created_at = &rest["results"][0]["comment"]["created_at"];
        let back = world.ok(Method::POST, &format!("{STREAM}/reset"), json!({"to_comment_created_at": created_at})).await;
        assert_eq!(back["stream"]["name"], "queue");
        world.advance(&back["sequence_id"]).await;
        let all = json!({"to_comment_created_at": "2020-01-01T00:00:00Z"});
        let trigger = "/api/v1/datasets/acme/support/triggers/queue/reset";
        assert_eq!(world.ok(Method::POST, trigger, all).await["trigger"]["name"], "queue");
        assert_eq!(ids(&world.fetch(9).await), ["before", "a", "c"]);
    });
}

#[test]
fn a_filter_skips_and_counts_what_it_does_not_want() {
    on_both(|world| async move {
        world.create(json!({"name": "queue", "comment_filter": {"user_properties": {"string:Team": {"one_of": ["A"]}}}})).await;
        for (id, team) in [("a", "A"), ("x", "B"), ("b", "A"), ("y", "B"), ("z", "B")] {
            world.take_in(DESK, id, team).await;
        }
        let path = format!("{STREAM}/results?max_results=8&max_filtered=2");
        let batch = world.ok(Method::GET, &path, Value::Null).await;
        assert_eq!(ids(&batch), ["a", "b"]);
        assert_eq!((&batch["num_filtered"], &batch["more_results"]), (&json!(2), &json!(true)));
        assert_eq!((&batch["model"], &batch["results"][0]["prediction"]), (&Value::Null, &Value::Null));
        world.advance(&batch["continuation"]).await;
        let preview = "/api/preview/datasets/acme/support/streams/queue/results";
        let tail = world.ok(Method::GET, preview, Value::Null).await;
        assert_eq!((ids(&tail).len(), &tail["num_filtered"], &tail["more_results"]), (0, &json!(1), &json!(false)));
        world.advance(&tail["continuation"]).await;
        assert_eq!(world.fetch(1).await["filtered"], 0);
    });
}

#[test]
fn a_filter_sees_reviews_and_exceptions() {
    on_both(|world| async move {
        let stream = world.create(json!({"name": "queue", "comment_filter": {"reviewed": "only_reviewed"}})).await;
        world.take_in(DESK, "a", "A").await;
        world.take_in(DESK, "b", "A").await;
        let sql = "INSERT INTO annotations (dataset_id, comment_seq, reviewed, version, updated_us, updated_by) \
                   VALUES ($1, 2, 1, 1, 0, 7)";
        world.sql(sql, args![DATASET]).await;
        assert_eq!(ids(&world.fetch(9).await), ["b"]);

        let filter = json!({"trigger_exceptions": {stream["id"].as_str().unwrap(): {"one_of": ["Wrong"]}}});
        world.ok(Method::POST, STREAM, json!({"stream": {"comment_filter": filter}})).await;
        assert_eq!(ids(&world.fetch(9).await).len(), 0);
        let exceptions = json!({"exceptions": [{"uid": format!("{DESK}.a"), "metadata": {"type": "Wrong"}}]});
        world.ok(Method::PUT, &format!("{STREAM}/exceptions"), exceptions).await;
        let batch = world.fetch(9).await;
        assert_eq!((ids(&batch), &batch["filtered"]), (vec!["a"], &json!(1)));
    });
}

#[test]
fn exceptions_are_set_replaced_and_removed() {
    on_both(|world| async move {
        for (source, id) in [(DESK, "a"), (DESK, "b,c"), (OTHER, "foreign")] {
            world.take_in(source, id, "A").await;
        }
        let stream: Id = world.create(json!({"name": "queue"})).await["id"].as_str().unwrap().parse().unwrap();
        let path = format!("{STREAM}/exceptions");
        let tag = |uid: &str, type_: &str| json!({"uid": uid, "metadata": {"type": type_}});
        let (a, bc) = (format!("{DESK}.a"), format!("{DESK}.b,c"));
        let first = json!({"exceptions": [tag(&a, "Old"), tag(&a, "No Prediction"), tag(&bc, "Wrong")]});
        assert_eq!(world.ok(Method::PUT, &path, first).await, json!({"status": "ok"}));
        world.ok(Method::PUT, &path, json!({"exceptions": [tag(&bc, "No Prediction")]})).await;
        let noted = async || {
            let mut tx = world.env.read().await.unwrap();
            super::exceptions_of(&mut tx, DATASET, &[1, 2, 3]).await.unwrap()
        };
        let note = vec![(stream, "No Prediction".to_owned())];
        assert_eq!(noted().await, [(1, note.clone()), (2, note.clone())].into());

        for uid in [format!("{OTHER}.foreign"), format!("{DESK}.absent"), "garbage".to_owned()] {
            let (code, message) = world.fails(Method::PUT, &path, json!({"exceptions": [tag(&a, "New"), tag(&uid, "T")]})).await;
            assert_eq!((code, message.contains(&uid)), (422, true), "{message}");
        }
        assert_eq!(noted().await.len(), 2, "a refused request changes nothing");
        assert_eq!(world.fails(Method::DELETE, &path, Value::Null).await.0, 400);
        assert_eq!(world.fails(Method::DELETE, &format!("{path}?uid={DESK}.%00"), Value::Null).await.0, 400);
        let with_nul = json!({"exceptions": [tag(&format!("{DESK}.\0"), "T")]});
        assert_eq!(world.fails(Method::PUT, &path, with_nul).await.0, 400);
        world.ok(Method::DELETE, &format!("{path}?uid={DESK}.b%2Cc"), Value::Null).await;
        assert_eq!(noted().await, [(1, note.clone())].into());
        world.ok(Method::DELETE, &format!("{path}?uid={DESK}.a&uid={DESK}.absent"), Value::Null).await;
        world.ok(Method::DELETE, &format!("{path}?uid={DESK}.a"), Value::Null).await;
        assert!(noted().await.is_empty());

        world.ok(Method::PUT, &path, json!({"exceptions": [tag(&a, "T"), tag(&bc, "T")]})).await;
        world.sql("DELETE FROM comments WHERE comment_id = 'a'", vec![]).await;
        assert_eq!(noted().await.len(), 1);
        world.ok(Method::DELETE, STREAM, Value::Null).await;
        assert!(noted().await.is_empty());
    });
}

#[test]
fn every_right_counts_and_sensitive_properties_stay_hidden() {
    on_both(|world| async move {
        world.create(json!({"name": "queue"})).await;
        world.take_in(DESK, "a", "A").await;
        let fetch = format!("{STREAM}/fetch");
        let size = json!({"size": 1});
        for missing in
            ["triggers-consume+voc-readonly", "triggers-consume+sources-read", "triggers-read+voc-readonly+sources-read"]
        {
            assert_eq!(world.ask(missing, Method::POST, &fetch, size.clone()).await.0, 403, "{missing}");
        }
        let (code, reply) = world.ask("triggers-consume+voc-readonly+sources-read", Method::POST, &fetch, size.clone()).await;
        assert_eq!((code, &reply["results"][0]["comment"]["user_properties"]), (200, &json!({"string:Team": "A"})));
        let full = world.fetch(1).await;
        assert_eq!(full["results"][0]["comment"]["user_properties"]["string:Secret"], "s");
        assert_eq!(world.ask("triggers-write+voc-readonly", Method::DELETE, STREAM, Value::Null).await.0, 403);
    });
}

#[test]
fn models_learn_which_streams_hold_a_version() {
    on_both(|world| async move {
        for name in ["queue", "second", "free"] {
            world.create(json!({"name": name})).await;
        }
        world.sql("UPDATE streams SET model_version = 3 WHERE name <> 'free'", vec![]).await;
        let uses = crate::stream_uses();
        let mut tx = world.env.read().await.unwrap();
        assert_eq!(uses.0.streams_using(&mut tx, DATASET, 3).await.unwrap(), ["queue", "second"]);
        assert!(uses.0.streams_using(&mut tx, DATASET, 4).await.unwrap().is_empty());
        drop(tx);
        let stream = world.ok(Method::GET, STREAM, Value::Null).await["stream"].clone();
        assert_eq!(stream["model"], json!({"version": 3, "label_thresholds": []}));
    });
}
