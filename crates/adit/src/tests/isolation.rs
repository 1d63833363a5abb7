//! Two tenants with the same names everywhere: nothing that one does reads, changes or reveals the other.
//!
//! Every served operation is called with the things of the other tenant, by name and by id, in path and body. An operation
//! whose path or body this test does not know fails it: teach `value` or `body` what to send.

use std::collections::BTreeMap;

use adit_http::Operation;
use adit_http::contract::routes;
use adit_tenancy::mail;
use adit_tenancy::tenants::{self, TenantRow};
use adit_testing::TestApp;
use axum::http::Method;
use serde_json::{Value, json};

use super::setting::{apps_with, text, user_in};
use crate::wiring;

/// Stands in every text of the other tenant and nowhere else.
const MARK: &str = "betamax";

/// A tenant's things, by what they are.
pub(super) type Ids = BTreeMap<&'static str, String>;

/// Operations of the deployment that name another tenant on purpose; none is open to a tenant's administrator.
fn names_a_tenant(operation: &Operation) -> bool {
    operation.path.contains("/tenants")
        || operation.path.contains("tenantserviceinstances")
        || operation.path.contains("{target_tenant_id}")
}

/// What a path parameter is called in both tenants; `None` for one that has an id instead.
fn value(parameter: &str, operation: &Operation, ids: &Ids) -> String {
    let of = |what: &str| ids[what].clone();
    match parameter {
        "owner" => "acme".into(),
        "name" if operation.path.contains("/tenants/") => of("tenant_name"),
        "name" => "acme".into(),
        "source_name" => "desk".into(),
        "dataset_name" => "orders".into(),
        "bucket_name" => "mail".into(),
        "stream_name" | "trigger_name" => "inbox".into(),
        "comment_id" => "c0".into(),
        "comment_uid" | "labelling_id" => format!("{}.c0", of("source")),
        "label_group_name" => "default".into(),
        "model_version" => "1".into(),
        "label_name" => "Card".into(),
        "field_id" => "00000000000000aa".into(),
        "tag_name" => "live".into(),
        "model_family" => "english".into(),
        "quota_kind" => "sources".into(),
        "service_type" => "reinfer".into(),
        "source_id" => of("source"),
        "dataset_id" => of("dataset"),
        "bucket_id" | "raw_bucket_id" => of("bucket"),
        "user_id" => of("user"),
        "tenant_id" | "target_tenant_id" => of("tenant"),
        "training_action_id" => "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b".into(),
        other => panic!("teach this test the path parameter `{other}` of `{}`", operation.id),
    }
}

/// A path of the operation that points at the things in `ids`: by name, or by id wherever that is possible.
pub(super) fn path(operation: &Operation, ids: &Ids, by_id: bool) -> String {
    let mut template = operation.path.to_owned();
    if by_id {
        for (pair, what) in [("{source_name}", "source"), ("{dataset_name}", "dataset"), ("{bucket_name}", "bucket")] {
            template = template.replace(&format!("{{owner}}/{pair}"), &format!("id:{}", ids[what]));
        }
    }
    while let Some((before, rest)) = template.clone().split_once('{') {
        let (parameter, after) = rest.split_once('}').unwrap();
        template = format!("{before}{}{after}", value(parameter, operation, ids));
    }
    let uid = format!("{}.c0", ids["source"]);
    let query = match operation.id {
        "update_label_def" | "delete_label_def" => "?label_name=Exchange%20rate".to_owned(),
        "delete_comment" => "?id=c0".to_owned(),
        "get_labellings" => format!("?id={uid}&source_id={}", ids["source"]),
        "delete_exception" | "delete_trigger_exception" => format!("?uid={uid}"),
        "delete_project" => "?force=true".to_owned(),
        _ => String::new(),
    };
    template + &query
}

/// A body that names the things in `ids`; `None` for an operation without one.
pub(super) fn body(operation: &Operation, ids: &Ids) -> Option<Value> {
    let route = routes().iter().find(|route| route.operation_id == operation.id).unwrap();
    route.request_body.as_ref()?;
    let uid = format!("{}.c0", ids["source"]);
    let filter = json!({"sources": [ids["source"]]});
    let documents = json!([{"messages": [{"body": {"text": "where is my card"}}]}]);
    let provisioning = json!({"callbackUrl": null, "organizationId": "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b", "properties": {}});
    Some(match operation.id {
        "refresh_user_permissions" | "get_all_models_in_dataset" => json!({}),
        "create_project" => json!({"project": {"title": "t"}, "user_ids": [ids["user"]]}),
        "update_project" => json!({"project": {"title": "changed"}}),
        "get_derived_permissions" | "get_reduced_permissions" => json!({"global_permissions": ["tenant-admin"]}),
        "create_user" => json!({"user": {"username": "ann", "email": "ann@acme.example"}}),
        "add_support_tenant" | "remove_support_tenant" => json!({"email": "ann@example.com", "user_tenant": ids["tenant_name"]}),
        "update_user" => json!({"user": {"global_permissions": []}}),
        "set_tenant_quota" => json!({"requested_limit": 1000}),
        "set_quota_for_tenant" => json!({"hard_limit": 1}),
        "get_qualified_login_url" => json!({"email": "ann@nowhere.example"}),
        "query_audit_events" => json!({"filter": {"timestamp": {}}}),
        "create_source" | "update_source" => json!({"source": {"title": "changed", "bucket_id": ids["bucket"]}}),
        "get_source_statistics" => json!({"comment_filter": {}}),
        "add_comments" | "sync_comments" => json!({"comments": [comment(0, "changed")]}),
        "create_bucket" => json!({"bucket": {"bucket_type": "emails"}}),
        "update_bucket" => json!({"bucket": {"title": "changed"}}),
        "query_comments" => json!({"filter": filter, "order": {"kind": "recent"}, "limit": 100}),
        "get_recent_comments" => json!({"limit": 100, "filter": filter}),
        "get_dataset_statistics" => {
            json!({"comment_filter": filter, "label_timeseries": false, "label_property_timeseries": false})
        }
        "get_dataset_summary" => json!({}),
        "query_dataset_user_property_values" => json!({"user_property": "string:Team", "limit": 10, "comment_filter": filter}),
        "create_dataset" => json!({"dataset": {"source_ids": [ids["source"]], "copy_annotations_from": ids["dataset"]}}),
        "update_dataset" => json!({"dataset": {"source_ids": [ids["source"]], "title": "changed"}}),
        "create_label_group" => json!({"label_group": {"name": "more"}}),
        "create_label_defs_bulk" => json!({"label_defs": [{"name": "changed"}]}),
        "update_label_def" => json!({"label": {"title": "changed"}}),
        "update_comment_labelling" => json!({"labelling": [{"group": "default", "assigned": [], "dismissed": []}]}),
        "sync_annotations" => json!({"annotations": [{"comment_uid": uid, "labels": [{"name": "changed"}]}]}),
        "predict_latest" | "predict" | "predict_extractions" => json!({"documents": documents}),
        "update_model" => json!({"description": "changed"}),
        "get_label_validation" => json!({"label": "Exchange rate"}),
        "update_model_tag" => json!({"model_tag": {"version": 1}}),
        "put_training_comment_seen" => json!({}),
        "get_comment_predictions" => json!({"uids": [uid]}),
        "create_stream" | "update_stream" => json!({"stream": {"name": "inbox", "title": "changed"}}),
        "create_trigger" | "update_trigger" => json!({"trigger": {"name": "inbox", "title": "changed"}}),
        "advance_stream" | "advance_trigger" => json!({"sequence_id": ids["position"]}),
        "store_exception" | "store_trigger_exception" => json!({"exceptions": [{"uid": uid, "metadata": {"type": "changed"}}]}),
        "fetch_from_stream" | "poll_trigger" | "fetch_from_gx_stream" => json!({"size": 100}),
        "reset_stream" | "reset_trigger" => json!({"to_comment_created_at": "2020-01-01T00:00:00Z"}),
        "query_conversational_filter" => json!({"query": "cards"}),
        "get_thread_themes" => json!({"filter": {}}),
        "import_taxonomy" | "suggest_taxonomy" => json!({}),
        "create_tenant" | "update_tenant" => json!({"tenant": {"title": "changed"}}),
        "update_tenant_client_subnets" => json!({"client_subnets": ["10.0.0.0/8"]}),
        "update_tenant_default_project_permissions" => json!({"default_project_permissions": []}),
        "update_tenant_domains" => json!({"domains": ["acme.example"]}),
        "update_tenant_entity_def_ids" => json!({"entity_def_ids": []}),
        "set_tenant_state" => json!({"enabled": false}),
        "uipath_provision_create" => {
            json!({"callbackUrl": null, "organizationId": "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b", "tenantId": "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1c",
                "serviceType": "reinfer", "properties": {}})
        }
        "uipath_provision_update" => provisioning,
        "uipath_provision_restore" => {
            json!({"callbackUrl": null, "organizationId": "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b", "status": "Enabled"})
        }
        "uipath_provision_delete" => {
            json!({"callbackUrl": "", "organizationId": "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b", "isHardDelete": true})
        }
        other => panic!("teach this test a body for `{other}` that names things of another tenant"),
    })
}

pub(super) fn comment(n: usize, mark: &str) -> Value {
    json!({"id": format!("c{n}"), "timestamp": format!("2024-03-01T10:00:{n:02}Z"), "user_properties": {"string:Team": mark},
        "messages": [{"body": {"text": format!("{} {mark}", text(n).1)}, "from": format!("{mark}@x.example")}]})
}

/// Fills the tenant behind `prefix` with the same things under the same names; `mark` stands in every text.
pub(super) async fn fill(app: &TestApp, prefix: &str, tenant: &str, mark: &str) -> Ids {
    let at = |path: &str| format!("{prefix}{path}");
    let me = app.ok("GET", &at("/auth/user"), json!({})).await;
    let mut ids = Ids::from([("tenant_name", tenant.to_owned()), ("user", me["user"]["id"].as_str().unwrap().to_owned())]);
    let mut keep = |what, reply: &Value, noun: &str| {
        ids.insert(what, reply[noun]["id"].as_str().unwrap().to_owned());
    };
    let project = json!({"project": {"title": mark, "description": mark}, "user_ids": [me["user"]["id"]]});
    keep("project", &app.ok("PUT", &at("/api/_private/projects/acme"), project).await, "project");
    let bucket = json!({"bucket": {"bucket_type": "emails", "title": mark}});
    keep("bucket", &app.ok("PUT", &at("/api/_private/buckets/acme/mail"), bucket).await, "bucket");
    let source = app.ok("PUT", &at("/api/v1/sources/acme/desk"), json!({"source": {"title": mark, "description": mark}})).await;
    keep("source", &source, "source");
    let comments: Vec<Value> = (0..24).map(|n| comment(n, mark)).collect();
    app.ok("POST", &at("/api/v1/sources/acme/desk/sync"), json!({"comments": comments})).await;
    let source_id = source["source"]["id"].as_str().unwrap();
    let dataset = json!({"dataset": {"source_ids": [source_id], "has_sentiment": false, "title": mark, "description": mark}});
    keep("dataset", &app.ok("PUT", &at("/api/v1/datasets/acme/orders"), dataset).await, "dataset");
    let annotations: Vec<Value> = (0..16)
        .map(|n| json!({"comment_uid": format!("{source_id}.c{n}"), "labels": [{"name": text(n).0}, {"name": mark}]}))
        .collect();
    app.ok("POST", &at("/api/v1/datasets/acme/orders/sync-annotations"), json!({"annotations": annotations})).await;
    app.run_jobs().await;
    app.ok("PUT", &at("/api/_private/datasets/acme/orders/labellers/1/pin"), json!({})).await;
    app.ok("PUT", &at("/api/_private/datasets/acme/orders/model-tags/live"), json!({"model_tag": {"version": 1}})).await;
    let stream = json!({"stream": {"name": "inbox", "title": mark, "model": {"version": 1}}});
    keep("stream", &app.ok("PUT", &at("/api/v1/datasets/acme/orders/streams"), stream).await, "stream");
    let back = json!({"to_comment_created_at": "2020-01-01T00:00:00Z"});
    let reset = app.ok("POST", &at("/api/v1/datasets/acme/orders/streams/inbox/reset"), back).await;
    ids.insert("position", reset["sequence_id"].as_str().unwrap().to_owned());
    let audit = app.ok("POST", &at("/api/v1/audit_events/query"), json!({"limit": 1})).await;
    ids.insert("tenant", audit["tenants"][0]["id"].as_str().unwrap().to_owned());
    ids
}

/// The other tenant, made by nobody of the first: who makes a tenant may know of it.
async fn make_tenant(app: &TestApp) {
    let mut tx = app.env.begin().await.unwrap();
    let row =
        TenantRow { title: MARK.into(), description: MARK.into(), ..TenantRow::new(app.env.random.id(), "beta", app.env.now()) };
    tenants::create(&mut tx, &row, app.env.random.as_ref(), app.env.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Everything the other tenant can see of itself.
async fn view(app: &TestApp, operations: &[&'static Operation], ids: &Ids) -> BTreeMap<String, (u16, Value)> {
    let mut seen = BTreeMap::new();
    let reads =
        ["query_comments", "get_dataset_statistics", "query_audit_events", "fetch_from_stream", "get_all_models_in_dataset"];
    for operation in operations {
        let is_read = operation.method == Method::GET || reads.contains(&operation.id);
        if !is_read {
            continue;
        }
        let path = format!("/o/beta/reinfer_{}", path(operation, ids, false));
        let reply = app.send(operation.method.as_str(), &path, body(operation, ids).unwrap_or_default()).await;
        let mut said = reply.body;
        // Looking is refused here and there, which is in the log; what is asked is whether somebody else left something.
        if let Some(events) = said["audit_events"].as_array_mut() {
            events.retain(|event| event["event_type"] != "access_refused");
        }
        seen.insert(operation.id.to_owned(), (reply.status, said));
    }
    seen
}

/// Calls an operation as an administrator of one tenant with things of the other, and looks at what comes back.
async fn ask(app: &TestApp, operation: &Operation, things: &Ids, theirs: &Ids, by_id: bool, engine: &str) -> u16 {
    let is_foreign = std::ptr::eq(things, theirs);
    let path = path(operation, things, by_id);
    let sent = body(operation, theirs).unwrap_or_default();
    let reply = app.send(operation.method.as_str(), &path, sent.clone()).await;
    let said = String::from_utf8_lossy(&reply.bytes).into_owned();
    let what = format!("{engine}: {} {path} ({}) answered {} {said}", operation.method, operation.id, reply.status);
    assert!(reply.status < 500 || reply.status == 501, "{what}");
    assert!(!said.contains(MARK), "{what}");
    for (_, secret) in theirs.iter().filter(|(noun, _)| **noun != "tenant_name") {
        // What the request itself said may come back in an error.
        let is_echo = path.contains(secret.as_str()) || sent.to_string().contains(secret.as_str());
        assert!(is_echo || !said.contains(secret.as_str()), "{what} reveals {secret}");
    }
    if is_foreign && (path.contains("/id:") || path.contains(theirs["user"].as_str())) {
        assert!(reply.status >= 400, "{what}");
    }
    if is_foreign && names_a_tenant(operation) {
        assert_eq!(reply.status, 403, "{what}");
    }
    reply.status
}

#[tokio::test]
async fn no_operation_of_one_tenant_reads_changes_or_reveals_another() {
    let operations = wiring::all_operations();
    let outlet = || mail::Outlet { post: None, link_base: Some("https://adit.test".into()) };
    for (engine, mut app) in apps_with(|env| env.with_service(outlet())).await {
        let admin = app.token.clone();
        let own = fill(&app, "", "default", "alphaville").await;
        make_tenant(&app).await;
        let other_admin = user_in(&app.env, Some("beta"), "admin", &["tenant-admin"], &[]).await;
        app.token.clone_from(&other_admin);
        let theirs = fill(&app, "/o/beta/reinfer_", "beta", MARK).await;
        let before = view(&app, &operations, &theirs).await;
        assert!(before.values().any(|(_, body)| body.to_string().contains(MARK)));

        let mut n_answered = 0;
        // What deletes comes last, so that the rest meets something.
        let (deleting, others): (Vec<&Operation>, Vec<&Operation>) =
            operations.iter().copied().partition(|operation| operation.method == Method::DELETE);
        for (things, by_id, operations) in [
            (&own, false, &others),
            (&own, true, &others),
            (&theirs, true, &others),
            (&theirs, false, &others),
            (&theirs, true, &deleting),
            (&theirs, false, &deleting),
        ] {
            app.token.clone_from(&admin);
            for operation in operations {
                let is_foreign = std::ptr::eq(things, &theirs);
                if !is_foreign && (names_a_tenant(operation) || operation.id == "update_user") {
                    // Taking one's own rights away would end the test.
                    continue;
                }
                n_answered += usize::from(ask(&app, operation, things, &theirs, by_id, engine).await == 200);
            }
        }
        assert!(n_answered > operations.len() / 2, "the test must meet things that are there: {n_answered}");
        app.token.clone_from(&other_admin);
        let after = view(&app, &operations, &theirs).await;
        for (operation, seen) in &before {
            assert_eq!(&after[operation], seen, "{engine}: {operation} of the other tenant changed");
        }
    }
}
