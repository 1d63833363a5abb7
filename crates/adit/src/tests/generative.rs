//! Streams whose records a language model extracts, and what stands in the way when there is none.

use std::sync::Arc;
use std::time::Duration;

use adit_generative::{Llm, Options, Secret, checked_url};
use adit_store::Env;
use adit_testing::llm::{FakeLlm, says};
use serde_json::{Value, json};

use super::setting::{annotate, apps, apps_with, comment, filled, text};

const STREAM: &str = "/api/v1/datasets/acme/orders/streams";
const GX: &str = "/api/preview/datasets/acme/orders/streams/inbox/gx-fetch";

fn asking(fake: &FakeLlm) -> impl Fn(Env) -> Env {
    let options = Options {
        url: checked_url(&fake.url, false).unwrap(),
        model: "test-model".into(),
        key: Some(Secret::new("sk-test").unwrap()),
        timeout: Duration::from_secs(20),
        daily_token_budget: None,
        concurrency: 1,
        first_wait: Duration::from_millis(5),
    };
    let llm = Arc::new(Llm::new(options).unwrap());
    move |env| adit_generative::with_services(env, Some(llm.clone()))
}

fn answer(quote: &str) -> Value {
    let field = json!({"field": "Number", "quote": quote, "choice": null, "confidence": "certain"});
    json!({"records": [{"label": "Card > Arrival", "confidence": "certain", "fields": [field]}]})
}

#[tokio::test]
async fn a_stream_repeats_its_records_for_nothing_until_it_is_advanced() {
    let fake = FakeLlm::start(vec![]).await;
    for (engine, app) in apps_with(asking(&fake)).await {
        let (source, _) = filled(&app, 40).await;
        annotate(&app, &source, 40).await;
        let def = json!({"name": "Card > Arrival", "moon_form": [{"name": "Number", "kind": "digits"}]});
        let types = json!([{"name": "digits", "title": "Digits", "inherits_from": [], "trainable": true}]);
        let update = json!({"dataset": {"_dataset_flags": ["external_moon_llm"], "entity_defs": types}});
        app.ok("POST", "/api/v1/datasets/acme/orders", update).await;
        app.ok("PUT", "/api/_private/datasets/acme/orders/labels/default", json!({"label_defs": [def]})).await;
        app.run_jobs().await;
        app.ok("PUT", "/api/_private/datasets/acme/orders/labellers/1/pin", json!({})).await;
        let model = json!({"version": 1, "label_thresholds": [{"name": ["Card", "Arrival"], "threshold": 0.5}]});
        app.ok("PUT", STREAM, json!({"stream": {"name": "inbox", "model": model}})).await;
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": [comment(40), comment(41)]})).await;
        let n_before = fake.heard().len();
        fake.play(says(answer("40")));
        let batch = app.ok("POST", GX, json!({"size": 100})).await;
        let results = batch["results"].as_array().unwrap();
        assert_eq!(results.len(), 2, "{engine}");
        let record = &results[0]["predictions"][0]["extractions"][0]["captures"][0];
        assert_eq!(record["fields"][0]["formatted_value"], "40");
        assert!(record["probability"].as_f64().unwrap() >= 0.5);
        assert_eq!(results[1]["predictions"][0]["extractions"], json!([]), "the stream does not want that label");
        assert_eq!(app.ok("POST", GX, json!({"size": 100})).await, batch);
        assert_eq!(fake.heard().len(), n_before + 1);
        assert!(fake.heard().pop().unwrap().turn(1).contains(&text(40).1));
        // What is kept about a comment goes with it.
        assert_eq!(n_kept(&app).await, 1);
        app.ok("DELETE", "/api/v1/sources/acme/desk/comments?id=c40", Value::Null).await;
        assert_eq!(n_kept(&app).await, 0);
        app.ok("POST", &format!("{STREAM}/inbox/advance"), json!({"sequence_id": batch["sequence_id"]})).await;
        assert_eq!(app.ok("POST", GX, json!({"size": 1})).await["results"], json!([]));
        assert_eq!(app.err("POST", GX, json!({"size": 0})).await.0, 400);
    }
}

async fn n_kept(app: &adit_testing::TestApp) -> i64 {
    let mut tx = app.env.read().await.unwrap();
    tx.one("SELECT COUNT(*) FROM llm_answers", vec![]).await.unwrap().int(0).unwrap()
}

#[tokio::test]
async fn without_a_language_model_everything_generative_says_what_to_do() {
    for (_, app) in apps().await {
        filled(&app, 2).await;
        let private = "/api/_private/datasets/acme/orders";
        for (path, body) in [
            (format!("{private}/conversational-filter-query"), json!({"query": "x"})),
            ("/api/_private/ixp/projects/acme/orders/suggest-taxonomy".to_owned(), json!({"description": "x", "documents": []})),
        ] {
            let (code, message) = app.err("POST", &path, body).await;
            assert_eq!(code, 422, "{path}: {message}");
            assert!(message.contains("--llm-url"), "{message}");
        }
    }
}

#[tokio::test]
async fn themes_get_the_labels_that_a_language_model_suggests() {
    let fake = FakeLlm::start(vec![]).await;
    for (_, app) in apps_with(asking(&fake)).await {
        filled(&app, 40).await;
        app.ok("POST", "/api/v1/datasets/acme/orders", json!({"dataset": {"_dataset_flags": ["gpt4"]}})).await;
        let themes = "/api/_private/datasets/acme/orders/themes";
        let label = json!({"name": "Topic > 0", "sentiment": "positive", "instructions": "Says so."});
        let cluster = json!({"cluster": 0, "labels": [label], "reason": "It fits.", "taxonomy_advice": null});
        // One question about up to six clusters each; how many there are is for the clustering to say.
        (0..8).for_each(|_| fake.play(says(json!({"clusters": [cluster]}))));
        app.ok("GET", themes, Value::Null).await;
        app.run_jobs().await;
        let set = app.ok("GET", themes, Value::Null).await["theme_set"]["themes"].clone();
        assert_eq!(set[0]["suggested_labels"], json!([label]));
        assert_eq!(set[0]["suggested_labels_reasoning"]["label_suggestions"], "It fits.");
        while fake.n_left() > 0 {
            fake.skip();
        }
    }
}
