//! What strangers and half-strangers can do to an account: links that nobody ends for others, codes that are not guessed
//! from many addresses, accounts that are managed at home only, applications of tenants that are closed.

use adit_tenancy::mail;
use adit_testing::TestApp;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use super::setting::{apps, user, user_in};
use super::sign_in::{PASSWORD, link, person, post, sign_in, try_sign_in};

async fn set(app: &TestApp, token: &str, password: &str) -> u16 {
    post(app, "/identity_/api/password/set", json!({"token": token, "password": password})).await.status
}

/// The tokens of the links in mails that wait.
async fn mailed(app: &TestApp) -> Vec<String> {
    let mails = mail::waiting(&mut app.env.read().await.unwrap(), &app.env).await.unwrap();
    let token = |mail: &mail::MailRow| Some(mail.letter.body.split_once('#')?.1.lines().next()?.to_owned());
    mails.iter().filter_map(token).collect()
}

#[tokio::test]
async fn who_asks_for_anothers_link_ends_none_and_sends_few_mails() {
    for (engine, app) in apps().await {
        user(&app.env, "ann", &[], &[]).await;
        // The link that an administrator has made goes on working, whoever says to have forgotten the password.
        let first = link(&app, "ann").await;
        for _ in 0..6 {
            assert_eq!(post(&app, "/identity_/api/password/forgot", json!({"username": "ann"})).await.status, 200, "{engine}");
            app.run_jobs().await;
        }
        let tokens = mailed(&app).await;
        assert_eq!(tokens.len(), 2, "{engine}: three links of one user work at a time");
        assert_eq!(set(&app, &first, PASSWORD).await, 200, "{engine}");
        // A password that is set ends all links, also when it was set with none of them.
        for token in &tokens {
            assert_eq!(set(&app, token, PASSWORD).await, 403, "{engine}");
        }
        post(&app, "/identity_/api/password/forgot", json!({"username": "ann"})).await;
        app.run_jobs().await;
        let late = mailed(&app).await.pop().unwrap();
        assert!(!tokens.contains(&late), "{engine}: there is room for a new link again");
        let ann = sign_in(&app, "ann", PASSWORD).await;
        let change = json!({"current_password": PASSWORD, "new_password": "another long password"});
        ann.ok(&app, "POST", "/identity_/api/password", change).await;
        assert_eq!(set(&app, &late, PASSWORD).await, 403, "{engine}");
    }
}

#[tokio::test]
async fn who_knows_the_password_does_not_guess_the_code_from_many_addresses() {
    for (engine, mut app) in apps().await {
        person(&app, "ann", &[]).await;
        let known = try_sign_in(&app, "ann", PASSWORD, None).await;
        let cookies = known.headers.get_all("set-cookie").into_iter().map(|value| value.to_str().unwrap().to_owned());
        let device =
            cookies.filter(|cookie| cookie.starts_with("adit_device=")).map(|c| c.split(';').next().unwrap().to_owned()).next();
        let device = device.unwrap();
        let ann = sign_in(&app, "ann", PASSWORD).await;
        let begun = ann.ok(&app, "POST", "/identity_/api/second-factor", json!({"password": PASSWORD})).await;
        let secret = Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
        let totp = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).build_noncompliant();
        let code = |app: &TestApp| totp.generate(u64::try_from(app.env.now().micros()).unwrap() / 1_000_000).to_string();
        ann.ok(&app, "POST", "/identity_/api/second-factor/confirm", json!({"code": code(&app)})).await;
        app.clock.advance_ms(60_000);
        let mut statuses = Vec::new();
        for n in 0..51 {
            app.peer = format!("198.51.100.{n}:1000").parse().unwrap();
            statuses.push(try_sign_in(&app, "ann", PASSWORD, Some("xxxxxx")).await.status);
        }
        assert_eq!((&statuses[..50], statuses[50]), ([401; 50].as_slice(), 429), "{engine}");
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, Some(&code(&app))).await.status, 429, "{engine}");
        // Whoever does not know the password has no part in this, and the owner's own browser is counted apart.
        assert_eq!(try_sign_in(&app, "ann", "wrong wrong wrong", Some("xxxxxx")).await.status, 401, "{engine}");
        let body = json!({"username": "ann", "password": PASSWORD, "code": code(&app)}).to_string().into_bytes();
        let headers = [("host", "adit.test"), ("origin", "https://adit.test"), ("cookie", device.as_str())];
        let owner = app.send_raw("POST", "/identity_/api/sign-in", &headers, body).await;
        assert_eq!((owner.status, &owner.body["signed_in"]), (200, &json!(true)), "{engine}: {}", owner.body);
        // A success ends the count.
        app.peer = "203.0.113.9:1000".parse().unwrap();
        assert_eq!(try_sign_in(&app, "ann", PASSWORD, Some("xxxxxx")).await.status, 401, "{engine}");
    }
}

/// A tenant beside the default one.
async fn globex(app: &TestApp) -> String {
    let root = user(&app.env, "root", &["root"], &[]).await;
    let header = format!("Bearer {root}");
    let body = json!({"tenant": {"title": "Globex"}}).to_string();
    let made = app.send_raw("PUT", "/api/_private/tenants/globex", &[("authorization", &header)], body.into()).await;
    assert_eq!(made.status, 200, "{}", made.body);
    root
}

async fn as_root(app: &TestApp, root: &str, path: &str, body: Value) -> u16 {
    let header = format!("Bearer {root}");
    app.send_raw("POST", path, &[("authorization", &header)], body.to_string().into()).await.status
}

#[tokio::test]
async fn a_support_user_calls_the_api_of_the_other_tenant_but_keeps_its_account_at_home() {
    for (engine, app) in apps().await {
        globex(&app).await;
        person(&app, "ann", &[]).await;
        let operator = user_in(&app.env, Some("globex"), "operator", &["root"], &[]).await;
        let header = format!("Bearer {operator}");
        let body = json!({"email": "ann@example.com", "user_tenant": "default"}).to_string();
        let path = "/adit/globex/reinfer_/api/_private/users/support-tenants/add";
        assert_eq!(app.send_raw("POST", path, &[("authorization", &header)], body.into()).await.status, 200, "{engine}");
        let ann = sign_in(&app, "ann", PASSWORD).await;
        ann.ok(&app, "GET", "/adit/globex/reinfer_/auth/user", json!({})).await;
        for (method, route, body) in [
            ("GET", "session", json!({})),
            ("GET", "sessions", json!({})),
            ("GET", "token", json!({})),
            ("POST", "token", json!({})),
            ("POST", "password", json!({"current_password": PASSWORD, "new_password": "another long password"})),
            ("POST", "second-factor", json!({"password": PASSWORD})),
            ("POST", "sign-out", json!({})),
        ] {
            let there = ann.send(&app, method, &format!("/adit/globex/identity_/api/{route}"), body).await;
            assert_eq!(there.status, 403, "{engine}: {method} {route}: {}", there.body);
        }
        ann.ok(&app, "GET", "/identity_/api/session", json!({})).await;
    }
}

#[tokio::test]
async fn an_application_is_let_in_by_its_own_tenant_wherever_it_asks() {
    for (engine, mut app) in apps().await {
        let root = globex(&app).await;
        let admin = format!("Bearer {}", user_in(&app.env, Some("globex"), "boss", &["tenant-admin"], &[]).await);
        let body = json!({"name": "Robot", "scopes": ["Ixp.ApiAccess"]}).to_string();
        let path = "/adit/globex/identity_/api/applications";
        let made = app.send_raw("POST", path, &[("authorization", &admin)], body.into()).await.body;
        let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let ask = async |app: &TestApp| {
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            let reply = app.send_raw("POST", "/identity_/connect/token", &headers, form.clone().into_bytes()).await;
            (reply.status, reply.body["error"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(ask(&app).await.0, 200, "{engine}");
        // The default tenant's networks are not the application's business.
        let near = json!({"client_subnets": ["127.0.0.0/8"]});
        assert_eq!(as_root(&app, &root, "/api/_private/tenants/default/client_subnets", near.clone()).await, 200, "{engine}");
        app.peer = "198.51.100.7:1000".parse().unwrap();
        assert_eq!(ask(&app).await.0, 200, "{engine}");
        let keys = app.send_raw("GET", "/identity_/.well-known/openid-configuration/jwks", &[], vec![]).await;
        assert_eq!(keys.status, 200, "{engine}");
        // Those of its own tenant are, and so is whether that is open at all.
        app.peer = "127.0.0.1:1000".parse().unwrap();
        assert_eq!(as_root(&app, &root, "/api/_private/tenants/globex/client_subnets", near).await, 200, "{engine}");
        assert_eq!(ask(&app).await.0, 200, "{engine}");
        app.peer = "198.51.100.7:1000".parse().unwrap();
        assert_eq!(ask(&app).await, (400, "unauthorized_client".to_owned()), "{engine}");
        app.peer = "127.0.0.1:1000".parse().unwrap();
        assert_eq!(as_root(&app, &root, "/api/_private/tenants/globex/state", json!({"enabled": false})).await, 200, "{engine}");
        assert_eq!(ask(&app).await, (400, "unauthorized_client".to_owned()), "{engine}");
    }
}

#[tokio::test]
async fn an_application_gets_no_welcome_and_so_no_link_to_a_password() {
    for (engine, app) in apps().await {
        app.ok("POST", "/identity_/api/applications", json!({"name": "Robot", "scopes": ["PM.User"]})).await;
        let users = app.ok("GET", "/api/_private/users", json!({})).await;
        let robot = users["users"].as_array().unwrap().iter().find(|user| user["username"] == "Robot").unwrap()["id"].clone();
        let path = format!("/api/_private/users/{}/welcome-email", robot.as_str().unwrap());
        assert_eq!(app.err("POST", &path, json!({})).await.0, 422, "{engine}");
        assert!(mailed(&app).await.is_empty(), "{engine}");
    }
}
