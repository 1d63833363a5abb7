//! A dataset over sources of two projects: who has every right in the dataset's project and none in the other learns
//! nothing from any operation of what stands in the comments there.

use adit_http::Operation;
use adit_tenancy::mail;
use adit_testing::TestApp;
use axum::http::Method;
use serde_json::{Value, json};

use super::isolation::{Ids, body, comment, fill, path};
use super::setting::{apps_with, text, user};
use crate::wiring;

/// Stands in every text of the other project and nowhere else.
const MARK: &str = "betamax";

/// A project with a source and a bucket, both full of the mark; the source feeds the dataset of `ids` as well.
async fn add_vault(app: &TestApp, ids: &Ids) -> Ids {
    let project = json!({"project": {"title": MARK}, "user_ids": []});
    app.ok("PUT", "/api/_private/projects/vault", project).await;
    let bucket = json!({"bucket": {"bucket_type": "emails", "title": MARK}});
    let bucket = app.ok("PUT", "/api/_private/buckets/vault/mail", bucket).await;
    let source = app.ok("PUT", "/api/v1/sources/vault/safe", json!({"source": {"title": MARK}})).await;
    let comments: Vec<Value> = (0..24).map(|n| comment(n, MARK)).collect();
    app.ok("POST", "/api/v1/sources/vault/safe/sync", json!({"comments": comments})).await;
    let of = |reply: &Value, noun: &str| reply[noun]["id"].as_str().unwrap().to_owned();
    let vault = of(&source, "source");
    app.ok("POST", "/api/v1/datasets/acme/orders", json!({"dataset": {"source_ids": [ids["source"], vault]}})).await;
    let annotations: Vec<Value> =
        (0..12).map(|n| json!({"comment_uid": format!("{vault}.c{n}"), "labels": [{"name": text(n).0}]})).collect();
    app.ok("POST", "/api/v1/datasets/acme/orders/sync-annotations", json!({"annotations": annotations})).await;
    app.run_jobs().await;
    let mut there = ids.clone();
    there.insert("source", vault);
    there.insert("bucket", of(&bucket, "bucket"));
    there
}

#[tokio::test]
async fn who_may_not_read_a_source_learns_nothing_of_it_through_a_dataset() {
    let outlet = || mail::Outlet { post: None, link_base: Some("https://adit.test".into()) };
    for (engine, mut app) in apps_with(|env| env.with_service(outlet())).await {
        let ids = fill(&app, "", "default", "alphaville").await;
        let there = add_vault(&app, &ids).await;
        let admin = app.token.clone();
        let all = json!({"filter": {}, "order": {"kind": "recent"}, "limit": 100});
        let seen_by_admin = app.ok("POST", "/api/_private/datasets/acme/orders/query", all).await;
        assert!(seen_by_admin.to_string().contains(MARK), "{engine}: the dataset must reach the other project");
        let predict = "/api/v1/datasets/acme/orders/labellers/1/predict-comments";
        app.ok("POST", predict, json!({"uids": [format!("{}.c0", there["source"])]})).await;
        app.token = user(&app.env, "half", &[], &[("acme", "role-cm-project-admin")]).await;
        let operations = wiring::all_operations();
        let (deleting, others): (Vec<&Operation>, Vec<&Operation>) =
            operations.iter().copied().partition(|operation| operation.method == Method::DELETE);
        let mut n_answered = 0;
        for operation in others.iter().chain(&deleting) {
            for by_id in [false, true] {
                let (path, sent) = (path(operation, &there, by_id), body(operation, &there).unwrap_or_default());
                let reply = app.send(operation.method.as_str(), &path, sent).await;
                let said = String::from_utf8_lossy(&reply.bytes);
                let what = format!("{engine}: {} {path} ({}) answered {} {said}", operation.method, operation.id, reply.status);
                assert!(reply.status < 500 || reply.status == 501, "{what}");
                assert!(!said.contains(MARK), "{what}");
                let names_one = ["get_comment_predictions", "sync_annotations"].contains(&operation.id);
                let is_about_a_comment = names_one || path.contains(&there["source"]);
                assert!(!is_about_a_comment || reply.status >= 400, "{what}");
                n_answered += usize::from(reply.status == 200);
            }
        }
        assert!(n_answered > 60, "{engine}: the test must meet things that are there: {n_answered}");
        // And what is there was not changed by whoever may not even see it.
        app.token = admin;
        let kept = app.ok("GET", &format!("/api/v1/sources/id:{}/comments/c0", there["source"]), json!({})).await;
        assert!(kept.to_string().contains(MARK), "{engine}: {kept}");
    }
}
