//! Quotas: who sets them, and that every creation is held against them; and what is counted as used.

use adit_tenancy::usage::{Meter, UsageRow, all};
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{annotate, apps, comment, filled, user, user_in};

const QUOTAS: &str = "/api/_private/quotas";

async fn limit(app: &TestApp, kind: &str, hard_limit: i64) {
    let reply = app.ok("POST", &format!("{QUOTAS}/default/{kind}"), json!({"hard_limit": hard_limit})).await;
    assert_eq!(reply, json!({"status": "ok"}), "quirk: the client takes nothing more");
}

async fn quota(app: &TestApp, kind: &str) -> Value {
    let reply = app.ok("GET", QUOTAS, json!({})).await;
    let quotas = reply["quotas"].as_array().unwrap();
    assert_eq!(quotas.len(), 21);
    quotas.iter().find(|quota| quota["quota_kind"] == kind).unwrap().clone()
}

/// The request fails because of the quota, and nothing of it stays.
async fn exceeds(app: &TestApp, kind: &str, method: &str, path: &str, body: Value) {
    let before = quota(app, kind).await;
    let (status, message) = app.err(method, path, body).await;
    assert_eq!(status, 403, "{kind}: {message}");
    assert!(message.contains(&format!("`{kind}`")) && message.contains("limit is"), "{message}");
    assert_eq!(quota(app, kind).await, before);
}

#[tokio::test]
async fn every_creation_is_held_against_its_quota() {
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let (source_id, _) = filled(&app, 4).await;
        annotate(&app, &source_id, 3).await;
        let stream = |name: &str| json!({"stream": {"name": name}});
        let streams = "/api/v1/datasets/acme/orders/streams";
        app.ok("PUT", streams, stream("one")).await;
        let used = [
            ("projects", 2),
            ("users", 2),
            ("sources", 1),
            ("comments", 4),
            ("comments_per_source", 4),
            ("datasets", 1),
            ("sources_per_dataset", 1),
            ("datasets_per_source", 1),
            ("labels_per_dataset", 3),
            ("entities_per_dataset", 0),
            ("reviewed_comments_per_dataset", 3),
            ("triggers", 1),
            ("triggers_per_dataset", 1),
            ("pinned_models", 0),
            ("buckets", 0),
            ("alerts", 0),
        ];
        for (kind, n) in used {
            assert_eq!(quota(&app, kind).await["current_max_usage"], n, "{engine}: {kind}");
            limit(&app, kind, n).await;
        }
        let project = json!({"project": {}, "user_ids": []});
        exceeds(&app, "projects", "PUT", "/api/_private/projects/more", project).await;
        let ann = json!({"user": {"username": "ann", "email": "ann@x"}});
        exceeds(&app, "users", "PUT", "/api/_private/users", ann).await;
        exceeds(&app, "sources", "PUT", "/api/v1/sources/acme/more", json!({"source": {}})).await;
        exceeds(&app, "buckets", "PUT", "/api/_private/buckets/acme/more", json!({"bucket": {"bucket_type": "emails"}})).await;
        let sync = "/api/v1/sources/acme/desk/sync";
        exceeds(&app, "comments_per_source", "POST", sync, json!({"comments": [comment(9)]})).await;
        limit(&app, "comments_per_source", 100).await;
        exceeds(&app, "comments", "POST", sync, json!({"comments": [comment(9)]})).await;
        exceeds(&app, "comments", "PUT", "/api/_private/sources/acme/desk/comments", json!({"comments": [comment(9)]})).await;
        // What adds nothing is not refused: a known comment, changed or not.
        let mut changed = comment(0);
        changed["messages"][0]["body"]["text"] = json!("something else");
        assert_eq!(app.ok("POST", sync, json!({"comments": [changed, comment(1)]})).await["updated"], 1);
        let dataset = json!({"dataset": {"source_ids": []}});
        exceeds(&app, "datasets", "PUT", "/api/v1/datasets/acme/more", dataset.clone()).await;
        limit(&app, "datasets", 5).await;
        let over = json!({"dataset": {"source_ids": [source_id]}});
        exceeds(&app, "datasets_per_source", "PUT", "/api/v1/datasets/acme/more", over.clone()).await;
        limit(&app, "sources", 2).await;
        let second = app.ok("PUT", "/api/v1/sources/acme/second", json!({"source": {}})).await["source"]["id"].clone();
        let two = json!({"dataset": {"source_ids": [source_id, second]}});
        exceeds(&app, "sources_per_dataset", "POST", "/api/v1/datasets/acme/orders", two).await;
        let entity = json!({"dataset": {"entity_defs": [{"name": "a", "title": "A", "color": 0, "inherits_from": [],
            "trainable": true}]}});
        exceeds(&app, "entities_per_dataset", "POST", "/api/v1/datasets/acme/orders", entity).await;
        let annotations = "/api/v1/datasets/acme/orders/sync-annotations";
        let label = |id: &str, name: &str| json!({"annotations": [{"comment_uid": format!("{source_id}.{id}"), "labels": [{"name": name}]}]});
        exceeds(&app, "labels_per_dataset", "POST", annotations, label("c0", "Brand new")).await;
        let defs = json!({"label_defs": [{"name": "Brand new"}]});
        exceeds(&app, "labels_per_dataset", "PUT", "/api/_private/datasets/acme/orders/labels/default", defs).await;
        exceeds(&app, "reviewed_comments_per_dataset", "POST", annotations, label("c3", "Exchange rate")).await;
        app.ok("POST", annotations, label("c0", "Exchange rate")).await;
        exceeds(&app, "triggers_per_dataset", "PUT", streams, stream("two")).await;
        limit(&app, "triggers_per_dataset", 9).await;
        exceeds(&app, "triggers", "PUT", streams, stream("two")).await;

        // Deleting makes room, wherever the deletion comes from.
        app.ok("DELETE", "/api/v1/sources/acme/desk/comments?id=c0&id=c1&id=nothing", json!({})).await;
        assert_eq!(quota(&app, "comments").await["current_max_usage"], 2);
        assert_eq!(quota(&app, "reviewed_comments_per_dataset").await["current_max_usage"], 1);
        app.ok("POST", sync, json!({"comments": [comment(9)]})).await;
        app.ok("DELETE", "/api/_private/projects/acme?force=true", json!({})).await;
        for kind in ["comments", "sources", "datasets", "triggers", "labels_per_dataset"] {
            assert_eq!(quota(&app, kind).await["current_max_usage"], 0, "{kind}");
        }
    }
}

#[tokio::test]
async fn pinned_versions_are_held_against_their_quota() {
    for (_, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let (source_id, _) = filled(&app, 20).await;
        annotate(&app, &source_id, 10).await;
        app.run_jobs().await;
        limit(&app, "pinned_models", 0).await;
        exceeds(&app, "pinned_models", "PUT", "/api/_private/datasets/acme/orders/labellers/1/pin", json!({})).await;
        limit(&app, "pinned_models", 1).await;
        app.ok("PUT", "/api/_private/datasets/acme/orders/labellers/1/pin", json!({})).await;
        assert_eq!(quota(&app, "pinned_models").await["current_max_usage"], 1);
    }
}

#[tokio::test]
async fn predictions_of_extractions_are_held_against_their_quota() {
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let (source_id, _) = filled(&app, 20).await;
        annotate(&app, &source_id, 10).await;
        app.run_jobs().await;
        let path = "/api/_private/datasets/acme/orders/labellers/latest/predict-extractions";
        let documents = |n: usize| {
            let document = json!({"messages": [{"body": {"text": "my card has not arrived yet"}}]});
            json!({"documents": vec![document; n]})
        };
        // Far from the limit they are written a moment later.
        app.ok("POST", path, documents(1)).await;
        app.env.service::<Meter>().unwrap().flush(&app.env).await.unwrap();
        assert_eq!(quota(&app, "extraction_predictions").await["current_max_usage"], 1, "{engine}");
        limit(&app, "extraction_predictions", 4).await;
        app.ok("POST", path, documents(2)).await;
        exceeds(&app, "extraction_predictions", "POST", path, documents(2)).await;
        app.ok("POST", path, documents(1)).await;
        assert_eq!(quota(&app, "extraction_predictions").await["current_max_usage"], 4, "{engine}");
        exceeds(&app, "extraction_predictions", "POST", path, documents(1)).await;
    }
}

#[tokio::test]
async fn a_tenant_raises_its_limits_as_far_as_the_deployment_allows() {
    for (engine, mut app) in apps().await {
        let admin = app.token.clone();
        let root = user(&app.env, "root", &["root"], &[]).await;
        app.token = root.clone();
        let path = format!("{QUOTAS}/default/sources");
        app.ok("POST", &path, json!({"hard_limit": 10, "auto_increase_up_to": 50})).await;
        app.ok("POST", &path, json!({"hard_limit": 20})).await;
        let seen = quota(&app, "sources").await;
        assert_eq!((&seen["hard_limit"], &seen["auto_increase_up_to"]), (&json!(20), &json!(50)), "{engine}: absent stays");
        app.token = admin.clone();
        let own = format!("{QUOTAS}/sources");
        for (asked, granted) in [(30, 30), (5, 5), (45, 45), (1000, 50)] {
            let reply = app.ok("POST", &own, json!({"requested_limit": asked})).await;
            assert_eq!((&reply["hard_limit"], &reply["requested_limit"]), (&json!(granted), &json!(asked)));
        }
        assert_eq!(app.err("POST", &path, json!({"hard_limit": 99})).await.0, 403);
        assert_eq!(app.err("DELETE", &path, json!({})).await.0, 403);
        app.ok("GET", &format!("{QUOTAS}/default"), json!({})).await;
        // Without a ceiling a tenant may lower a limit and come back, no further.
        let datasets = format!("{QUOTAS}/datasets");
        for (asked, granted) in [(3, 3), (5000, 1000)] {
            assert_eq!(app.ok("POST", &datasets, json!({"requested_limit": asked})).await["hard_limit"], granted);
        }
        app.token = root;
        app.ok("POST", &path, json!({"hard_limit": 20, "auto_increase_up_to": null})).await;
        assert_eq!(quota(&app, "sources").await.get("auto_increase_up_to"), None, "null clears");
        app.ok("DELETE", &path, json!({})).await;
        assert_eq!(quota(&app, "sources").await["hard_limit"], 5000);
        for (path, body, status) in [
            (format!("{QUOTAS}/default/wombats"), json!({"hard_limit": 1}), 400),
            (format!("{QUOTAS}/nobody/sources"), json!({"hard_limit": 1}), 404),
            (path.clone(), json!({"hard_limit": -1}), 400),
            (path, json!({"hard_limit": 1, "auto_increase_up_to": 9_000_000_000_i64}), 400),
        ] {
            assert_eq!(app.err("POST", &path, body).await.0, status, "{path}");
        }
        app.ok("PUT", "/api/_private/tenants/acme", json!({"tenant": {}})).await;
        let stranger = user_in(&app.env, Some("acme"), "ann", &["tenant-admin"], &[]).await;
        app.token = stranger;
        assert_eq!(app.err("GET", &format!("/o/acme/reinfer_{QUOTAS}/default"), json!({})).await.0, 403);
        app.ok("GET", &format!("/o/acme/reinfer_{QUOTAS}/acme"), json!({})).await;
    }
}

#[tokio::test]
async fn what_a_platform_would_charge_for_is_counted() {
    for (engine, app) in apps().await {
        let (source_id, _) = filled(&app, 20).await;
        annotate(&app, &source_id, 10).await;
        app.run_jobs().await;
        let sync = "/api/v1/sources/acme/desk/sync";
        let mut text = comment(0);
        text["messages"][0]["body"]["text"] = json!("another text");
        let mut property = comment(1);
        property["user_properties"]["string:Team"] = json!("green");
        app.ok("POST", sync, json!({"comments": [text, property, comment(2)]})).await;
        app.ok("POST", &format!("{sync}?no_charge=true"), json!({"comments": [comment(77)]})).await;
        let documents = json!({"documents": [{"messages": [{"body": {"text": "a"}}]}, {"messages": [{"body": {"text": "b"}}]}]});
        app.ok("POST", "/api/_private/datasets/acme/orders/labellers/predict", documents).await;
        app.env.service::<Meter>().unwrap().flush(&app.env).await.unwrap();
        let mut tx = app.env.read().await.unwrap();
        let tenant = adit_tenancy::tenants::named_or_default(&mut tx, None).await.unwrap().id;
        let row = |kind: &str, amount| UsageRow { month: "2024-03".into(), kind: kind.into(), amount };
        let expected = [
            row("comments_created", 20),
            row("comments_not_charged", 1),
            row("comments_text_changed", 1),
            row("predict_documents", 2),
        ];
        assert_eq!(all(&mut tx, tenant).await.unwrap(), expected, "{engine}");
    }
}

/// Verb, path and body.
type Request = (&'static str, String, Value);

/// Sends all at the same time; how many succeed. The others are refused because of the quota.
async fn n_admitted(app: &TestApp, kind: &str, engine: &str, requests: Vec<Request>) -> usize {
    let sent = requests.into_iter().map(|(method, path, body)| async move { app.send(method, &path, body).await });
    let replies = futures_util::future::join_all(sent).await;
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        let message = reply.body["message"].as_str().unwrap_or_default();
        assert!(reply.status == 403 && message.contains(&format!("`{kind}`")), "{engine}: {kind}: {} {message}", reply.status);
    }
    replies.iter().filter(|reply| reply.status == 200).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creations_at_the_same_time_fill_a_quota_exactly() {
    const N: usize = 8;
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        filled(&app, 1).await;
        let many = |method: &'static str, path: &str, body: &dyn Fn(usize) -> Value| -> Vec<Request> {
            (0..N).map(|n| (method, path.replace("{n}", &format!("n{n}")), body(n))).collect()
        };
        let cases: [(&str, Vec<Request>); 8] = [
            ("projects", many("PUT", "/api/_private/projects/{n}", &|_| json!({"project": {}, "user_ids": []}))),
            (
                "users",
                many(
                    "PUT",
                    "/api/_private/users",
                    &|n| json!({"user": {"username": format!("n{n}"), "email": format!("n{n}@acme.example")}}),
                ),
            ),
            (
                "users",
                many("POST", "/identity_/api/applications", &|n| json!({"name": format!("app{n}"), "scopes": ["Ixp.ApiAccess"]})),
            ),
            ("sources", many("PUT", "/api/v1/sources/acme/{n}", &|_| json!({"source": {}}))),
            ("buckets", many("PUT", "/api/_private/buckets/acme/{n}", &|_| json!({"bucket": {"bucket_type": "emails"}}))),
            ("datasets", many("PUT", "/api/v1/datasets/acme/{n}", &|_| json!({"dataset": {"source_ids": []}}))),
            ("triggers", many("PUT", "/api/v1/datasets/acme/orders/streams", &|n| json!({"stream": {"name": format!("n{n}")}}))),
            (
                "labels_per_dataset",
                many(
                    "PUT",
                    "/api/_private/datasets/acme/orders/labels/default",
                    &|n| json!({"label_defs": [{"name": format!("Label {n}")}]}),
                ),
            ),
        ];
        for (kind, requests) in cases {
            let used = quota(&app, kind).await["current_max_usage"].as_i64().unwrap();
            limit(&app, kind, used + 3).await;
            assert_eq!(n_admitted(&app, kind, engine, requests).await, 3, "{engine}: {kind}");
            assert_eq!(quota(&app, kind).await["current_max_usage"], used + 3, "{engine}: {kind}");
            limit(&app, kind, 1000).await;
        }
        // Comments of different sources count together.
        for n in 0..N {
            app.ok("PUT", &format!("/api/v1/sources/acme/many{n}"), json!({"source": {}})).await;
        }
        let used = quota(&app, "comments").await["current_max_usage"].as_i64().unwrap();
        limit(&app, "comments", used + 6).await;
        let requests = (0..N)
            .map(|n| ("POST", format!("/api/v1/sources/acme/many{n}/sync"), json!({"comments": [comment(1), comment(2)]})))
            .collect();
        assert_eq!(n_admitted(&app, "comments", engine, requests).await, 3, "{engine}: comments");
        assert_eq!(quota(&app, "comments").await["current_max_usage"], used + 6, "{engine}: comments");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reviews_at_the_same_time_fill_their_quota_exactly() {
    const KIND: &str = "reviewed_comments_per_dataset";
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let (source_id, _) = filled(&app, 20).await;
        annotate(&app, &source_id, 4).await;
        // Both ways of reviewing, and single ones as well as several together.
        let label = || json!([{"name": "Exchange rate"}]);
        let uid = |n: usize| format!("{source_id}.c{n}");
        let together =
            |first: usize| json!([uid(first), uid(first + 1)].map(|uid| json!({"comment_uid": uid, "labels": label()})));
        let mut requests: Vec<Request> = Vec::new();
        for n in [4, 8, 12, 16] {
            let sync = "/api/v1/datasets/acme/orders/sync-annotations".to_owned();
            requests.push(("POST", sync, json!({"annotations": together(n)})));
            let labelling =
                json!({"labelling": [{"group": "default", "assigned": [{"name": "Exchange rate", "sentiment": "positive"}]}]});
            requests.push(("POST", format!("/api/_private/datasets/acme/orders/labellings/{}", uid(n + 2)), labelling));
        }
        limit(&app, KIND, 4 + 5).await;
        let admitted = n_admitted(&app, KIND, engine, requests).await;
        let used = quota(&app, KIND).await["current_max_usage"].as_i64().unwrap();
        // Five are left: whoever came first, one more of two does not fit into what is left, or nothing is left.
        assert!((8..=9).contains(&used) && (3..=5).contains(&admitted), "{engine}: {admitted} admitted, {used} in use");
        limit(&app, KIND, used).await;
        let more = json!({"annotations": [{"comment_uid": uid(19), "labels": label()}]});
        exceeds(&app, KIND, "POST", "/api/v1/datasets/acme/orders/sync-annotations", more).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pins_at_the_same_time_fill_their_quota_exactly() {
    const KIND: &str = "pinned_models";
    let pin = |version: usize| format!("/api/_private/datasets/acme/orders/labellers/{version}/pin");
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let (source_id, _) = filled(&app, 20).await;
        for version in 1..=5 {
            annotate(&app, &source_id, 8 + 2 * version).await;
            app.run_jobs().await;
            app.ok("PUT", &pin(version), json!({})).await;
        }
        // Pinned they were kept; unpinned they stay until the next training.
        for version in 1..=5 {
            app.ok("DELETE", &pin(version), json!({})).await;
        }
        limit(&app, KIND, 2).await;
        let each_twice = (1..=5).chain(1..=5).map(|version| ("PUT", pin(version), json!({}))).collect();
        n_admitted(&app, KIND, engine, each_twice).await;
        assert_eq!(quota(&app, KIND).await["current_max_usage"], 2, "{engine}");
    }
}
