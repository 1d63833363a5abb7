//! Themes: groups of comments nobody reviewed, shrinking as they are, refreshed when enough has changed.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use adit_jobs::drain;
use adit_ml::{Encoder, HashEncoder, StaticEncoder};
use adit_models::Engine;
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, apps_with, comment, filled, text, user};
use crate::wiring;

const DATASET: &str = "/api/_private/datasets/acme/orders";

async fn themes(app: &TestApp, query: &str) -> Value {
    app.ok("GET", &format!("{DATASET}/themes{query}"), json!({})).await["theme_set"].clone()
}

fn uids(set: &Value) -> Vec<String> {
    let themes = set["themes"].as_array().unwrap().iter();
    let comments = themes.flat_map(|theme| theme["theme_comments"].as_array().unwrap());
    comments.map(|comment| comment["comment_uid"].as_str().unwrap().to_owned()).collect()
}

fn is_of_card(uid: &str) -> bool {
    uid.rsplit_once(".c").unwrap().1.parse::<usize>().unwrap().is_multiple_of(2)
}

#[tokio::test]
async fn themes_group_what_nobody_reviewed_and_say_why() {
    for (engine, app) in apps().await {
        assert_eq!(app.err("GET", &format!("{DATASET}/themes"), json!({})).await.0, 404);
        let (source_id, _) = filled(&app, 240).await;
        assert_eq!(themes(&app, "").await, Value::Null, "{engine}: nothing is computed yet");
        app.run_jobs().await;
        let set = themes(&app, "").await;
        let shown = uids(&set);
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len(), "{engine}: nothing twice");
        assert!(set["themes"].as_array().unwrap().len() <= 30 && !shown.is_empty());
        let (mut n_pure, mut n_marked) = (0, 0);
        for theme in set["themes"].as_array().unwrap() {
            let comments = theme["theme_comments"].as_array().unwrap();
            assert!(comments.len() <= 12);
            let n_card = comments.iter().filter(|c| is_of_card(c["comment_uid"].as_str().unwrap())).count();
            n_pure += n_card.max(comments.len() - n_card);
            n_marked +=
                comments.iter().filter(|c| !c["interpretation"]["spans"].as_array().unwrap_or(&vec![]).is_empty()).count();
            assert!(!theme["suggested_labels"].as_array().unwrap().is_empty(), "{engine}: {theme}");
        }
        assert!(n_pure * 10 >= shown.len() * 9, "{engine}: {n_pure} of {}", shown.len());
        assert!(n_marked * 10 >= shown.len() * 9, "{engine}: {n_marked} of {}", shown.len());

        // What is reviewed disappears at once; new themes come when somebody asks.
        let some: Vec<&String> = shown.iter().take(20).collect();
        let annotation = |uid: &&String| {
            let n: usize = uid.rsplit_once(".c").unwrap().1.parse().unwrap();
            json!({"comment_uid": uid, "labels": [{"name": text(n).0}]})
        };
        let annotations: Vec<Value> = some.iter().map(annotation).collect();
        app.ok("POST", "/api/v1/datasets/acme/orders/sync-annotations", json!({"annotations": annotations})).await;
        let left = uids(&themes(&app, "").await);
        assert_eq!(left, shown[20..], "{engine}");
        app.run_jobs().await;
        let same = themes(&app, "").await;
        assert_eq!(same["trained_time"], set["trained_time"], "{engine}: 20 decisions are no reason for new themes");
        themes(&app, "?_recompute=true").await;
        app.run_jobs().await;
        let fresh = themes(&app, "").await;
        assert_ne!(fresh["trained_time"], set["trained_time"]);
        assert!(uids(&fresh).iter().all(|uid| !some.contains(&uid)), "{engine}: only what nobody reviewed");
        let labels: BTreeSet<&str> = fresh["themes"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|theme| theme["suggested_labels"].as_array().unwrap())
            .map(|label| label["name"].as_str().unwrap())
            .collect();
        assert!(labels.contains("Exchange rate"), "{engine}: labels of the taxonomy are suggested too: {labels:?}");

        // A tenth more data is a reason.
        let more: Vec<Value> = (240..270).map(comment).collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": more})).await;
        app.run_jobs().await;
        assert_ne!(themes(&app, "").await["trained_time"], fresh["trained_time"], "{engine}");

        let blind = user(&app.env, "blind", &[], &[("acme", "voc-readonly")]).await;
        let token = format!("Bearer {blind}");
        let refused = app.send_raw("GET", &format!("{DATASET}/themes"), &[("authorization", &token)], Vec::new()).await;
        assert_eq!(refused.status, 403, "{engine}: who may not read comments is not told about them");
        let _ = source_id;
    }
}

#[tokio::test]
async fn a_conversation_falls_into_topics() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 0).await;
        let comments: Vec<Value> = (0..6)
            .map(|n| {
                let mut comment = comment(n);
                comment["thread_id"] = json!("t1");
                comment["timestamp"] = json!(format!("2024-03-01T10:00:0{n}Z"));
                comment["messages"] = json!([{"body": {"text": if n % 2 == 0 { "my card has not arrived yet" } else { "the exchange rate was wrong" }}}]);
                comment
            })
            .collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        let path = "/api/preview/datasets/acme/orders/thread-themes";
        let found = app.ok("POST", path, json!({"source_id": source_id, "thread_id": "t1"})).await;
        let themes = found["thread_themes"].as_array().unwrap();
        assert_eq!(themes.len(), 2, "{engine}: {found}");
        assert_eq!(themes[0]["comment_indices"], json!([0, 2, 4]));
        assert_eq!(themes[1]["comment_indices"], json!([1, 3, 5]));
        assert!(themes[1]["description"].as_str().unwrap().to_lowercase().contains("rate"), "{engine}: {found}");
        assert_eq!(app.err("POST", path, json!({"source_id": source_id, "thread_id": "none"})).await.0, 404);
        assert_eq!(app.err("POST", path, json!({"source_id": "00000000000000ff", "thread_id": "t1"})).await.0, 404);
    }
}

/// An encoder that has not come to its texts until the gate is opened.
#[derive(Default)]
struct Slow {
    /// How many calls wait, and whether the gate is open.
    gate: Mutex<(usize, bool)>,
    moved: Condvar,
}

impl Slow {
    fn n_waiting(&self) -> usize {
        self.gate.lock().unwrap().0
    }

    fn open(&self) {
        self.gate.lock().unwrap().1 = true;
        self.moved.notify_all();
    }
}

impl Encoder for Slow {
    fn digest(&self) -> &str {
        "slow"
    }

    fn dimension(&self) -> usize {
        HashEncoder::new().dimension()
    }

    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        let mut gate = self.gate.lock().unwrap();
        gate.0 += 1;
        while !gate.1 {
            gate = self.moved.wait(gate).unwrap();
        }
        HashEncoder::new().encode(texts)
    }
}

#[tokio::test]
async fn themes_of_a_large_upload_are_there_before_its_vectors_and_are_replaced_by_theirs() {
    let slow = std::cell::RefCell::new(Vec::<Arc<Slow>>::new());
    let with_slow = |env: adit_store::Env| {
        let own = Arc::new(Slow::default());
        slow.borrow_mut().push(own.clone());
        env.with_service(Engine::new(own, 1).with_quick(Arc::new(StaticEncoder::embedded().unwrap())))
    };
    let apps = apps_with(with_slow).await;
    for ((engine, app), slow) in apps.into_iter().zip(slow.into_inner()) {
        filled(&app, 1_400).await;
        // One worker is busy with the vectors, another one is free.
        let env = app.env.clone();
        let busy = tokio::spawn(async move { drain(&env, &wiring::all_jobs()).await.unwrap() });
        while slow.n_waiting() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        app.run_jobs().await;
        let preview = themes(&app, "").await;
        assert_eq!(preview["_is_preview"], true, "{engine}");
        let shown = uids(&preview);
        let themes_shown = preview["themes"].as_array().unwrap();
        let n_pure: usize = themes_shown
            .iter()
            .map(|theme| {
                let comments = theme["theme_comments"].as_array().unwrap();
                let n_card = comments.iter().filter(|c| is_of_card(c["comment_uid"].as_str().unwrap())).count();
                n_card.max(comments.len() - n_card)
            })
            .sum();
        assert!(shown.len() >= 20 && n_pure * 10 >= shown.len() * 9, "{engine}: {n_pure} of {}", shown.len());
        assert_eq!(vectors_by(&app).await, [], "{engine}: a preview keeps no vectors");
        app.run_jobs().await;
        assert_eq!(themes(&app, "").await["trained_time"], preview["trained_time"], "{engine}: one preview is enough");

        slow.open();
        busy.await.unwrap();
        app.run_jobs().await;
        let own = themes(&app, "").await;
        assert_eq!(own["_is_preview"], false, "{engine}");
        assert!(!uids(&own).is_empty());
        assert_eq!(vectors_by(&app).await, [("slow".to_owned(), 1_400)], "{engine}");
    }
}

/// How many vectors each encoder has made.
async fn vectors_by(app: &TestApp) -> Vec<(String, i64)> {
    let mut tx = app.env.read().await.unwrap();
    let rows = tx.all("SELECT encoder, COUNT(*) FROM embeddings GROUP BY encoder", vec![]).await.unwrap();
    rows.iter().map(|row| (row.text(0).unwrap(), row.int(1).unwrap())).collect()
}
