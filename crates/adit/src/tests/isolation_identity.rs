//! Two tenants with the same people and applications: no route beside the contract reads, changes or reveals the other's.
//!
//! Every route of identity is called with the other tenant's ids, names and secrets, and with one's own credentials at the
//! other's address. A route that this test does not know fails it: teach `body` what to send.

use std::collections::BTreeMap;

use adit_identity::IdentitySite;
use adit_tenancy::tenants::{self, TenantRow};
use adit_tenancy::{mail, users};
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, settings, user_in};

/// Stands in every name of the other tenant and nowhere else.
const MARK: &str = "betamax";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const ORIGIN: [(&str, &str); 2] = [("host", "adit.test"), ("origin", "https://adit.test")];

/// What somebody of one tenant holds.
struct Person {
    /// Before the path: names the tenant.
    prefix: &'static str,
    password: String,
    /// An administrator's API token.
    token: String,
    cookie: String,
    csrf: String,
    session: String,
    /// A one-time link's token for another user of the tenant.
    link: String,
    client: String,
    secret: String,
    access_token: String,
    /// The secret of a second factor that was begun.
    factor: String,
}

impl Person {
    /// What no answer to the other tenant may hold.
    fn secrets(&self) -> [&str; 9] {
        [
            &self.password,
            &self.token,
            &self.cookie,
            &self.csrf,
            &self.session,
            &self.link,
            &self.client,
            &self.secret,
            &self.factor,
        ]
    }
}

async fn send(app: &TestApp, who: Option<&Person>, method: &str, path: &str, body: Value) -> (u16, Value, String) {
    let mut headers = ORIGIN.to_vec();
    if let Some(person) = who {
        headers.extend([("cookie", person.cookie.as_str()), ("x-csrf-token", person.csrf.as_str())]);
    }
    let form = body.as_str().map(str::to_owned);
    if form.is_some() {
        headers.push(FORM);
    }
    let bytes = form.unwrap_or_else(|| body.to_string()).into_bytes();
    let reply = app.send_raw(method, path, &headers, bytes).await;
    let cookie = reply.headers.get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    (reply.status, if reply.body.is_null() { json!(String::from_utf8_lossy(&reply.bytes)) } else { reply.body }, cookie)
}

async fn ok(app: &TestApp, who: Option<&Person>, method: &str, path: &str, body: Value) -> (Value, String) {
    let (status, body, cookie) = send(app, who, method, path, body).await;
    assert_eq!(status, 200, "{method} {path}: {body}");
    (body, cookie)
}

/// Fills a tenant with an administrator who signed in, another user with a link, and an application with a role.
async fn fill(app: &TestApp, tenant: Option<&str>, prefix: &'static str, mark: &str) -> Person {
    let token = user_in(&app.env, tenant, "boss", &["tenant-admin"], &[]).await;
    user_in(&app.env, tenant, "ann", &[], &[]).await;
    user_in(&app.env, tenant, &format!("user-{mark}"), &[], &[]).await;
    let password = format!("a long password of {mark}");
    let mut links = Vec::new();
    for name in ["boss", "ann"] {
        let mut tx = app.env.begin().await.unwrap();
        let tenant = tenants::named_or_default(&mut tx, tenant).await.unwrap().id;
        let id = users::by_username(&mut tx, tenant, name).await.unwrap().unwrap().id;
        links.push(adit_identity::issue_link(&mut tx, &app.env, id, 86_400).await.unwrap());
        tx.commit().await.unwrap();
    }
    let at = |path: &str| format!("{prefix}/identity_/{path}");
    ok(app, None, "POST", &at("api/password/set"), json!({"token": links[0], "password": password})).await;
    let sign_in = json!({"username": "boss", "password": password});
    let (said, cookie) = ok(app, None, "POST", &at("api/sign-in"), sign_in).await;
    let mut person = Person {
        prefix,
        password,
        token,
        cookie,
        csrf: said["csrf_token"].as_str().unwrap().to_owned(),
        session: String::new(),
        link: links.pop().unwrap(),
        client: String::new(),
        secret: String::new(),
        access_token: String::new(),
        factor: String::new(),
    };
    person.session =
        ok(app, Some(&person), "GET", &at("api/session"), json!({})).await.0["session_id"].as_str().unwrap().to_owned();
    let robot = json!({"name": format!("Robot {mark}"), "scopes": ["Ixp.ApiAccess", "PM.User"]});
    let made = ok(app, Some(&person), "POST", &at("api/applications"), robot).await.0;
    person.client = made["client_id"].as_str().unwrap().to_owned();
    person.secret = made["client_secret"].as_str().unwrap().to_owned();
    let mut tx = app.env.begin().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, tenant).await.unwrap().id;
    let robot = users::by_username(&mut tx, tenant, &format!("Robot {mark}")).await.unwrap().unwrap().id;
    users::grant(&mut tx, tenant, robot, tenants::DEFAULT_PROJECT, &["role-cm-viewer"]).await.unwrap();
    tx.commit().await.unwrap();
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", person.client, person.secret);
    person.access_token =
        ok(app, None, "POST", &at("connect/token"), json!(form)).await.0["access_token"].as_str().unwrap().to_owned();
    let begun = json!({"password": person.password});
    person.factor =
        ok(app, Some(&person), "POST", &at("api/second-factor"), begun).await.0["secret"].as_str().unwrap().to_owned();
    person
}

/// A body that names things of `theirs`, sent by `own`.
fn body(route: &str, own: &Person, theirs: &Person) -> Value {
    match route {
        "oauth/token" => {
            json!(format!("grant_type=client_credentials&client_id={}&client_secret={}", theirs.client, own.secret))
        }
        "identity/sign_in" => json!({"username": "boss", "password": theirs.password}),
        "identity/change_password" => {
            json!({"current_password": theirs.password, "new_password": "something else entirely"})
        }
        "identity/forgot_password" => json!({"username": format!("user-{MARK}")}),
        "identity/set_password" => json!({"token": theirs.link, "password": "something else entirely"}),
        "identity/begin_second_factor" => json!({"password": theirs.password}),
        "identity/confirm_second_factor" => json!({"code": "000000"}),
        "identity/remove_second_factor" => json!({"password": theirs.password, "code": "000000"}),
        "identity/register_application" => json!({"name": "More", "scopes": ["PM.User"]}),
        "identity/rotate_application" => json!({"grace_seconds": 0}),
        "identity/regenerate_token" | "identity/sign_out" => json!({}),
        other => panic!("teach this test what to send to the route `{other}`"),
    }
}

/// Everything a person can see of itself and its tenant.
async fn view(app: &TestApp, person: &Person) -> BTreeMap<&'static str, Value> {
    let mut seen = BTreeMap::new();
    for path in ["api/session", "api/sessions", "api/token", "api/applications", "api/principals"] {
        let mut said = ok(app, Some(person), "GET", &format!("{}/identity_/{path}", person.prefix), json!({})).await.0;
        // That a session is in use is no change.
        for session in said["sessions"].as_array_mut().into_iter().flatten() {
            session["seen_at"] = Value::Null;
        }
        seen.insert(path, said);
    }
    let path = format!("{}/reinfer_/api/v1/audit_events/query", person.prefix);
    let mut log = ok(app, Some(person), "POST", &path, json!({"limit": 1024})).await.0;
    // That somebody tried an application's id with a wrong secret belongs into the log of the application's tenant, and
    // that a stranger was refused into that of the tenant that was asked; it must not say who the stranger is elsewhere.
    let stranger = json!(adit_tenancy::audit::STRANGER);
    let is_change = |event: &Value| {
        let is_refused = event["event_type"] == "access_refused" && event["actor_user_id"] == stranger;
        event["event_type"] != "access_token_refused" && !is_refused
    };
    log["audit_events"].as_array_mut().unwrap().retain(is_change);
    log["users"].as_array_mut().unwrap().retain(|user| user["id"] != stranger);
    seen.insert("audit", log);
    seen
}

#[tokio::test]
async fn no_route_of_identity_reads_changes_or_reveals_another_tenant() {
    let site = IdentitySite::new(std::sync::Arc::new(settings(&Default::default(), None)));
    for (engine, app) in apps().await {
        let own = fill(&app, None, "/o/default", "alphaville").await;
        let mut tx = app.env.begin().await.unwrap();
        let row = TenantRow::new(app.env.random.id(), "beta", app.env.now());
        tenants::create(&mut tx, &row, app.env.random.as_ref(), app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        let theirs = fill(&app, Some("beta"), "/o/beta", MARK).await;
        let before = view(&app, &theirs).await;
        assert!(before.values().any(|seen| seen.to_string().contains(MARK)), "{engine}: there is nothing to reveal");

        // What ends the own session comes last.
        let mut routes: Vec<_> = site.routes().collect();
        routes.sort_by_key(|(name, ..)| ["identity/set_password", "identity/sign_out"].contains(name));
        for (name, method, template) in routes {
            let path = template.replace("{client_id}", &theirs.client).replace("{session_id}", &theirs.session);
            let is_write = method != "GET" && method != "DELETE";
            let sent = if is_write { body(name, &own, &theirs) } else { json!({}) };
            let search = if name == "identity/list_principals" { format!("?search={MARK}") } else { String::new() };
            // Own credentials at the own address, with things of the other tenant.
            let at = format!("{}/identity_/{path}{search}", own.prefix);
            let (status, said, _) = send(&app, Some(&own), method.as_str(), &at, sent.clone()).await;
            let what = format!("{engine}: {method} {at} ({name}) answered {status} {said}");
            assert!(status < 500, "{what}");
            let said = said.to_string();
            for secret in theirs.secrets() {
                let is_echo = at.contains(secret) || sent.to_string().contains(secret);
                assert!(is_echo || !said.contains(secret), "{what} reveals {secret}");
            }
            assert!(sent.to_string().contains(MARK) || !said.contains(MARK), "{what}");
            if template.contains('{') {
                assert_eq!(status, 404, "{what}");
            }
            if sent.to_string().contains(&theirs.password) || sent.to_string().contains(&theirs.link) || name == "oauth/token" {
                assert!((400..500).contains(&status), "{what}");
            }
            // Own credentials at the other's address are nobody's; where none are needed, they say nothing more.
            let there = format!("{}/identity_/{path}{search}", theirs.prefix);
            let is_open = ["oauth/", "identity/oidc_", "identity/set_password", "identity/sign_in", "identity/forgot_password"]
                .iter()
                .any(|open| name.starts_with(open));
            if !is_open {
                let (status, said, _) = send(&app, Some(&own), method.as_str(), &there, sent.clone()).await;
                assert_eq!(status, 401, "{engine}: {method} {there} ({name}): {said}");
                for token in [&own.token, &own.access_token] {
                    let bearer = format!("Bearer {token}");
                    let headers = [("authorization", bearer.as_str())];
                    let reply = app.send_raw(method.as_str(), &there, &headers, sent.to_string().into_bytes()).await;
                    assert_eq!(reply.status, 401, "{engine}: {method} {there} ({name}) with a token: {}", reply.body);
                }
            }
        }
        app.run_jobs().await;
        let mut tx = app.env.read().await.unwrap();
        let mails = mail::waiting(&mut tx, &app.env).await.unwrap();
        assert!(mails.iter().all(|mail| !mail.letter.recipient.contains(MARK)), "{engine}: a mail reached the other tenant");
        drop(tx);
        let after = view(&app, &theirs).await;
        for (path, seen) in &before {
            assert_eq!(&after[path], seen, "{engine}: {path} of the other tenant changed");
        }
        // What the other tenant held still opens what it opened.
        let at = |path: &str| format!("{}/{path}", theirs.prefix);
        for token in [&theirs.token, &theirs.access_token] {
            let bearer = format!("Bearer {token}");
            let reply = app.send_raw("GET", &at("reinfer_/auth/user"), &[("authorization", &bearer)], vec![]).await;
            assert_eq!(reply.status, 200, "{engine}: {}", reply.body);
            let reply = app.send_raw("GET", "/o/default/reinfer_/auth/user", &[("authorization", &bearer)], vec![]).await;
            assert_eq!(reply.status, 401, "{engine}: {}", reply.body);
        }
        let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", theirs.client, theirs.secret);
        ok(&app, None, "POST", &at("identity_/connect/token"), json!(form)).await;
        let set = json!({"token": theirs.link, "password": "something else entirely"});
        ok(&app, None, "POST", &at("identity_/api/password/set"), set).await;
        ok(&app, None, "POST", &at("identity_/api/sign-in"), json!({"username": "boss", "password": theirs.password})).await;
    }
}
