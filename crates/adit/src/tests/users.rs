//! Users and what they hold: who sees whom, and that nobody gives more than they have.

use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, user, user_in};

const USERS: &str = "/api/_private/users";

async fn make(app: &TestApp, name: &str, held: Value, global: Value) -> String {
    let user = json!({"username": name, "email": format!("{name}@acme.example"), "organisation_permissions": held,
        "global_permissions": global});
    app.ok("PUT", USERS, json!({"user": user})).await["user"]["id"].as_str().unwrap().to_owned()
}

async fn projects(app: &TestApp, names: &[&str]) {
    for name in names {
        app.ok("PUT", &format!("/api/_private/projects/{name}"), json!({"project": {}, "user_ids": []})).await;
    }
}

async fn as_user<T>(app: &mut TestApp, token: &str, act: impl AsyncFnOnce(&TestApp) -> T) -> T {
    let before = std::mem::replace(&mut app.token, token.to_owned());
    let done = act(app).await;
    app.token = before;
    done
}

#[tokio::test]
async fn users_live_their_lives_and_unknown_permissions_come_back() {
    for (engine, app) in apps().await {
        projects(&app, &["acme", "other"]).await;
        let ann = make(&app, "ann", json!({"acme": ["voc", "brand-new"]}), json!(["audit-read"])).await;
        let seen = app.ok("GET", &format!("{USERS}/{ann}"), json!({})).await;
        assert_eq!(seen["user"]["organisation_permissions"]["acme"], json!(["voc", "brand-new"]), "{engine}");
        assert_eq!(seen["user"]["organisation_permissions"]["DefaultProject"], json!(["role-cm-viewer"]));
        assert_eq!(seen["user"]["derived_organisation_permissions"]["acme"], json!(["brand-new", "voc", "voc-readonly"]));
        assert_eq!((&seen["user"]["is_support_user"], &seen["user"]["last_login_at"]), (&json!(false), &Value::Null));
        for (same, status) in [("ann", 409), ("a b", 400), ("", 400)] {
            let body = json!({"user": {"username": same, "email": "new@acme.example"}});
            assert_eq!(app.err("PUT", USERS, body).await.0, status, "{same}");
        }
        let body = json!({"user": {"username": "bob", "email": "ANN@acme.example"}});
        assert_eq!(app.err("PUT", USERS, body).await.0, 409, "an address is one person's");
        let body = json!({"user": {"username": "bob", "email": "no address"}});
        assert_eq!(app.err("PUT", USERS, body).await.0, 400);
        let body = json!({"user": {"username": "bob", "email": "b@x", "organisation_permissions": {"nowhere": ["voc"]}}});
        let (status, message) = app.err("PUT", USERS, body).await;
        assert_eq!((status, message.contains("No such project: `nowhere`")), (422, true), "{message}");
        for (held, global) in [(json!({"acme": ["tenant-admin"]}), json!([])), (json!({}), json!(["voc"]))] {
            let body = json!({"user": {"username": "bob", "email": "b@x", "organisation_permissions": held,
                "global_permissions": global}});
            assert_eq!(app.err("PUT", USERS, body).await.0, 422, "a permission in the wrong scope");
        }

        let path = format!("{USERS}/{ann}");
        let same = app.ok("POST", &path, json!({"user": {}})).await;
        assert_eq!(same["user"], seen["user"], "nothing sent, nothing changed");
        let moved = app.ok("POST", &path, json!({"user": {"organisation_permissions": {"other": ["streams-read"]}}})).await;
        assert_eq!(moved["user"]["organisation_permissions"], json!({"other": ["streams-read"]}), "a map stands for all");
        assert_eq!(moved["user"]["global_permissions"], json!(["audit-read"]), "the other section stays");
        let cleared = app.ok("POST", &path, json!({"user": {"global_permissions": []}})).await;
        assert_eq!(cleared["user"]["global_permissions"], json!([]));
        let names: Vec<String> = app.ok("GET", USERS, json!({})).await["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["admin", "ann"]);
        let listed = app.ok("GET", "/api/v1/users", json!({})).await;
        assert_eq!(listed["users"][1], json!({"email": "ann@acme.example", "username": "ann", "last_login_at": null}));
        app.ok("DELETE", &path, json!({})).await;
        for (method, body) in [("GET", json!({})), ("POST", json!({"user": {}})), ("DELETE", json!({}))] {
            let (status, message) = app.err(method, &path, body).await;
            assert_eq!((status, message.starts_with("No such user")), (404, true), "{method}");
        }
        assert_eq!(app.err("GET", &format!("{USERS}/xyz"), json!({})).await.0, 400);
    }
}

#[tokio::test]
async fn a_project_administrator_manages_its_project_and_nothing_else() {
    for (engine, mut app) in apps().await {
        projects(&app, &["acme", "other"]).await;
        let ann = make(&app, "ann", json!({"other": ["voc"]}), json!([])).await;
        let manager = user(&app.env, "manager", &[], &[("acme", "role-cm-project-admin")]).await;
        let path = format!("{USERS}/{ann}");
        as_user(&mut app, &manager, async |app| {
            assert_eq!(app.err("GET", &path, json!({})).await.0, 404, "{engine}: not in a project of the manager's");
            assert_eq!(app.ok("GET", USERS, json!({})).await["users"].as_array().unwrap().len(), 1, "itself");
            let into = json!({"user": {"organisation_permissions": {"acme": ["role-cm-viewer", "datasets-review"]}}});
            let shown = app.ok("POST", &path, into).await;
            assert_eq!(shown["user"]["organisation_permissions"], json!({"acme": ["role-cm-viewer", "datasets-review"]}));
            assert_eq!(app.ok("GET", USERS, json!({})).await["users"].as_array().unwrap().len(), 2);
            for (held, status) in [
                (json!({"acme": ["sources-translate"]}), 403),
                (json!({"acme": ["brand-new"]}), 403),
                (json!({"other": ["voc"]}), 422),
                (json!({"acme": ["tenant-admin"]}), 422),
            ] {
                let body = json!({"user": {"organisation_permissions": held}});
                assert_eq!(app.err("POST", &path, body).await.0, status, "{held}");
            }
            let body = json!({"user": {"global_permissions": ["audit-read"]}});
            assert_eq!(app.err("POST", &path, body).await.0, 403);
            let body = json!({"user": {"username": "bob", "email": "bob@x"}});
            assert_eq!(app.err("PUT", USERS, body).await.0, 403);
            assert_eq!(app.err("DELETE", &path, json!({})).await.0, 403);
            let gone = app.ok("POST", &path, json!({"user": {"organisation_permissions": {}}})).await;
            assert_eq!(gone["user"]["organisation_permissions"], json!({}));
            assert_eq!(app.err("GET", &path, json!({})).await.0, 404, "out of the project, out of sight");
        })
        .await;
        let kept = app.ok("GET", &path, json!({})).await;
        assert_eq!(
            kept["user"]["organisation_permissions"],
            json!({"DefaultProject": ["role-cm-viewer"], "other": ["voc"]}),
            "what is not the manager's stays"
        );
        let reader = user(&app.env, "reader", &[], &[("acme", "sources-admin")]).await;
        as_user(&mut app, &reader, async |app| {
            let own = app.ok("GET", "/auth/user", json!({})).await["user"]["id"].as_str().unwrap().to_owned();
            let body = json!({"user": {"organisation_permissions": {"acme": ["sources-admin", "users-write"]}}});
            assert_eq!(app.err("POST", &format!("{USERS}/{own}"), body).await.0, 403, "nobody promotes themselves");
            assert_eq!(app.err("GET", "/api/v1/users", json!({})).await.0, 403);
        })
        .await;
    }
}

#[tokio::test]
async fn a_tenant_administrator_gives_nothing_of_the_deployment_and_the_last_one_stays() {
    for (engine, mut app) in apps().await {
        let operator = user(&app.env, "operator", &["root"], &[]).await;
        let operator_id = as_user(&mut app, &operator, async |app| {
            app.ok("GET", "/auth/user", json!({})).await["user"]["id"].as_str().unwrap().to_owned()
        })
        .await;
        let ann = make(&app, "ann", json!({}), json!(["tenant-admin"])).await;
        let path = format!("{USERS}/{ann}");
        for global in ["root", "support-tenant-admin", "deployment-quota-write", "brand-new"] {
            let (status, message) = app.err("POST", &path, json!({"user": {"global_permissions": [global]}})).await;
            assert_eq!((status, message.contains(global)), (403, true), "{engine}: {message}");
        }
        let operators = format!("{USERS}/{operator_id}");
        assert_eq!(app.err("POST", &operators, json!({"user": {"global_permissions": []}})).await.0, 403);
        assert_eq!(app.err("DELETE", &operators, json!({})).await.0, 403);
        as_user(&mut app, &operator, async |app| {
            app.ok("POST", &path, json!({"user": {"global_permissions": ["tenant-admin", "brand-new"]}})).await;
        })
        .await;
        // What one does not hold may stay where it is.
        app.ok("POST", &path, json!({"user": {"global_permissions": ["tenant-admin", "brand-new", "audit-read"]}})).await;

        let acme = user_in_new_tenant(&mut app, &operator).await;
        as_user(&mut app, &acme, async |app| {
            let own = send(app, "GET", "/auth/user", json!({})).await.1["user"]["id"].as_str().unwrap().to_owned();
            let path = format!("{USERS}/{own}");
            let (status, reply) = send(app, "POST", &path, json!({"user": {"global_permissions": []}})).await;
            assert_eq!((status, reply["message"].as_str().unwrap().contains("last administrator")), (422, true), "{reply}");
            assert_eq!(send(app, "DELETE", &path, json!({})).await.0, 422);
            let second = json!({"user": {"username": "second", "email": "s@x", "global_permissions": ["role-cm-tenant-admin"]}});
            assert_eq!(send(app, "PUT", USERS, second).await.0, 200);
            assert_eq!(send(app, "POST", &path, json!({"user": {"global_permissions": []}})).await.0, 200);
        })
        .await;
    }
}

async fn user_in_new_tenant(app: &mut TestApp, operator: &str) -> String {
    as_user(app, operator, async |app| app.ok("PUT", "/api/_private/tenants/acme", json!({"tenant": {}})).await).await;
    user_in(&app.env, Some("acme"), "first", &["tenant-admin"], &[]).await
}

/// Sends to the tenant `acme`.
async fn send(app: &TestApp, method: &str, path: &str, body: Value) -> (u16, Value) {
    let reply = app.send(method, &format!("/org/acme/reinfer_{path}"), body).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn a_tenants_own_roles_grant_what_they_say_and_no_longer() {
    for (engine, mut app) in apps().await {
        projects(&app, &["acme"]).await;
        let token = user(&app.env, "ann", &["role-auditor"], &[("acme", "role-uploader")]).await;
        let sync = "/api/v1/sources/acme/desk/sync";
        app.ok("PUT", "/api/v1/sources/acme/desk", json!({"source": {}})).await;
        let allowed = async |app: &mut TestApp| {
            as_user(app, &token, async |app| app.send("POST", sync, json!({"comments": []})).await.status).await
        };
        assert_eq!(allowed(&mut app).await, 403, "{engine}: a name that means nothing");
        set_role(&app, "role-uploader", false, &["sources-add-comments", "sources-read"]).await.unwrap();
        assert_eq!(allowed(&mut app).await, 200);
        let body = json!({"global_permissions": [], "organisation_permissions": ["role-uploader"]});
        let derived = app.ok("POST", "/api/_private/permissions/derived", body).await;
        assert_eq!(derived["organisation_permissions"], json!(["role-uploader", "sources-add-comments", "sources-read"]));
        let body = json!({"organisation_permissions": ["sources-read", "role-uploader", "voc", "voc-readonly"]});
        let reduced = app.ok("POST", "/api/_private/permissions/reduced", body).await;
        assert_eq!(reduced["permissions"], json!(["role-uploader", "voc"]));
        let body =
            json!({"global_permissions": ["tenant-admin", "audit-read"], "organisation_permissions": ["voc", "brand-new"]});
        let reduced = app.ok("POST", "/api/_private/permissions/reduced", body).await;
        assert_eq!(reduced["permissions"], json!(["tenant-admin", "brand-new"]));
        set_role(&app, "role-uploader", false, &["sources-read"]).await.unwrap();
        assert_eq!(allowed(&mut app).await, 403, "from the next request on");
        for (name, is_global, permission) in [
            ("role-cm-mine", false, "voc"),
            ("uploader", false, "voc"),
            ("role-x", false, "audit-read"),
            ("role-x", true, "voc"),
            ("role-x", false, "role-uploader"),
            ("role-uploader", true, "audit-read"),
        ] {
            assert!(set_role(&app, name, is_global, &[permission]).await.is_err(), "{name} {permission}");
        }
    }
}

async fn set_role(app: &TestApp, name: &str, is_global: bool, permissions: &[&str]) -> adit_kernel::Result<()> {
    use adit_tenancy::{roles, tenants};
    let mut tx = app.env.begin().await?;
    let tenant = tenants::named_or_default(&mut tx, None).await?.id;
    let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
    roles::set(&mut tx, tenant, &roles::RoleRow { name: name.into(), is_global, permissions }, app.env.now()).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_support_user_enters_with_its_own_token_and_the_rights_given_here() {
    for (engine, mut app) in apps().await {
        let operator = user(&app.env, "operator", &["root"], &[]).await;
        let acme = user_in_new_tenant(&mut app, &operator).await;
        let helper = user(&app.env, "helper", &["tenant-admin"], &[("DefaultProject", "role-cm-project-admin")]).await;
        let body = json!({"email": "helper@example.com", "user_tenant": "default"});
        let add = "/api/_private/users/support-tenants/add";
        assert_eq!(as_user(&mut app, &helper, async |app| send(app, "GET", "/auth/user", json!({})).await.0).await, 401);
        assert_eq!(as_user(&mut app, &acme, async |app| send(app, "POST", add, body.clone()).await.0).await, 403, "{engine}");
        let door = user_in(&app.env, Some("acme"), "door", &["support-users-write"], &[]).await;
        as_user(&mut app, &door, async |app| {
            for _ in 0..2 {
                assert_eq!(send(app, "POST", add, body.clone()).await.0, 200);
            }
            let nobody = json!({"email": "nobody@example.com", "user_tenant": "default"});
            assert_eq!(send(app, "POST", add, nobody).await.0, 422);
            let own = json!({"email": "door@example.com", "user_tenant": "acme"});
            assert_eq!(send(app, "POST", add, own).await.0, 422);
            assert_eq!(send(app, "POST", add, json!({"email": "x@x", "user_tenant": "none"})).await.0, 404);
        })
        .await;
        let id = as_user(&mut app, &helper, async |app| {
            let (status, me) = send(app, "GET", "/auth/user", json!({})).await;
            assert_eq!((status, &me["user"]["is_support_user"]), (200, &json!(true)));
            assert_eq!(me["user"]["global_permissions"], json!([]), "an administrator at home is none here");
            assert_eq!(me["user"]["organisation_permissions"], json!({}), "rights in a project of the same name are not these");
            assert_eq!(send(app, "PUT", "/api/v1/sources/DefaultProject/x", json!({"source": {}})).await.0, 403);
            me["user"]["id"].as_str().unwrap().to_owned()
        })
        .await;
        as_user(&mut app, &acme, async |app| {
            let held = json!({"user": {"organisation_permissions": {"DefaultProject": ["sources-admin"]}}});
            assert_eq!(send(app, "POST", &format!("{USERS}/{id}"), held).await.0, 200);
        })
        .await;
        as_user(&mut app, &helper, async |app| {
            assert_eq!(send(app, "PUT", "/api/v1/sources/DefaultProject/x", json!({"source": {}})).await.0, 200);
            let home = app.ok("GET", "/auth/user", json!({})).await;
            assert_eq!(home["user"]["organisation_permissions"], json!({"DefaultProject": ["role-cm-project-admin"]}));
        })
        .await;
        as_user(&mut app, &door, async |app| {
            let remove = "/api/_private/users/support-tenants/remove";
            for _ in 0..2 {
                assert_eq!(send(app, "POST", remove, body.clone()).await.0, 200);
            }
        })
        .await;
        assert_eq!(as_user(&mut app, &helper, async |app| send(app, "GET", "/auth/user", json!({})).await.0).await, 401);
    }
}
