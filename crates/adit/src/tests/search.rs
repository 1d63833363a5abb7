//! Text search: stems, phrases, names of attachments; in step with writes.

use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, filled};
use super::story::walk;

const DATASET: &str = "/api/_private/datasets/acme/orders";

async fn found(app: &TestApp, query: &str) -> Vec<String> {
    walk(app, json!({"kind": "text_search", "query": query}), 3).await
}

fn said(id: &str, text: &str) -> Value {
    json!({"id": id, "timestamp": "2024-03-01T10:00:00Z", "messages": [{"subject": {"text": "A question"}, "body": {"text": text}}]})
}

#[tokio::test]
async fn words_are_found_in_any_form_and_phrases_as_they_stand() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 20).await;
        let comments = [
            said("x1", "The transfers were declined"),
            said("x2", "my transfer was declining slowly"),
            said("x3", "Declined: one transfer"),
            said("x4", "Grüße, ein Überweisungsfehler 🎉"),
        ];
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
        app.run_jobs().await;
        assert_eq!(found(&app, "declined transfer").await, ["x3", "x2", "x1"], "{engine}: last received first");
        assert_eq!(found(&app, "\"transfers were\" declined").await, ["x1"], "{engine}");
        assert_eq!(found(&app, "überweisungsfehler").await, ["x4"], "{engine}");
        assert_eq!(found(&app, "question").await.len(), 4, "subjects are searched");
        assert!(found(&app, "transfer refund").await.is_empty(), "every word has to occur");
        assert_eq!(found(&app, "card").await.len(), 10, "{engine}");
        let bad = json!({"filter": {}, "order": {"kind": "text_search", "query": "?!"}});
        assert_eq!(app.err("POST", &format!("{DATASET}/query"), bad).await.0, 422);

        let body = json!({"filter": {}, "order": {"kind": "text_search", "query": "transfer"}, "limit": 1});
        let page = app.ok("POST", &format!("{DATASET}/query"), body).await;
        let highlight = &page["results"][0]["highlights"][0]["span"];
        assert_eq!((&highlight["char_start"], &highlight["char_end"]), (&json!(14), &json!(22)), "{page}");
        let red = json!({"filter": {"user_properties": {"string:Team": {"one_of": ["red"]}}},
            "order": {"kind": "text_search", "query": "card"}, "limit": 50});
        let page = app.ok("POST", &format!("{DATASET}/query"), red).await;
        assert_eq!(page["results"].as_array().unwrap().len(), 4, "{engine}: filters combine with a search");

        // In step: changed, deleted, and everything at once.
        let changed = json!({"comments": [said("x1", "Where is my refund")]});
        app.ok("POST", "/api/v1/sources/acme/desk/sync", changed).await;
        assert_eq!(found(&app, "declined").await, ["x3", "x2"], "{engine}: what no longer matches is not shown");
        app.run_jobs().await;
        assert_eq!(found(&app, "refund").await, ["x1"], "{engine}");
        app.ok("DELETE", "/api/v1/sources/acme/desk/comments?id=x3", json!({})).await;
        assert_eq!(found(&app, "declined").await, ["x2"], "{engine}");
        app.run_jobs().await;
        let mut tx = app.env.read().await.unwrap();
        let n = tx.one("SELECT COUNT(*) FROM searched_comments", vec![]).await.unwrap().int(0).unwrap();
        assert_eq!(n, 23, "{engine}: the index forgets what is gone");
        drop(tx);
        app.ok("DELETE", &format!("/api/v1/sources/id:{source_id}"), json!({})).await;
        app.run_jobs().await;
        let mut tx = app.env.read().await.unwrap();
        let n = tx.one("SELECT COUNT(*) FROM searched_comments", vec![]).await.unwrap().int(0).unwrap();
        assert_eq!(n, 0, "{engine}");
    }
}

#[tokio::test]
async fn attachments_are_found_by_their_names() {
    for (engine, app) in apps().await {
        filled(&app, 3).await;
        let mut comment = said("x1", "see attached");
        comment["attachments"] = json!([{"name": "Invoice_March-2024.pdf", "size": 10, "content_type": "application/pdf"}]);
        app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": [comment, said("x2", "invoice")]})).await;
        app.run_jobs().await;
        let order = |query: &str| json!({"kind": "attachment_text_search", "query": query});
        assert_eq!(walk(&app, order("invoices pdf"), 5).await, ["x1"], "{engine}");
        assert!(walk(&app, order("attached"), 5).await.is_empty(), "{engine}: texts are another order");
        assert_eq!(found(&app, "invoice").await, ["x2"], "{engine}");
    }
}
