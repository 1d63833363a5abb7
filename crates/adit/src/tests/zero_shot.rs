//! A taxonomy that nobody has annotated with yet: its names are enough for a first model.

use serde_json::{Value, json};

use super::setting::{apps, comment, filled, text};

const DATASET: &str = "/api/_private/datasets/acme/orders";

#[tokio::test]
async fn a_taxonomy_alone_predicts_and_annotations_take_over() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 60).await;
        app.run_jobs().await;
        assert_eq!(app.err("GET", &format!("{DATASET}/labellers/latest/validation"), json!({})).await.0, 404, "{engine}");

        let labels = json!([{"name": "Card > Arrival", "instructions": "where is my new card, delivery is late"},
            {"name": "Exchange rate"}]);
        app.ok("PUT", &format!("{DATASET}/labels/default"), json!({"label_defs": labels})).await;
        app.run_jobs().await;
        let firsts = predicted(&app).await;
        let n_right = (0..20).filter(|&n| firsts[n].as_deref() == Some(text(n).0)).count();
        assert!(n_right >= 16, "{engine}: {n_right} of 20, {firsts:?}");
        let models = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await;
        assert_eq!(models["labellers"].as_array().unwrap().len(), 1, "{engine}: {models}");

        // Nothing new, nothing trained; twice the texts say more.
        app.run_jobs().await;
        let more: Vec<Value> = (60..140).map(comment).collect();
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": more})).await;
        app.run_jobs().await;
        let models = app.ok("POST", &format!("{DATASET}/labellers"), json!({})).await;
        assert_eq!(models["labellers"].as_array().unwrap().len(), 2, "{engine}: {models}");

        super::setting::annotate(&app, &source_id, 40).await;
        app.run_jobs().await;
        let firsts = predicted(&app).await;
        assert!((0..20).all(|n| firsts[n].as_deref() == Some(text(n).0)), "{engine}: {firsts:?}");
        let status = app.ok("GET", &format!("{DATASET}/labellers/status"), json!({})).await;
        assert_eq!(status["status"], "ok", "{engine}: {status}");
    }
}

/// The likeliest leaf label of twenty texts.
async fn predicted(app: &adit_testing::TestApp) -> Vec<Option<String>> {
    let document = |n: usize| json!({"messages": [{"body": {"text": text(n).1}}], "user_properties": {}});
    let documents: Vec<Value> = (0..20).map(document).collect();
    let body = json!({"documents": documents, "threshold": 0.0});
    let reply = app.ok("POST", &format!("{DATASET}/labellers/predict"), body).await;
    let likeliest = |labels: &Value| {
        let leaf = |label: &&Value| label["name"].as_array().is_some_and(|name| name != &[json!("Card")]);
        let labels = labels.as_array()?.iter().filter(leaf);
        let best = labels.max_by(|a, b| a["probability"].as_f64().unwrap().total_cmp(&b["probability"].as_f64().unwrap()))?;
        let parts: Vec<&str> = best["name"].as_array()?.iter().filter_map(Value::as_str).collect();
        Some(parts.join(" > "))
    };
    reply["predictions"].as_array().unwrap().iter().map(likeliest).collect()
}
