//! Every operation that changes something leaves an event that says who did it, where and to what.
//!
//! Each is called so that it succeeds. One that this test does not know how to call fails it: teach `asked` its place among
//! the others, or `isolation::body` what to send.

use adit_http::Operation;
use adit_tenancy::audit::event_type;
use adit_tenancy::mail;
use adit_testing::TestApp;
use axum::http::Method;
use serde_json::{Value, json};

use super::isolation::{Ids, body, comment, fill, path};
use super::setting::{apps_with, user, user_in};
use crate::wiring;

/// The tenant of a platform that is made, changed, deleted and restored.
const PLATFORM_TENANT: &str = "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1c";

/// What is done before others, or after them; all else is done in between, in the order of the areas.
fn turn(operation: &Operation) -> i32 {
    match operation.id {
        "create_tenant" | "uipath_provision_create" => 0,
        id if id.starts_with("create_") => 1,
        "uipath_provision_delete" => 4,
        "uipath_provision_restore" => 5,
        "delete_stream" | "delete_trigger" => 7,
        // A version that nothing uses any more can be unpinned, and then pinned again.
        "unpin_model" | "delete_dataset_v1" | "delete_comment" => 8,
        "pin_model" => 9,
        "delete_dataset_by_id" => 10,
        "delete_source" | "delete_user" | "delete_tenant" => 11,
        "delete_bucket" => 12,
        "delete_project" => 13,
        _ if operation.method == Method::DELETE => 6,
        _ => 3,
    }
}

/// The request: path and body. What is made has a new name, and what the others need is left alone.
fn asked(operation: &Operation, ids: &Ids, other: &str) -> (String, Value) {
    let is_on_tenant = operation.path.contains("/tenants/");
    let is_on_user = operation.path.contains("{user_id}");
    let mut ids = ids.clone();
    if is_on_tenant {
        ids.insert("tenant_name", "made".into());
    }
    if is_on_user {
        ids.insert("user", other.into());
    }
    if operation.path.contains("tenantserviceinstances") {
        ids.insert("tenant", PLATFORM_TENANT.into());
    }
    let plain = path(operation, &ids, false);
    let sent = body(operation, &ids).unwrap_or_default();
    match operation.id {
        "create_project" => (plain.replace("acme", "made"), sent),
        "create_source" => (plain.replace("desk", "made"), json!({"source": {}})),
        "create_bucket" => (plain.replace("/mail", "/made"), sent),
        "create_dataset" => (plain.replace("orders", "made"), json!({"dataset": {"source_ids": [ids["source"]]}})),
        "delete_dataset_v1" => (plain.replace("orders", "made"), sent),
        "create_label_group" => (plain.replace("/default", "/more"), json!({"trainable": true})),
        "delete_label_group" => (plain.replace("/default", "/more"), sent),
        "import_taxonomy" => (
            plain,
            json!({"entity_defs": [], "overwrite_duplicates": false,
            "label_groups": [{"name": "imported", "label_collection_name": null, "trainable": true, "hidden": false, "instructions": "", "label_defs": [{"name": "Imported"}]}]}),
        ),
        "create_stream" => (plain, json!({"stream": {"name": "made"}})),
        "create_trigger" => (plain, json!({"trigger": {"name": "older"}})),
        "add_comments" => (plain, json!({"comments": [comment(50, "alphaville")]})),
        "update_trigger" => (plain.replace("inbox", "older"), json!({"trigger": {"name": "older", "title": "changed"}})),
        // The older name of streams has one of its own, so that both can be deleted.
        id if id.contains("trigger") && id != "reset_trigger" => (plain.replace("inbox", "older"), sent),
        "add_support_tenant" | "remove_support_tenant" => (plain, json!({"email": "helper@example.com", "user_tenant": "beta"})),
        "uipath_provision_delete" => {
            (plain, json!({"callbackUrl": "", "organizationId": sent["organizationId"], "isHardDelete": false}))
        }
        _ => (plain, sent),
    }
}

/// What the newest event of a type lacks, if anything.
async fn missing(app: &TestApp, auditor: &str, operation: &Operation, ids: &Ids) -> Option<String> {
    let (header, asked) = (format!("Bearer {auditor}"), json!({"limit": 1024}).to_string().into_bytes());
    let page = app.send_raw("POST", "/api/v1/audit_events/query", &[("authorization", &header)], asked).await.body;
    let found = page["audit_events"].as_array().unwrap().iter().find(|event| event["event_type"] == operation.id);
    let Some(event) = found else { return Some("there is no event".into()) };
    if (&event["actor_user_id"], &event["actor_tenant_id"]) != (&json!(ids["user"]), &json!(ids["tenant"])) {
        return Some(format!("the actor is another: {event}"));
    }
    let is_in = |side: &str, id: &Value| page[side].as_array().unwrap().iter().any(|row| row["id"] == *id);
    let sides = [
        ("{", "tenant_ids", "tenants"),
        ("{user_id}", "user_ids", "users"),
        ("{owner}", "project_ids", "projects"),
        ("/projects/{name}", "project_ids", "projects"),
        ("{source_name}", "source_ids", "sources"),
        ("{source_id}", "source_ids", "sources"),
        ("{dataset_name}", "dataset_ids", "datasets"),
        ("{dataset_id}", "dataset_ids", "datasets"),
        ("{stream_name}", "trigger_ids", "triggers"),
        ("{trigger_name}", "trigger_ids", "triggers"),
    ];
    for (part, key, side) in sides.into_iter().filter(|(part, ..)| operation.path.contains(part)) {
        let named = event[key].as_array().unwrap();
        if named.is_empty() || !named.iter().all(|id| is_in(side, id)) {
            return Some(format!("`{key}` for {part} is empty or not resolved: {event}"));
        }
    }
    None
}

#[tokio::test]
async fn every_operation_that_changes_something_leaves_an_event() {
    let mut recorded: Vec<&Operation> =
        wiring::all_operations().into_iter().filter(|operation| event_type(operation).is_some()).collect();
    recorded.sort_by_key(|operation| turn(operation));
    let outlet = || mail::Outlet { post: None, link_base: Some("https://adit.test".into()) };
    for (engine, mut app) in apps_with(|env| env.with_service(outlet())).await {
        let auditor = user(&app.env, "auditor", &["audit-read"], &[]).await;
        user(&app.env, "zoe", &[], &[]).await;
        app.token = user(&app.env, "boss", &["root", "tenant-admin", "audit-read"], &[]).await;
        let ids = fill(&app, "", "default", "alphaville").await;
        app.ok("PUT", "/api/_private/tenants/beta", json!({"tenant": {}})).await;
        user_in(&app.env, Some("beta"), "helper", &[], &[]).await;
        let users = app.ok("GET", "/api/_private/users", json!({})).await;
        let zoe = users["users"].as_array().unwrap().iter().find(|user| user["username"] == "zoe").unwrap()["id"].clone();
        let mut failed = Vec::new();
        for operation in &recorded {
            let (path, sent) = asked(operation, &ids, zoe.as_str().unwrap());
            let reply = app.send(operation.method.as_str(), &path, sent.clone()).await;
            if !(200..300).contains(&reply.status) {
                failed.push(format!("{}: {path} {sent}: {} {}", operation.id, reply.status, reply.body));
            } else if let Some(missing) = missing(&app, &auditor, operation, &ids).await {
                failed.push(format!("{}: {missing}", operation.id));
            }
        }
        assert!(failed.is_empty(), "{engine}: {} of {}:\n  {}", failed.len(), recorded.len(), failed.join("\n  "));
    }
}
