//! Where somebody signs in: by the domain of an address, without saying who exists.

use adit_identity::SingleSignOn;
use adit_tenancy::mail::Outlet;
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, apps_with, user};

const PATH: &str = "/api/_private/deployment/login-location";

async fn ask(app: &TestApp, path: &str, body: Value) -> (u16, Value) {
    let reply = app.send_raw("POST", path, &[], body.to_string().into_bytes()).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn a_login_url_is_that_of_the_tenant_that_has_the_addresss_domain() {
    let outlet = || Outlet { post: None, link_base: Some("https://adit.test".into()) };
    let services = |env: adit_store::Env| env.with_service(outlet()).with_service(SingleSignOn(Some("globex".into())));
    for (engine, mut app) in apps_with(services).await {
        app.token = user(&app.env, "root", &["root"], &[]).await;
        for (tenant, domain) in [("globex", "globex.example"), ("initech", "initech.example")] {
            app.ok("PUT", &format!("/api/_private/tenants/{tenant}"), json!({"tenant": {}})).await;
            app.ok("POST", &format!("/api/_private/tenants/{tenant}/domains"), json!({"domains": [domain]})).await;
        }
        let check = async |path: &str, email: &str, expected: &str| {
            let (status, body) = ask(&app, path, json!({"email": email})).await;
            assert_eq!((status, body["login_url"].as_str()), (200, Some(expected)), "{engine}: {email} {body}");
        };
        check(PATH, "ann@initech.example", "https://adit.test/adit/initech/").await;
        check(PATH, "ann@GLOBEX.example", "https://adit.test/adit/globex/identity_/oidc/start").await;
        check(PATH, "ann@elsewhere.example", "https://adit.test/").await;
        let below = format!("/adit/initech/reinfer_{PATH}");
        check(&below, "ann@elsewhere.example", "https://adit.test/adit/initech/").await;
        check(&below, "ann@sub.globex.example", "https://adit.test/adit/initech/").await;
        for bad in [json!({"email": "ann"}), json!({"email": "@globex.example"}), json!({"email": "ann@"}), json!({})] {
            let (status, body) = ask(&app, PATH, bad).await;
            assert!(status == 400 && body["message"].as_str().unwrap().contains("email"), "{engine}: {body}");
        }
        // A disabled tenant is led to by nothing, and answers nobody.
        app.ok("POST", "/api/_private/tenants/initech/state", json!({"enabled": false})).await;
        check(PATH, "ann@initech.example", "https://adit.test/").await;
        assert_eq!(ask(&app, &below, json!({"email": "ann@initech.example"})).await.0, 403, "{engine}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_its_address_says_so() {
    for (_, app) in apps().await {
        let (status, body) = ask(&app, PATH, json!({"email": "ann@acme.example"})).await;
        assert!(status == 503 && body["message"].as_str().unwrap().contains("--public-url"), "{body}");
    }
}
