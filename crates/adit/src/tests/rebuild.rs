//! Derived data can be thrown away at any time: computed again, every answer is the same.

use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{annotate, apps, filled};
use super::story::walk;
use crate::wiring;

const DATASET: &str = "/api/_private/datasets/acme/orders";

async fn answers(app: &TestApp) -> Vec<Value> {
    let mut answers = Vec::new();
    for order in [
        json!({"kind": "learning"}),
        json!({"kind": "learning", "label": "Exchange rate"}),
        json!({"kind": "diagnostic", "diagnostic_kind": "bias"}),
        json!({"kind": "diagnostic", "diagnostic_kind": "neglect"}),
        json!({"kind": "check"}),
        json!({"kind": "missed"}),
        json!({"kind": "by_label", "label": "Card"}),
        json!({"kind": "any_label_asc"}),
        json!({"kind": "text_search", "query": "card arrived"}),
    ] {
        let ids = walk(app, order.clone(), 50).await;
        // Nothing may have been missed.
        assert!(!ids.is_empty() || order["kind"] == "missed", "{order}");
        answers.push(json!(ids));
    }
    let themes = app.ok("GET", &format!("{DATASET}/themes"), json!({})).await;
    answers.push(themes["theme_set"]["themes"].clone());
    answers.push(app.ok("POST", &format!("{DATASET}/statistics"), json!({"comment_filter": {}})).await["statistics"].clone());
    answers
}

#[tokio::test]
async fn after_a_rebuild_every_answer_is_the_same() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 150).await;
        annotate(&app, &source_id, 30).await;
        app.run_jobs().await;
        for _ in 0..2 {
            app.ok("GET", &format!("{DATASET}/themes?_recompute=true"), json!({})).await;
            app.run_jobs().await;
        }
        let before = answers(&app).await;
        wiring::rebuild(&app.env).await.unwrap();
        assert!(walk(&app, json!({"kind": "check"}), 50).await.is_empty(), "{engine}: it is gone");
        app.run_jobs().await;
        assert_eq!(answers(&app).await, before, "{engine}");
        // Twice in a row, and with nothing to do, it does no harm.
        wiring::rebuild(&app.env).await.unwrap();
        wiring::rebuild(&app.env).await.unwrap();
        app.run_jobs().await;
        assert_eq!(answers(&app).await, before, "{engine}");
    }
}
