//! Buckets through HTTP.

use http::Method;
use serde_json::json;

use crate::tests_world::on_both;

const DESK: &str = "/api/v1/sources/acme/desk";
const INBOX: &str = "/api/_private/buckets/acme/inbox";

#[test]
fn a_bucket_lives_its_life() {
    on_both(async |world| {
        assert_eq!(world.get("/api/_private/buckets").await["buckets"], json!([]));
        let made = world.put(INBOX, json!({"bucket": {"bucket_type": "emails", "title": "Inbox"}})).await["bucket"].clone();
        assert_eq!((&made["owner"], &made["name"], &made["title"]), (&json!("acme"), &json!("inbox"), &json!("Inbox")));
        let by_id = format!("/api/_private/buckets/id:{}", made["id"].as_str().unwrap());
        for path in [INBOX, "/api/_private/buckets/acme%2Finbox", &by_id] {
            assert_eq!(world.get(path).await["bucket"], made, "{path}");
        }
        assert_eq!(world.get("/api/_private/buckets").await["buckets"], json!([made]));
        assert_eq!(world.get("/api/_private/buckets/acme").await["buckets"], json!([made]));
        assert_eq!(world.fail(Method::PUT, INBOX, Some(json!({"bucket": {}}))).await.0, 409);
        let same = world.post(INBOX, json!({"bucket": {}})).await;
        assert_eq!(same["bucket"], made);
        let filler = json!({"config_owner": "acme", "config_key": "mail", "shard_index": 0, "num_shards": 2});
        let changed = world.post(INBOX, json!({"bucket": {"title": "Mail", "last_updated_by": filler}})).await;
        assert_eq!((&changed["bucket"]["title"], &changed["bucket"]["last_updated_by"]), (&json!("Mail"), &filler));
        assert_eq!(world.get(&by_id).await["bucket"], changed["bucket"]);
        world.ok(Method::DELETE, &by_id, None).await;
        assert_eq!(world.fail(Method::GET, INBOX, None).await.0, 404);
        assert_eq!(world.fail(Method::DELETE, &by_id, None).await.0, 404);
    });
}

#[test]
fn a_source_is_attached_to_a_bucket_that_exists_and_holds_it() {
    on_both(async |world| {
        world.desk().await;
        let bucket = world.put(INBOX, json!({"bucket": {}})).await["bucket"].clone();
        let attach = |id: &str| json!({"source": {"bucket_id": id}});
        assert_eq!(world.fail(Method::POST, DESK, Some(attach("00000000000000aa"))).await.0, 422);
        let id = bucket["id"].as_str().unwrap();
        assert_eq!(world.post(DESK, attach(id)).await["source"]["bucket_id"], id);
        let by_id = format!("/api/_private/buckets/id:{id}");
        let (code, message) = world.fail(Method::DELETE, &by_id, None).await;
        assert_eq!((code, message.contains("acme/desk")), (422, true), "{message}");
        assert!(world.post(DESK, json!({"source": {"bucket_id": null}})).await["source"].get("bucket_id").is_none());
        world.ok(Method::DELETE, &by_id, None).await;
    });
}

#[test]
fn buckets_need_their_own_rights_and_stay_in_their_tenant() {
    on_both(async |world| {
        let bucket = world.put(INBOX, json!({"bucket": {}})).await["bucket"].clone();
        let by_id = format!("/api/_private/buckets/id:{}", bucket["id"].as_str().unwrap());
        assert_eq!(world.ask("sources-admin", Method::GET, INBOX, None).await.0, 403);
        assert_eq!(world.ask("sources-admin", Method::GET, "/api/_private/buckets", None).await.1["buckets"], json!([]));
        assert_eq!(world.ask("buckets-read", Method::GET, &by_id, None).await.0, 200);
        assert_eq!(world.ask("buckets-read", Method::DELETE, &by_id, None).await.0, 403);
        assert_eq!(world.ask("buckets-write", Method::POST, INBOX, Some(json!({"bucket": {"title": "x"}}))).await.0, 200);
        let elsewhere = format!("/org/second/reinfer_{by_id}");
        assert_eq!(world.ask("root", Method::GET, &elsewhere, None).await.0, 404);
        let bad = json!({"bucket": {"bucket_type": "letters"}});
        assert_eq!(world.fail(Method::PUT, "/api/_private/buckets/acme/other", Some(bad)).await.0, 400);
        assert_eq!(world.fail(Method::PUT, "/api/_private/buckets/acme/a.b", Some(json!({"bucket": {}}))).await.0, 400);
    });
}
