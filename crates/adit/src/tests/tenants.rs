//! Tenants: their settings, how they are addressed, and what keeps a request out.

use std::net::SocketAddr;

use adit_testing::{Reply, TestApp};
use serde_json::{Value, json};

use super::setting::{apps, user, user_in};

const TENANTS: &str = "/api/_private/tenants";
const INSTANCES: &str = "/api/tenantserviceinstances";
const UUID: &str = "018f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b";
const ORGANIZATION: &str = "0a8f3c1e-7d5a-7c3e-9b1a-2f4e6d8c0a1b";

/// Asks with a token under a host name.
async fn at(app: &TestApp, token: &str, host: &str, path: &str) -> Reply {
    let token = format!("Bearer {token}");
    app.send_raw("GET", path, &[("authorization", &token), ("host", host)], vec![]).await
}

fn from(app: &mut TestApp, peer: &str) {
    app.peer = peer.parse::<SocketAddr>().unwrap();
}

#[tokio::test]
async fn a_tenant_is_reached_by_host_and_by_path_with_its_own_tokens_only() {
    for (engine, app) in apps().await {
        let context = json!({"account_id": ORGANIZATION, "tenant_id": UUID, "environment_name": "prod"});
        let root = user(&app.env, "root", &["root"], &[]).await;
        let token = format!("Bearer {root}");
        let body = json!({"tenant": {"title": "Acme", "uipath_context": context}}).to_string();
        let made = app.send_raw("PUT", &format!("{TENANTS}/acme"), &[("authorization", &token)], body.into()).await;
        assert_eq!(made.status, 200, "{engine}: {}", made.body);
        assert_eq!(made.body["tenant"]["uipath_context"]["tenant_id"], UUID);
        let id = made.body["tenant"]["tenant_id"].as_str().unwrap().to_owned();
        let own = user_in(&app.env, Some("acme"), "ann", &[], &[]).await;

        for (host, path) in [
            ("acme.adit.test", "/auth/user".to_owned()),
            ("ACME.adit.test:8443", "/auth/user".to_owned()),
            ("any.host", "/org/acme/reinfer_/auth/user".to_owned()),
            ("any.host", format!("/org/{id}/reinfer_/auth/user")),
            ("any.host", format!("/{ORGANIZATION}/{UUID}/reinfer_/auth/user")),
            ("any.host", format!("/{}/acme/reinfer_//auth/user", ORGANIZATION.to_uppercase())),
        ] {
            let reply = at(&app, &own, host, &path).await;
            assert_eq!((reply.status, &reply.body["user"]["username"]), (200, &json!("ann")), "{host} {path}");
            // A token of another tenant names nobody here, not even the deployment's administrator's.
            assert_eq!(at(&app, &root, host, &path).await.status, 401, "{host} {path}");
        }
        // And the other way round.
        for (host, path) in [("adit.test", "/auth/user"), ("localhost", "/auth/user"), ("x", "/o/default/reinfer_/auth/user")] {
            assert_eq!(at(&app, &own, host, path).await.status, 401, "{host} {path}");
            assert_eq!(at(&app, &root, host, path).await.status, 200, "{host} {path}");
        }
        for (host, path) in [
            ("nobody.adit.test", "/auth/user".to_owned()),
            ("a.acme.adit.test", "/auth/user".to_owned()),
            ("x", "/org/nobody/reinfer_/auth/user".to_owned()),
            ("x", format!("/{UUID}/acme/reinfer_/auth/user")),
            ("x", "/org/018f3c1e-0000-7c3e-9b1a-2f4e6d8c0a1b/reinfer_/auth/user".to_owned()),
        ] {
            let reply = at(&app, &own, host, &path).await;
            assert_eq!(reply.status, 404, "{host} {path}");
            assert!(reply.body["message"].as_str().unwrap().starts_with("No such tenant"), "{}", reply.body);
        }
        let subdomain = at(&app, &own, "acme.adit.test", "/api/_private/deployment/subdomain").await;
        assert_eq!(subdomain.body["subdomain"], "acme");
        assert_eq!(at(&app, &root, "localhost", "/api/_private/deployment/subdomain").await.body["subdomain"], Value::Null);
    }
}

#[tokio::test]
async fn quirk_while_the_default_tenant_is_alone_every_name_leads_to_it() {
    for (_, app) in apps().await {
        let mine = app.token.clone();
        let path = "/anybody/production/reinfer_/auth/user";
        assert_eq!(at(&app, &mine, "x", path).await.status, 200);
        assert_eq!(at(&app, "not-a-token", "x", path).await.status, 401);
        let root = user(&app.env, "root", &["root"], &[]).await;
        let header = format!("Bearer {root}");
        let body = json!({"tenant": {"title": "Second"}}).to_string().into_bytes();
        let made = app.send_raw("PUT", &format!("{TENANTS}/second"), &[("authorization", &header)], body).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(at(&app, &mine, "x", path).await.status, 404);
        assert_eq!(at(&app, &mine, "x", "/anybody/default/reinfer_/auth/user").await.status, 200);
    }
}

#[tokio::test]
async fn a_tenants_settings_are_changed_by_the_deployment_and_read_by_its_own_administrator() {
    for (engine, mut app) in apps().await {
        let admin = app.token.clone();
        app.token = user(&app.env, "root", &["root"], &[]).await;
        app.ok("PUT", &format!("{TENANTS}/acme"), json!({"tenant": {"title": "Acme"}})).await;
        assert_eq!(app.err("PUT", &format!("{TENANTS}/acme"), json!({"tenant": {}})).await.0, 409, "{engine}");
        for bad in ["Acme", "a.b", "-a", "deadbeefdeadbeef"] {
            assert_eq!(app.err("PUT", &format!("{TENANTS}/{bad}"), json!({"tenant": {}})).await.0, 400, "{bad}");
        }
        let update = json!({"tenant": {"description": "Bank", "uipath_support_id": "S-1"}});
        let changed = app.ok("POST", &format!("{TENANTS}/acme"), update).await;
        assert_eq!((&changed["tenant"]["title"], &changed["tenant"]["uipath_support_id"]), (&json!("Acme"), &json!("S-1")));
        let cleared = app.ok("POST", &format!("{TENANTS}/acme"), json!({"tenant": {"uipath_support_id": null}})).await;
        assert_eq!((&cleared["tenant"]["description"], &cleared["tenant"]["uipath_support_id"]), (&json!("Bank"), &Value::Null));
        let names: Vec<Value> = app.ok("GET", TENANTS, json!({})).await["tenants"].as_array().unwrap().clone();
        assert_eq!(names.iter().map(|t| t["name"].as_str().unwrap()).collect::<Vec<_>>(), ["acme", "default"]);

        let settings = [
            ("client_subnets", json!(["10.0.0.0/8", "192.0.2.7"]), json!(["10.0.0.0/8", "192.0.2.7/32"])),
            ("default_project_permissions", json!(["voc-readonly", "brand-new"]), json!(["voc-readonly", "brand-new"])),
            ("domains", json!(["Acme.Example", "acme.example"]), json!(["acme.example"])),
            ("entity_def_ids", json!(["00000000000000aa"]), json!(["00000000000000aa"])),
        ];
        for (setting, sent, kept) in settings {
            let path = format!("{TENANTS}/acme/{setting}");
            let reply = app.ok("POST", &path, json!({setting: sent})).await;
            assert_eq!(reply[setting], kept, "{setting}");
            assert_eq!(app.ok("GET", &path, json!({})).await[setting], kept, "{setting}");
            let root = std::mem::replace(&mut app.token, admin.clone());
            assert_eq!(app.err("GET", &path, json!({})).await.0, 403, "another tenant's {setting}");
            assert_eq!(app.err("POST", &path, json!({setting: sent})).await.0, 403);
            app.ok("GET", &format!("{TENANTS}/default/{setting}"), json!({})).await;
            assert_eq!(app.err("POST", &format!("{TENANTS}/default/{setting}"), json!({setting: []})).await.0, 403);
            app.token = root;
        }
        let reset = app.ok("DELETE", &format!("{TENANTS}/acme/default_project_permissions"), json!({})).await;
        assert_eq!(reset["default_project_permissions"], json!(["role-cm-viewer"]));
        let taken = json!({"domains": ["acme.example"]});
        assert_eq!(app.err("POST", &format!("{TENANTS}/default/domains"), taken).await.0, 409);
        for (setting, bad) in [("client_subnets", "300.0.0.0/8"), ("domains", "no dots"), ("entity_def_ids", "xyz")] {
            assert_eq!(app.err("POST", &format!("{TENANTS}/acme/{setting}"), json!({setting: [bad]})).await.0, 422, "{setting}");
        }
        let (status, message) = app.err("GET", &format!("{TENANTS}/nobody"), json!({})).await;
        assert_eq!((status, message.contains("nobody")), (404, true));

        app.token = admin;
        for (method, path, body) in [
            ("GET", TENANTS.to_owned(), json!({})),
            ("PUT", format!("{TENANTS}/mine"), json!({"tenant": {}})),
            ("DELETE", format!("{TENANTS}/acme"), json!({})),
            ("POST", format!("{TENANTS}/default/state"), json!({"enabled": false})),
            ("GET", format!("{TENANTS}/nobody"), json!({})),
        ] {
            assert_eq!(app.err(method, &path, body).await.0, 403, "{method} {path}");
        }
        assert_eq!(app.ok("GET", &format!("{TENANTS}/default"), json!({})).await["tenant"]["flags"], json!(["default"]));
    }
}

#[tokio::test]
async fn a_disabled_tenant_refuses_everybody_until_it_is_enabled() {
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["support-tenant-admin"], &[]).await;
        app.ok("PUT", &format!("{TENANTS}/acme"), json!({"tenant": {}})).await;
        let own = user_in(&app.env, Some("acme"), "ann", &["tenant-admin"], &[]).await;
        assert_eq!(at(&app, &own, "acme.adit.test", "/api/v1/projects").await.status, 200);
        app.ok("POST", &format!("{TENANTS}/acme/state"), json!({"enabled": false})).await;
        let refused = at(&app, &own, "acme.adit.test", "/api/v1/projects").await;
        assert_eq!((refused.status, &refused.body["message"]), (403, &json!("The tenant `acme` is disabled.")), "{engine}");
        assert_eq!(at(&app, "wrong", "acme.adit.test", "/api/v1/projects").await.status, 401);
        assert_eq!(app.ok("GET", &format!("{TENANTS}/acme"), json!({})).await["tenant"]["flags"], json!(["disabled"]));
        for (method, path, body) in [
            ("POST", format!("{TENANTS}/default/state"), json!({"enabled": false})),
            ("DELETE", format!("{TENANTS}/default"), json!({})),
        ] {
            assert_eq!(app.err(method, &path, body).await.0, 422, "nobody can lock themselves out");
        }
        app.ok("POST", &format!("{TENANTS}/acme/state"), json!({"enabled": true})).await;
        assert_eq!(at(&app, &own, "acme.adit.test", "/api/v1/projects").await.status, 200);
        app.ok("DELETE", &format!("{TENANTS}/acme"), json!({})).await;
        // The default tenant is alone again, and the token is nobody's there.
        assert_eq!(at(&app, &own, "acme.adit.test", "/api/v1/projects").await.status, 401);
        assert_eq!(app.err("DELETE", &format!("{TENANTS}/acme"), json!({})).await.0, 404);
    }
}

#[tokio::test]
async fn a_tenant_is_used_only_from_its_networks() {
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let path = format!("{TENANTS}/default/client_subnets");
        let (status, message) = app.err("POST", &path, json!({"client_subnets": ["203.0.113.0/24"]})).await;
        assert_eq!((status, message.contains("lock yourself out")), (422, true), "{engine}: {message}");
        app.ok("POST", &path, json!({"client_subnets": ["203.0.113.0/24", "127.0.0.0/8"]})).await;
        app.ok("GET", "/auth/user", json!({})).await;
        from(&mut app, "198.51.100.4:99");
        let (status, message) = app.err("GET", "/auth/user", json!({})).await;
        assert_eq!((status, message.contains("198.51.100.4")), (403, true), "{message}");
        let token = format!("Bearer {}", app.token);
        let forwarded = [("authorization", token.as_str()), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(app.send_raw("GET", "/auth/user", &forwarded, vec![]).await.status, 403, "anybody can write that header");
        app.peer = SocketAddr::new(adit_testing::TRUSTED_PROXY, 80);
        assert_eq!(app.send_raw("GET", "/auth/user", &forwarded, vec![]).await.status, 200);
        let invented = [("authorization", token.as_str()), ("x-forwarded-for", "203.0.113.9, 198.51.100.4")];
        assert_eq!(app.send_raw("GET", "/auth/user", &invented, vec![]).await.status, 403, "the client wrote the left part");
        from(&mut app, "203.0.113.77:99");
        app.ok("POST", &path, json!({"client_subnets": []})).await;
        from(&mut app, "198.51.100.4:99");
        app.ok("GET", "/auth/user", json!({})).await;
    }
}

#[tokio::test]
async fn quirk_provisioning_replies_carry_the_tenants_state_as_status() {
    for (engine, mut app) in apps().await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        let create = json!({"callbackUrl": null, "tenantId": UUID.to_uppercase(), "organizationId": ORGANIZATION,
            "serviceType": "reinfer", "properties": {"TenantDisplayName": "Acme Ltd"}});
        let made = app.ok("POST", INSTANCES, create.clone()).await;
        assert_eq!(made, json!({"tenantId": UUID, "serviceType": "reinfer", "status": "Enabled"}), "{engine}");
        assert_eq!(app.ok("POST", INSTANCES, create.clone()).await, made, "asked twice, made once");
        let mut other = create;
        other["organizationId"] = json!(UUID);
        assert_eq!(app.err("POST", INSTANCES, other).await.0, 409);
        assert_eq!(app.ok("GET", &format!("{TENANTS}/acme-ltd"), json!({})).await["tenant"]["title"], "Acme Ltd");

        let one = format!("{INSTANCES}/reinfer/{UUID}");
        let change = |status: Value| json!({"callbackUrl": null, "status": status, "organizationId": ORGANIZATION, "properties": {"TenantName": null}});
        assert_eq!(app.ok("PATCH", &one, change(json!("Disabling"))).await["status"], "Disabled");
        assert_eq!(app.ok("PATCH", &one, change(Value::Null)).await["status"], "Disabled");
        assert_eq!(app.ok("PATCH", &one, change(json!("Enabled"))).await["status"], "Enabled");
        assert_eq!(app.err("PATCH", &one, change(json!("Deleted"))).await.0, 422);
        let renamed = json!({"callbackUrl": null, "organizationId": ORGANIZATION, "properties": {"TenantName": "Default"}});
        app.ok("PATCH", &one, renamed).await;
        let names = app.ok("GET", TENANTS, json!({})).await;
        assert_eq!(names["tenants"][1]["name"], "default-018f3c1e", "a taken name gets an end of its own: {names}");
        let foreign = json!({"callbackUrl": "", "organizationId": UUID, "isHardDelete": true});
        assert_eq!(app.err("DELETE", &one, foreign).await.0, 404, "another organization");

        let soft = json!({"callbackUrl": "", "organizationId": ORGANIZATION, "isHardDelete": false});
        let gone = app.ok("DELETE", &one, soft.clone()).await;
        assert_eq!((&gone["status"], &gone["isHardDelete"]), (&json!("Deleted"), &json!(false)));
        assert_eq!(app.ok("DELETE", &one, soft).await["status"], "Deleted", "and again");
        assert_eq!(app.err("GET", &format!("{TENANTS}/{UUID}"), json!({})).await.0, 404);
        assert_eq!(app.err("PATCH", &one, change(json!("Enabled"))).await.0, 409);
        let restore = json!({"callbackUrl": null, "status": "Disabled", "organizationId": ORGANIZATION});
        assert_eq!(app.ok("POST", &format!("{one}/restore"), restore).await["status"], "Disabled");
        let hard = json!({"callbackUrl": "", "organizationId": ORGANIZATION, "isHardDelete": true});
        assert_eq!(app.ok("DELETE", &one, hard.clone()).await["isHardDelete"], true);
        assert_eq!(app.err("DELETE", &one, hard).await.0, 404);
        assert_eq!(
            app.err(
                "POST",
                INSTANCES,
                json!({"callbackUrl": null, "tenantId": "x", "organizationId": ORGANIZATION,
            "serviceType": "reinfer", "properties": {}})
            )
            .await
            .0,
            400
        );
    }
}
