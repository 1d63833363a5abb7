//! Each dataset is read by the encoder of its model family, and by that one alone.

use std::sync::Arc;

use adit_ml::{Encoder, HashEncoder, MiniLm, StaticEncoder};
use adit_models::{Engine, Followed, follow_encoders};
use adit_store::Env;
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps_with, filled, text};
use crate::cli::DefaultEncoder;
use crate::encoders::InProgram;

const ENGLISH: &str = "datasets/acme/orders";
const MIXED: &str = "datasets/acme/mixed";

/// Stands for the multilingual encoder: other vectors, of another length.
struct Other;

impl Encoder for Other {
    fn digest(&self) -> &str {
        "other-40"
    }

    fn dimension(&self) -> usize {
        40
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let shorter = |mut vector: Vec<f32>| {
            vector.rotate_left(7);
            vector.truncate(40);
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            vector.iter().map(|x| x / length).collect()
        };
        HashEncoder::new().encode(texts).into_iter().map(shorter).collect()
    }
}

fn with_both(env: Env) -> Env {
    env.with_service(Engine::new(Arc::new(HashEncoder::new()), 1).with_multilingual(Arc::new(Other)))
}

fn with_default_alone(env: Env) -> Env {
    env.with_service(Engine::new(Arc::new(HashEncoder::new()), 1))
}

/// Two datasets over one source of 60 comments, 30 of them annotated in each.
async fn two_datasets(app: &TestApp) {
    let (source_id, _) = filled(app, 60).await;
    let body = json!({"dataset": {"source_ids": [source_id], "has_sentiment": false, "model_family": "transformer-xlm"}});
    app.ok("PUT", &format!("/api/v1/{MIXED}"), body).await;
    for dataset in [ENGLISH, MIXED] {
        let annotation = |n: usize| json!({"comment_uid": format!("{source_id}.c{n}"), "labels": [{"name": text(n).0}]});
        let annotations: Vec<Value> = (0..30).map(annotation).collect();
        app.ok("POST", &format!("/api/v1/{dataset}/sync-annotations"), json!({"annotations": annotations})).await;
    }
}

/// How many vectors of each encoder are kept.
async fn kept(app: &TestApp) -> Vec<(String, i64)> {
    let mut tx = app.env.read().await.unwrap();
    let sql = "SELECT encoder, COUNT(*) FROM embeddings GROUP BY encoder ORDER BY encoder";
    let rows = tx.all(sql, vec![]).await.unwrap();
    rows.iter().map(|row| (row.text(0).unwrap(), row.int(1).unwrap())).collect()
}

/// The encoder of each version, oldest first.
async fn versions(app: &TestApp, dataset_name: &str) -> Vec<String> {
    let mut tx = app.env.read().await.unwrap();
    let sql = format!(
        "SELECT m.encoder FROM models m JOIN datasets d ON d.id = m.dataset_id WHERE d.name = '{dataset_name}' ORDER BY m.version"
    );
    tx.all(&sql, vec![]).await.unwrap().iter().map(|row| row.text(0).unwrap()).collect()
}

async fn encoder_status(app: &TestApp, dataset: &str) -> Value {
    let status = app.ok("GET", &format!("/api/_private/{dataset}/labellers/status"), json!({})).await;
    status["dataset_status"]["_encoder"].clone()
}

/// The likeliest label of a text about each of the two things, by one version.
async fn predicted(app: &TestApp, dataset: &str, version: &str) -> Vec<Value> {
    let document = |n: usize| json!({"messages": [{"body": {"text": text(n).1}}], "user_properties": {}});
    let body = json!({"documents": [document(0), document(1)], "threshold": 0.0});
    let path = format!("/api/_private/{dataset}/labellers/{version}predict");
    let reply = app.ok("POST", &path, body).await;
    reply["predictions"].as_array().unwrap().iter().map(|labels| labels[0]["name"].clone()).collect()
}

fn as_expected() -> [Value; 2] {
    [json!(["Card"]), json!(["Exchange rate"])]
}

#[tokio::test]
async fn datasets_of_two_families_over_one_source_have_vectors_of_their_own() {
    for (engine, app) in apps_with(with_both).await {
        two_datasets(&app).await;
        app.run_jobs().await;
        let both = [("hash-trigrams-64-v1".to_owned(), 60), ("other-40".to_owned(), 60)];
        assert_eq!(kept(&app).await, both, "{engine}");
        assert_eq!(versions(&app, "orders").await, ["hash-trigrams-64-v1"]);
        assert_eq!(versions(&app, "mixed").await, ["other-40"]);
        let status = encoder_status(&app, MIXED).await;
        assert_eq!(status, json!({"digest": "other-40", "is_of_newest_version": true, "warning": null}));
        assert_eq!(encoder_status(&app, ENGLISH).await["digest"], "hash-trigrams-64-v1");
        for dataset in [ENGLISH, MIXED] {
            assert_eq!(predicted(&app, dataset, "").await, as_expected(), "{engine} {dataset}");
            let themes = app.ok("GET", &format!("/api/_private/{dataset}/themes?_recompute=true"), json!({})).await;
            assert_eq!(themes["status"], "ok");
        }
        app.run_jobs().await;
        assert_eq!(kept(&app).await, both, "{engine}: nothing was computed twice");
        let nothing = Followed { n_changed: 0, n_substituted: 0 };
        assert_eq!(follow_encoders(&app.env).await.unwrap(), nothing);
    }
}

#[tokio::test]
async fn an_encoder_that_comes_or_goes_has_its_datasets_trained_anew() {
    for (engine, mut app) in apps_with(with_both).await {
        // The jobs run without the encoder first: it is not installed yet.
        let installed = app.env.clone();
        app.env = with_default_alone(installed.clone());
        two_datasets(&app).await;
        app.run_jobs().await;
        assert_eq!(kept(&app).await, [("hash-trigrams-64-v1".to_owned(), 60)], "{engine}");
        assert_eq!(follow_encoders(&app.env).await.unwrap(), Followed { n_changed: 0, n_substituted: 1 });
        app.ok("PUT", &format!("/api/_private/{MIXED}/labellers/1/pin"), json!({})).await;
        assert_eq!(encoder_status(&app, MIXED).await["is_of_newest_version"], false, "the server has it already");
        assert_eq!(predicted(&app, MIXED, "").await, as_expected(), "and answers by the old version meanwhile");

        app.env = installed;
        assert_eq!(follow_encoders(&app.env).await.unwrap(), Followed { n_changed: 1, n_substituted: 0 });
        app.run_jobs().await;
        assert_eq!(versions(&app, "mixed").await, ["hash-trigrams-64-v1", "other-40"], "{engine}");
        assert_eq!(versions(&app, "orders").await.len(), 1, "the other dataset is left alone");
        assert_eq!(kept(&app).await.len(), 2);
        assert_eq!(predicted(&app, MIXED, "").await, as_expected());
        let path = format!("/api/v1/{MIXED}/labellers/1/predict");
        let body = json!({"documents": [{"messages": [{"body": {"text": text(1).1}}], "user_properties": {}}]});
        let pinned = app.ok("POST", &path, body).await;
        assert_eq!(pinned["predictions"][0][0]["name"], json!(["Exchange rate"]), "{engine}: a pinned version keeps its encoder");

        app.env = with_default_alone(app.env.clone());
        assert_eq!(follow_encoders(&app.env).await.unwrap(), Followed { n_changed: 1, n_substituted: 1 });
        app.run_jobs().await;
        assert_eq!(versions(&app, "mixed").await.last().map(String::as_str), Some("hash-trigrams-64-v1"), "{engine}");
    }
}

#[tokio::test]
async fn a_dataset_whose_encoder_is_missing_says_so() {
    for (engine, app) in apps_with(with_default_alone).await {
        two_datasets(&app).await;
        app.run_jobs().await;
        let status = encoder_status(&app, MIXED).await;
        assert_eq!(status["digest"], "hash-trigrams-64-v1", "{engine}");
        let warning = status["warning"].as_str().unwrap();
        assert!(warning.contains("`transformer-xlm` is not installed"), "{warning}");
        assert_eq!(encoder_status(&app, ENGLISH).await["warning"], Value::Null);
    }
}

#[tokio::test]
async fn the_default_encoder_is_exchanged_and_versions_keep_theirs() {
    let engine_with = |env: &Env, chosen| env.clone().with_service(InProgram::open(chosen, 2).engine(2));
    let (network, table) = (MiniLm::embedded_digest(), StaticEncoder::embedded().unwrap().digest().to_owned());
    for (engine, mut app) in apps_with(|env| engine_with(&env, DefaultEncoder::Static)).await {
        // The jobs run as before the change of the setting; the server has it already.
        let by_table = app.env.clone();
        app.env = engine_with(&by_table, DefaultEncoder::Minilm);
        two_datasets(&app).await;
        app.run_jobs().await;
        assert_eq!(kept(&app).await, [(network.clone(), 60)], "{engine}");
        app.ok("PUT", &format!("/api/_private/{ENGLISH}/labellers/1/pin"), json!({})).await;
        assert_eq!(predicted(&app, ENGLISH, "").await, as_expected(), "{engine}: by the encoder of the version");

        let by_network = std::mem::replace(&mut app.env, by_table);
        assert_eq!(follow_encoders(&app.env).await.unwrap(), Followed { n_changed: 2, n_substituted: 1 });
        app.run_jobs().await;
        assert_eq!(versions(&app, "orders").await, [network.clone(), table.clone()], "{engine}");
        assert_eq!(kept(&app).await, [(network.clone(), 60), (table.clone(), 60)]);
        let status = encoder_status(&app, ENGLISH).await;
        assert_eq!(status, json!({"digest": table, "is_of_newest_version": true, "warning": null}));
        assert_eq!(predicted(&app, ENGLISH, "").await, as_expected(), "{engine}");
        assert_eq!(pinned(&app, 1).await, as_expected()[1], "{engine}: a pinned version keeps its encoder");

        app.env = by_network;
        assert_eq!(follow_encoders(&app.env).await.unwrap(), Followed { n_changed: 2, n_substituted: 1 });
        app.run_jobs().await;
        assert_eq!(versions(&app, "orders").await, [network.clone(), table.clone(), network.clone()], "{engine}");
        app.ok("PUT", &format!("/api/_private/{ENGLISH}/labellers/2/pin"), json!({})).await;
        assert_eq!(pinned(&app, 2).await, as_expected()[1], "{engine}: what the table learnt still answers");
    }
}

/// The likeliest label of a text about the second thing, by a pinned version.
async fn pinned(app: &TestApp, version: u32) -> Value {
    let body = json!({"documents": [{"messages": [{"body": {"text": text(1).1}}], "user_properties": {}}]});
    let reply = app.ok("POST", &format!("/api/v1/{ENGLISH}/labellers/{version}/predict"), body).await;
    reply["predictions"][0][0]["name"].clone()
}
