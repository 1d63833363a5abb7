//! Sensitive user properties are nowhere to be seen, and nowhere to be asked for, without the right to see them.

use serde_json::{Value, json};

use super::setting::{annotate, apps, filled, user};

#[tokio::test]
async fn a_sensitive_property_neither_shows_nor_filters_without_the_right() {
    for (engine, mut app) in apps().await {
        let (source_id, _) = filled(&app, 20).await;
        annotate(&app, &source_id, 10).await;
        app.run_jobs().await;
        app.ok("POST", "/api/v1/sources/acme/desk", json!({"source": {"sensitive_properties": ["string:Team"]}})).await;
        let admin = app.token.clone();
        let rights = ["sources-read", "voc-readonly", "datasets-review", "triggers-admin", "triggers-consume"];
        let rights: Vec<(&str, &str)> = rights.iter().map(|right| ("acme", *right)).collect();
        let reader = user(&app.env, "reader", &[], &rights).await;
        let by_team = json!({"user_properties": {"string:Team": {"one_of": ["red"]}}});
        app.ok("PUT", "/api/v1/datasets/acme/orders/streams", json!({"stream": {"name": "all"}})).await;
        let back = json!({"to_comment_created_at": "2020-01-01T00:00:00Z"});
        app.ok("POST", "/api/v1/datasets/acme/orders/streams/all/reset", back).await;
        let private = "/api/_private/datasets/acme/orders";
        let query = json!({"filter": {}, "order": {"kind": "recent"}, "limit": 50});
        let places: Vec<(&str, String, Value)> = vec![
            ("GET", "/api/v1/sources/acme/desk/comments/c0".into(), json!({})),
            ("GET", "/api/_private/sources/acme/desk/comments".into(), json!({})),
            ("POST", format!("{private}/query"), query.clone()),
            ("POST", format!("{private}/recent"), json!({"limit": 20, "filter": {}})),
            ("GET", format!("{private}/labellings?source_id={source_id}"), json!({})),
            ("GET", format!("{private}/labellings?id={source_id}.c0"), json!({})),
            ("POST", format!("{private}/labellings/{source_id}.c0"), json!({})),
            ("POST", "/api/v1/datasets/acme/orders/streams/all/fetch".into(), json!({"size": 20})),
            ("GET", "/api/v1/datasets/acme/orders/streams/all/results".into(), json!({})),
            ("POST", format!("{private}/summary"), json!({})),
        ];
        for (method, path, body) in &places {
            app.token.clone_from(&admin);
            let seen = app.ok(method, path, body.clone()).await.to_string();
            assert!(seen.contains("Team"), "{engine}: {path} shows nothing to hide: {seen}");
            app.token.clone_from(&reader);
            let seen = app.ok(method, path, body.clone()).await.to_string();
            assert!(!seen.contains("Team"), "{engine}: {path} shows {seen}");
        }
        let token = format!("Bearer {reader}");
        let headers = [("authorization", token.as_str()), ("accept", "text/csv")];
        let table = app.send_raw("POST", &format!("{private}/query"), &headers, query.to_string().into()).await;
        assert!(!String::from_utf8(table.bytes).unwrap().contains("Team"));
        let stream = json!({"stream": {"name": "mine", "comment_filter": by_team}});
        app.ok("PUT", "/api/v1/datasets/acme/orders/streams", json!({"stream": {"name": "own"}})).await;
        for (method, path, body) in [
            ("POST", format!("{private}/query"), json!({"filter": by_team, "order": {"kind": "recent"}})),
            ("POST", format!("{private}/recent"), json!({"limit": 20, "filter": by_team})),
            (
                "POST",
                format!("{private}/statistics"),
                json!({"comment_filter": by_team, "label_timeseries": false, "label_property_timeseries": false}),
            ),
            ("POST", "/api/v1/sources/acme/desk/statistics".into(), json!({"comment_filter": by_team})),
            ("PUT", "/api/v1/datasets/acme/orders/streams".into(), stream.clone()),
            ("POST", "/api/v1/datasets/acme/orders/streams/own".into(), json!({"stream": {"comment_filter": by_team}})),
        ] {
            let (status, message) = app.err(method, &path, body).await;
            assert_eq!((status, message.contains("sources-read-sensitive")), (403, true), "{engine}: {path} {message}");
        }
        app.token.clone_from(&admin);
        app.ok("PUT", "/api/v1/datasets/acme/orders/streams", stream).await;
    }
}
