//! Tests of sources.

use http::Method;
use serde_json::{Value, json};

use super::rules::is_transform_tag;
use crate::tests_world::on_both;

const DESK: &str = "/api/v1/sources/acme/desk";

#[test]
fn a_source_comes_back_as_it_was_sent() {
    on_both(async |world| {
        let sent = json!({"source": {
            "title": "Helpdesk", "description": "UK", "language": "de", "should_translate": true, "_kind": "chat",
            "sensitive_properties": ["string:Account"], "email_transform_tag": "generic.0.CONVKER5", "email_transform_version": 2
        }});
        let created = world.put(DESK, sent.clone()).await["source"].clone();
        for (key, value) in sent["source"].as_object().unwrap() {
            assert_eq!(created[key], *value, "{key}");
        }
        assert_eq!(created["owner"], "acme");
        assert_eq!(created["created_at"], "2024-03-05T09:15:00Z");
        assert!(created.get("bucket_id").is_none());
        let by_id = format!("/api/v1/sources/id:{}", created["id"].as_str().unwrap());
        for path in [DESK, "/api/v1/sources/acme%2Fdesk", by_id.as_str()] {
            assert_eq!(world.get(path).await["source"], created, "{path}");
        }
        assert_eq!(world.get("/api/v1/sources").await["sources"], json!([created]));
        assert_eq!(world.get("/api/v1/sources/other").await["sources"], json!([]));
    });
}

#[test]
fn defaults_and_updates() {
    on_both(async |world| {
        let created = world.put(DESK, json!({"source": {}})).await["source"].clone();
        assert_eq!(created["_kind"], "unknown");
        assert_eq!((&created["title"], &created["language"]), (&json!(""), &json!("en")));
        assert_eq!(created["should_translate"], false);
        world.clock.advance_ms(1000);
        assert_eq!(world.post(DESK, json!({"source": {}})).await["source"], created);
        assert_eq!(world.post(DESK, json!({"source": {"bucket_id": null}})).await["source"], created);
        let updated = world.post(DESK, json!({"source": {"title": "New", "language": "en"}})).await["source"].clone();
        assert_eq!(updated["title"], "New");
        assert_eq!(updated["updated_at"], "2024-03-05T09:15:01Z");
        assert_eq!(updated["created_at"], created["created_at"]);
    });
}

#[test]
fn what_a_source_may_not_be_is_said_clearly() {
    on_both(async |world| {
        world.desk().await;
        let source = |body: Value| Some(json!({"source": body}));
        assert_eq!(world.fail(Method::PUT, DESK, source(json!({}))).await.0, 409);
        let (code, message) = world.fail(Method::POST, DESK, source(json!({"language": "xlm"}))).await;
        assert_eq!((code, message.contains("language")), (422, true));
        let (code, message) = world.fail(Method::POST, DESK, source(json!({"email_transform_tag": "no-such"}))).await;
        assert_eq!((code, message.as_str()), (422, "The value 'no-such' is not a valid transform tag."));
        assert_eq!(world.fail(Method::POST, DESK, source(json!({"bucket_id": "00ff"}))).await.0, 422);
        assert_eq!(world.fail(Method::POST, DESK, source(json!({"title": "x".repeat(129)}))).await.0, 400);
        assert_eq!(world.fail(Method::PUT, "/api/v1/sources/acme/a.b", source(json!({}))).await.0, 400);
        assert_eq!(world.fail(Method::GET, "/api/v1/sources/acme/none", None).await.0, 404);
        assert_eq!(world.fail(Method::GET, "/api/v1/sources/gone/desk", None).await.1, "No such project: `gone`.");
    });
}

#[test]
fn callers_see_and_do_only_what_they_may() {
    on_both(async |world| {
        let id = world.desk().await;
        world.put("/api/v1/sources/other/desk", json!({"source": {}})).await;
        let (_, listed) = world.ask("sources-read", Method::GET, "/api/v1/sources", None).await;
        assert_eq!(listed["sources"].as_array().unwrap().len(), 1);
        let (_, listed) = world.ask("voc", Method::GET, "/api/v1/sources", None).await;
        assert_eq!(listed["sources"], json!([]));
        let body = Some(json!({"source": {}}));
        assert_eq!(world.ask("sources-read", Method::POST, DESK, body.clone()).await.0, 403);
        assert_eq!(world.ask("sources-admin", Method::POST, DESK, body).await.0, 200);
        let by_id = format!("/api/v1/sources/id:{id}");
        assert_eq!(world.ask("sources-read", Method::DELETE, &by_id, None).await.0, 403);
        // The same address in another tenant is another, absent source.
        let other_tenant = format!("/org/second/reinfer_{by_id}");
        assert_eq!(world.ask("root", Method::GET, &other_tenant, None).await.0, 404);
        assert_eq!(world.ask("root", Method::DELETE, &other_tenant, None).await.0, 404);
        assert_eq!(world.get("/org/second/reinfer_/api/v1/sources").await["sources"], json!([]));
    });
}

#[test]
fn a_deleted_source_takes_its_comments_along() {
    on_both(async |world| {
        let id = world.desk().await;
        world.sync(json!([{"id": "a", "timestamp": "2024-01-01T00:00:00Z", "messages": [{"body": {"text": "x"}}]}])).await;
        let by_id = format!("/api/v1/sources/id:{id}");
        assert_eq!(world.ok(Method::DELETE, &by_id, None).await, json!({"status": "ok"}));
        assert_eq!(world.fail(Method::DELETE, &by_id, None).await.0, 404);
        assert_eq!(world.events("source-deleted").await, 1);
        let mut tx = world.env.read().await.unwrap();
        assert_eq!(tx.one("SELECT COUNT(*) FROM comments", vec![]).await.unwrap().int(0).unwrap(), 0);
    });
}

#[test]
fn statistics_count_what_passes_the_filter() {
    on_both(async |world| {
        world.desk().await;
        let comment = |id: &str, day: u32, team: &str| {
            json!({"id": id, "timestamp": format!("2024-01-0{day}T00:00:00Z"), "user_properties": {"string:Team": team},
                "messages": [{"body": {"text": "x"}}]})
        };
        world.sync(json!([comment("a", 1, "Red"), comment("b", 2, "Blue"), comment("c", 3, "Red")])).await;
        let path = format!("{DESK}/statistics");
        let count = async |filter: Value| {
            world.post(&path, json!({"comment_filter": filter})).await["statistics"]["num_comments"].as_i64().unwrap()
        };
        assert_eq!(count(json!({})).await, 3);
        let upto = json!({"timestamp": {"minimum": "2024-01-01T00:00:00Z", "maximum": "2024-01-02T00:00:00Z"}});
        assert_eq!(count(upto).await, 2);
        assert_eq!(count(json!({"user_properties": {"string:Team": {"one_of": ["Red"]}}})).await, 2);
        assert_eq!(count(json!({"reviewed": "only_reviewed"})).await, 0);
        assert_eq!(count(json!({"sources": ["00000000000000aa"]})).await, 0);
        assert_eq!(world.post(&path, json!({})).await["statistics"]["num_comments"], 3);
        let bad = json!({"comment_filter": {"user_properties": {"Team": {"one_of": ["Red"]}}}});
        assert_eq!(world.fail(Method::POST, &path, Some(bad)).await.0, 400);

        world.post(DESK, json!({"source": {"sensitive_properties": ["string:Team"]}})).await;
        let by_team = Some(json!({"comment_filter": {"user_properties": {"string:Team": {"one_of": ["Red"]}}}}));
        assert_eq!(world.ask("sources-read", Method::POST, &path, by_team.clone()).await.0, 403);
        assert_eq!(world.ask("sources-read-sensitive", Method::POST, &path, by_team).await.0, 200);
    });
}

#[test]
fn transform_tags_have_three_parts() {
    assert!(is_transform_tag("generic.0.CONVKER5"));
    for bad in ["", "generic", "generic.0", "generic.x.CONVKER5", "generic.0.CONVKER", "a.0.CONVKER5.b", ".0.CONVKER5"] {
        assert!(!is_transform_tag(bad), "{bad}");
    }
}
