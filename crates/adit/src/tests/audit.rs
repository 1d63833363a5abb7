//! The audit log: what is in it, who is named, and that nothing can be left out.

use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{annotate, apps, filled, user, user_in};

const QUERY: &str = "/api/v1/audit_events/query";

async fn events(app: &TestApp, body: Value) -> Value {
    let page = app.ok("POST", QUERY, body).await;
    check_names(&page);
    page
}

/// Clients end when an id of a page is not resolved in it.
fn check_names(page: &Value) {
    let ids =
        |side: &str| -> Vec<&str> { page[side].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect() };
    for event in page["audit_events"].as_array().unwrap() {
        for (key, side) in [
            ("tenant_ids", "tenants"),
            ("user_ids", "users"),
            ("source_ids", "sources"),
            ("dataset_ids", "datasets"),
            ("trigger_ids", "triggers"),
            ("project_ids", "projects"),
        ] {
            for id in event[key].as_array().unwrap() {
                assert!(ids(side).contains(&id.as_str().unwrap()), "{key} {id} of {event} is in no `{side}`");
            }
        }
        assert!(ids("users").contains(&event["actor_user_id"].as_str().unwrap()), "{event}");
        assert!(ids("tenants").contains(&event["actor_tenant_id"].as_str().unwrap()), "{event}");
    }
    for side in ["sources", "datasets"] {
        for row in page[side].as_array().unwrap() {
            assert!(ids("projects").contains(&row["project_id"].as_str().unwrap()), "{row}");
        }
    }
    for row in page["triggers"].as_array().unwrap() {
        assert!(ids("datasets").contains(&row["dataset_id"].as_str().unwrap()), "{row}");
    }
}

fn types(page: &Value) -> Vec<String> {
    page["audit_events"].as_array().unwrap().iter().map(|e| e["event_type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_change_is_an_event_that_names_even_what_is_gone() {
    for (engine, app) in apps().await {
        let (source_id, dataset_id) = filled(&app, 8).await;
        annotate(&app, &source_id, 4).await;
        app.ok("POST", "/api/v1/sources/acme/desk", json!({"source": {"title": "Renamed"}})).await;
        let stream = app.ok("PUT", "/api/v1/datasets/acme/orders/streams", json!({"stream": {"name": "inbox"}})).await;
        let stream_id = stream["stream"]["id"].as_str().unwrap().to_owned();
        app.ok("POST", "/api/v1/datasets/acme/orders/streams/inbox/fetch", json!({"size": 1})).await;
        app.ok("DELETE", "/api/v1/datasets/acme/orders/streams/inbox", json!({})).await;
        app.ok("DELETE", &format!("/api/v1/datasets/id:{dataset_id}"), json!({})).await;
        app.ok("DELETE", "/api/_private/projects/acme?force=true", json!({})).await;
        let page = events(&app, json!({"filter": {"timestamp": {}}})).await;
        let expected = [
            "delete_project",
            "delete_dataset_by_id",
            "delete_stream",
            "create_stream",
            "update_source",
            "sync_annotations",
            "create_dataset",
            "sync_comments",
            "create_source",
            "create_project",
        ];
        assert_eq!(types(&page), expected, "{engine}");
        let event =
            |kind: &str| page["audit_events"].as_array().unwrap().iter().find(|e| e["event_type"] == kind).unwrap().clone();
        assert_eq!(event("sync_comments")["source_ids"], json!([source_id]));
        assert_eq!(event("create_dataset")["dataset_ids"], json!([dataset_id]));
        assert_eq!(event("create_stream")["trigger_ids"], json!([stream_id]));
        assert_eq!(event("delete_stream")["trigger_ids"], json!([stream_id]));
        assert_eq!(page["sources"][0]["title"], "Renamed", "the newest name of the page");
        assert_eq!(page["projects"][0]["name"], "acme");
        assert_eq!(page.get("continuation"), None);

        let mut lines = Vec::new();
        let tenant = adit_kernel::Id::from_db(0);
        assert_eq!(adit_tenancy::audit::export(&app.env, tenant, |_| Ok(())).await.unwrap(), 0, "nobody's log");
        let tenant = page["tenants"][0]["id"].as_str().unwrap().parse().unwrap();
        let keep = |line: String| {
            lines.push(serde_json::from_str::<Value>(&line)?);
            Ok(())
        };
        adit_tenancy::audit::export(&app.env, tenant, keep).await.unwrap();
        assert_eq!(lines.len(), types(&page).len());
        let change = lines.iter().find(|line| line["event_type"] == "update_source").unwrap();
        assert_eq!(change["details"]["changes"][0]["before"], json!({"title": "Desk"}), "{change}");
        assert_eq!(change["details"]["changes"][0]["after"], json!({"title": "Renamed"}));
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_a_range_of_time_bounds_them() {
    for (engine, app) in apps().await {
        for n in 0..7 {
            app.ok("PUT", &format!("/api/_private/projects/p{n}"), json!({"project": {}, "user_ids": []})).await;
        }
        let all = events(&app, json!({})).await;
        assert_eq!(types(&all).len(), 7, "{engine}");
        let (mut seen, mut continuation) = (Vec::new(), Value::Null);
        loop {
            let mut body = json!({"limit": 3});
            if continuation.is_string() {
                body["continuation"] = continuation;
                // What happens meanwhile does not disturb the walk.
                app.ok("PUT", &format!("/api/_private/projects/later{}", seen.len()), json!({"project": {}, "user_ids": []}))
                    .await;
            }
            let page = events(&app, body).await;
            seen.extend(page["audit_events"].as_array().unwrap().iter().map(|e| e["event_id"].clone()));
            continuation = page["continuation"].clone();
            if continuation.is_null() {
                break;
            }
        }
        let expected: Vec<Value> = all["audit_events"].as_array().unwrap().iter().map(|e| e["event_id"].clone()).collect();
        assert_eq!(seen, expected);
        let at = all["audit_events"][3]["timestamp"].clone();
        let only = events(&app, json!({"filter": {"timestamp": {"minimum": at, "maximum": at}}})).await;
        assert_eq!(only["audit_events"], json!([all["audit_events"][3]]), "both ends belong to the range");
        for (body, text) in [
            (json!({"limit": 0}), "limit"),
            (json!({"limit": 5000}), "limit"),
            (json!({"continuation": "x"}), "continuation"),
            (json!({"filter": {"timestamp": {"minimum": "yesterday"}}}), "yesterday"),
        ] {
            let (status, message) = app.err("POST", QUERY, body).await;
            assert_eq!((status, message.contains(text)), (400, true), "{message}");
        }
    }
}

#[tokio::test]
async fn refusals_are_recorded_and_undone_changes_are_not() {
    for (engine, mut app) in apps().await {
        filled(&app, 1).await;
        let admin = app.token.clone();
        app.token = user(&app.env, "viewer", &[], &[("acme", "role-cm-viewer")]).await;
        assert_eq!(app.err("POST", "/api/v1/sources/acme/desk", json!({"source": {"title": "x"}})).await.0, 403);
        assert_eq!(app.err("POST", QUERY, json!({})).await.0, 403, "{engine}");
        app.token = admin;
        assert_eq!(app.err("PUT", "/api/v1/sources/acme/desk", json!({"source": {}})).await.0, 409, "nothing changed");
        let page = events(&app, json!({"limit": 3})).await;
        assert_eq!(types(&page), ["access_refused", "access_refused", "create_dataset"]);
        assert_eq!(page["audit_events"][1]["source_ids"].as_array().unwrap().len(), 1);
        let viewer = page["audit_events"][0]["actor_user_id"].as_str().unwrap();
        let named = page["users"].as_array().unwrap().iter().find(|user| user["id"] == viewer).unwrap();
        assert_eq!((&named["username"], &named["display_name"]), (&json!("viewer"), &json!("viewer")));
    }
}

#[tokio::test]
async fn what_one_tenant_does_to_another_is_in_both_logs_and_nothing_else_is() {
    for (engine, mut app) in apps().await {
        let admin = app.token.clone();
        app.token = user(&app.env, "root", &["root"], &[]).await;
        app.ok("PUT", "/api/_private/tenants/acme", json!({"tenant": {}})).await;
        let body = json!({"client_subnets": ["127.0.0.0/8"]});
        app.ok("POST", "/api/_private/tenants/acme/client_subnets", body).await;
        app.token = user_in(&app.env, Some("acme"), "ann", &["audit-read", "tenant-admin"], &[]).await;
        let own = "/org/acme/reinfer_/api/v1/audit_events/query";
        app.ok("PUT", "/org/acme/reinfer_/api/_private/projects/p", json!({"project": {}, "user_ids": []})).await;
        let page = app.ok("POST", own, json!({})).await;
        check_names(&page);
        assert_eq!(types(&page), ["create_project", "update_tenant_client_subnets", "create_tenant"], "{engine}");
        assert_eq!(page["audit_events"][1]["tenant_ids"].as_array().unwrap().len(), 2);
        app.token = admin;
        let page = events(&app, json!({})).await;
        assert_eq!(types(&page), ["update_tenant_client_subnets", "create_tenant"]);
        app.token = user(&app.env, "again", &["root"], &[]).await;
        app.ok("DELETE", "/api/_private/tenants/acme", json!({})).await;
        let page = events(&app, json!({})).await;
        assert_eq!(types(&page)[0], "delete_tenant");
        assert!(page["tenants"].as_array().unwrap().iter().any(|tenant| tenant["name"] == "acme"));
    }
}

#[tokio::test]
async fn what_was_recorded_cannot_be_changed_or_removed_not_even_by_hand() {
    for (engine, app) in apps().await {
        filled(&app, 1).await;
        let before = events(&app, json!({})).await;
        for statement in
            ["UPDATE audit_events SET actor_user_id = 1", "UPDATE audit_events SET details = '{}'", "DELETE FROM audit_events"]
        {
            let mut tx = app.env.begin().await.unwrap();
            let refused = tx.execute(statement, vec![]).await;
            let why = refused.err().unwrap_or_else(|| panic!("{engine}: `{statement}` went through"));
            assert!(why.detail().unwrap_or_default().contains("rows are only added"), "{engine}: {why:?}");
        }
        assert_eq!(events(&app, json!({})).await, before, "{engine}");
    }
}

#[tokio::test]
async fn a_refusal_that_says_there_is_nothing_is_an_event_as_well() {
    for (engine, mut app) in apps().await {
        let (source_id, _) = filled(&app, 1).await;
        let admin = app.token.clone();
        app.token = user(&app.env, "outsider", &[], &[]).await;
        let paths = ["/api/_private/projects/acme".to_owned(), format!("/api/v1/sources/id:{source_id}")];
        for path in &paths {
            assert_eq!(app.err("GET", path, json!({})).await.0, 404, "{engine}: {path}");
        }
        // What is not there is no refusal.
        for path in ["/api/_private/projects/nothing", "/api/v1/sources/id:00000000000000aa"] {
            assert_eq!(app.err("GET", path, json!({})).await.0, 404, "{engine}: {path}");
        }
        app.token = admin;
        let page = events(&app, json!({"limit": 3})).await;
        let is_refusal = |event: &&Value| event["event_type"] == "access_refused";
        let refusals: Vec<&Value> = page["audit_events"].as_array().unwrap().iter().filter(is_refusal).collect();
        assert_eq!(refusals.len(), paths.len(), "{engine}: {page}");
        assert_eq!(refusals[0]["source_ids"], json!([source_id]), "{engine}: {page}");
        assert!(page["users"].as_array().unwrap().iter().any(|user| user["username"] == "outsider"), "{engine}: {page}");
    }
}
