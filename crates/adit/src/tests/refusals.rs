//! How requests are refused: the code, the envelope, the text.

use adit_http::{Needs, Operation};
use serde_json::{Value, json};

use super::setting::{apps, filled, user};

#[tokio::test]
async fn credentials_are_asked_for_and_checked() {
    for (_, mut app) in apps().await {
        let reply = app.send_raw("GET", "/auth/user", &[], vec![]).await;
        assert_eq!(reply.status, 401);
        assert!(reply.headers.contains_key("www-authenticate") && reply.headers.contains_key("x-request-id"));
        for header in ["Basic abc", "Bearer", "Bearer ", "Bearer not-a-token"] {
            assert_eq!(app.send_raw("GET", "/auth/user", &[("authorization", header)], vec![]).await.status, 401, "{header}");
        }
        let current = app.ok("GET", "/auth/user", json!({})).await;
        assert_eq!(current["user"]["username"], "admin");
        // A new token revokes the one before at once.
        let token = user(&app.env, "second", &[], &[]).await;
        app.token = token;
        app.ok("GET", "/auth/user", json!({})).await;
        let mut tx = app.env.begin().await.unwrap();
        let tenant = adit_tenancy::tenants::named_or_default(&mut tx, None).await.unwrap().id;
        let row = adit_tenancy::users::by_username(&mut tx, tenant, "second").await.unwrap().unwrap();
        let fresh = adit_tenancy::tokens::regenerate(&mut tx, row.id, app.env.random.as_ref(), app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);
        app.token = fresh;
        app.ok("GET", "/auth/user", json!({})).await;
    }
}

#[tokio::test]
async fn a_permission_is_checked_before_anything_else_happens() {
    for (_, mut app) in apps().await {
        filled(&app, 2).await;
        let admin = app.token.clone();
        app.token = user(&app.env, "viewer", &[], &[("acme", "role-cm-viewer")]).await;
        app.ok("GET", "/api/v1/sources/acme/desk", json!({})).await;
        app.ok("GET", "/api/v1/datasets/acme/orders", json!({})).await;
        for (method, path, body) in [
            ("POST", "/api/v1/sources/acme/desk", json!({"source": {"title": "x"}})),
            ("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": []})),
            ("PUT", "/api/v1/datasets/acme/other", json!({"dataset": {"source_ids": []}})),
            ("POST", "/api/v1/datasets/acme/orders/sync-annotations", json!({"annotations": []})),
            ("PUT", "/api/_private/projects/mine", json!({"project": {}, "user_ids": []})),
            ("DELETE", "/api/_private/projects/acme", json!({})),
        ] {
            let (status, message) = app.err(method, path, body).await;
            assert_eq!(status, 403, "{method} {path}: {message}");
        }
        app.token = user(&app.env, "stranger", &[], &[]).await;
        assert_eq!(app.err("GET", "/api/v1/sources/acme/desk", json!({})).await.0, 404);
        assert_eq!(app.err("GET", "/api/_private/projects/acme", json!({})).await.0, 404);
        assert_eq!(app.ok("GET", "/api/v1/sources", json!({})).await["sources"], json!([]));
        assert_eq!(app.ok("GET", "/api/v1/datasets", json!({})).await["datasets"], json!([]));
        app.token = admin;
        assert_eq!(app.ok("GET", "/api/v1/sources/acme/desk", json!({})).await["source"]["title"], "Desk");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_envelope() {
    for (_, app) in apps().await {
        let check = async |method: &str, path: &str, status: u16, text: &str| {
            let (found, message) = app.err(method, path, json!({})).await;
            assert_eq!(found, status, "{method} {path}: {message}");
            assert!(message.contains(text), "{method} {path}: {message}");
        };
        check("GET", "/", 404, "404 Not Found").await;
        check("GET", "/api/v1/nothing", 404, "404 Not Found").await;
        check("PATCH", "/api/v1/sources", 405, "GET").await;
        check("GET", "/api/v1/sources/none/desk", 404, "No such project").await;
        check("GET", "/api/v1/sources/id:00000000000000aa", 404, "No such source").await;
        check("GET", "/api/v1/datasets/id:zz", 400, "not an id").await;
        check("GET", "/api/_private/projects/none", 404, "No such project").await;
        check("GET", "/api/_private/integrations", 501, "get_all_integrations").await;
        check("GET", "/o/default/reinfer_/api/_private/buckets/id:ab/keyed-sync-states%2F", 501, "list_keyed_sync_states").await;
    }
}

#[tokio::test]
async fn bad_bodies_are_named() {
    for (_, app) in apps().await {
        filled(&app, 1).await;
        let (status, message) = app.err("PUT", "/api/v1/sources/acme/two", json!({"source": {"titel": "x"}})).await;
        assert_eq!((status, message.contains("'titel' was unexpected")), (400, true), "{message}");
        let (status, message) =
            app.err("PUT", "/api/v1/sources/acme/two", json!({"source": {"email_transform_tag": "nope"}})).await;
        assert_eq!((status, message.as_str()), (422, "The value 'nope' is not a valid transform tag."));
        let family = json!({"dataset": {"source_ids": [], "model_family": "non-existent-family"}});
        let (status, message) = app.err("PUT", "/api/v1/datasets/acme/two", family).await;
        assert_eq!((status, message.starts_with("'non-existent-family' is not one of")), (400, true), "{message}");
        let token = format!("Bearer {}", app.token);
        let auth = [("authorization", token.as_str())];
        for body in ["{", "[]", "{\"source\": {}} trailing", "\u{0}", "nul"] {
            let reply = app.send_raw("PUT", "/api/v1/sources/acme/three", &auth, body.into()).await;
            assert_eq!(reply.status, 400, "{body}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(app.send_raw("PUT", "/api/v1/sources/acme/three", &auth, deep.into()).await.status, 400);
        let large = vec![b' '; (8 << 20) + 1];
        assert_eq!(app.send_raw("PUT", "/api/v1/sources/acme/three", &auth, large).await.status, 413);
        assert_eq!(app.err("GET", "/api/v1/sources/acme/three", Value::Null).await.0, 404);
    }
}

#[tokio::test]
async fn a_project_with_content_is_deleted_only_by_force() {
    for (_, app) in apps().await {
        filled(&app, 1).await;
        let (status, message) = app.err("DELETE", "/api/_private/projects/acme", json!({})).await;
        assert_eq!(status, 409);
        let expected = "Project contains child resources but force deletion was not requested: {\"datasets\": 1, \"sources\": 1}";
        assert_eq!(message, expected);
        app.ok("DELETE", "/api/_private/projects/acme?force=true", json!({})).await;
        assert_eq!(app.err("GET", "/api/v1/sources/acme/desk", json!({})).await.0, 404);
        assert_eq!(app.ok("GET", "/api/v1/datasets", json!({})).await["datasets"], json!([]));
    }
}

/// A path of the operation in `project`, if it names its project.
fn path_in(operation: &Operation, project: &str) -> Option<String> {
    let parameter = match operation.needs {
        Needs::Project(parameter, _) | Needs::SeesProject(parameter) => parameter,
        Needs::In(..) => "owner",
        _ => return None,
    };
    let place = format!("{{{parameter}}}");
    let segment = |segment: &str| match segment.split_once('{') {
        _ if segment == place => project.to_owned(),
        Some((prefix, _)) => format!("{prefix}00000000000000aa"),
        None => segment.to_owned(),
    };
    operation.path.contains(&place).then(|| operation.path.split('/').map(segment).collect::<Vec<_>>().join("/"))
}

#[tokio::test]
async fn a_project_that_the_caller_sees_nothing_of_answers_like_one_that_is_not_there() {
    for (engine, mut app) in apps().await {
        filled(&app, 1).await;
        app.token = user(&app.env, "outsider", &[], &[]).await;
        let mut n_asked = 0;
        for operation in crate::wiring::all_operations() {
            let Some(paths) = path_in(operation, "acme").zip(path_in(operation, "nowhere")) else { continue };
            let there = app.err(operation.method.as_str(), &paths.0, json!({})).await;
            let nowhere = app.err(operation.method.as_str(), &paths.1, json!({})).await;
            assert_eq!(there.0, 404, "{engine}: {}: {}", operation.id, there.1);
            assert_eq!(there, (nowhere.0, nowhere.1.replace("nowhere", "acme")), "{engine}: {}", operation.id);
            n_asked += 1;
        }
        assert!(n_asked > 50, "{engine}: {n_asked}");
    }
}
