//! Every route of identity that changes something leaves an event, and so do refusals of somebody known.

use adit_identity::IdentitySite;
use adit_testing::TestApp;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

use super::setting::{apps, settings, user};
use super::sign_in::{PASSWORD, events, link, person, post, sign_in, try_sign_in};
use super::strangers::told;

/// The event of each route that is no GET; `None` for one that changes nothing yet.
const EVENTS: &[(&str, Option<&str>)] = &[
    ("oauth/token", Some("access_token_issued")),
    ("identity/sign_in", Some("signed_in")),
    ("identity/sign_out", Some("signed_out")),
    ("identity/end_session", Some("session_ended")),
    ("identity/change_password", Some("password_changed")),
    ("identity/set_password", Some("password_set")),
    // Only queues a mail, if there is anybody; the link in it sets a password, which is an event.
    ("identity/forgot_password", None),
    // Is in force when it is confirmed.
    ("identity/begin_second_factor", None),
    ("identity/confirm_second_factor", Some("second_factor_confirmed")),
    ("identity/remove_second_factor", Some("second_factor_removed")),
    ("identity/regenerate_token", Some("token_regenerated")),
    ("identity/revoke_token", Some("token_revoked")),
    ("identity/register_application", Some("application_registered")),
    ("identity/rotate_application", Some("application_secret_rotated")),
    ("identity/delete_application", Some("application_deleted")),
];

/// Calls every route of the table so that it succeeds; returns an application's secret.
async fn call_all(app: &TestApp) -> String {
    person(app, "ann", &[]).await;
    let ann = sign_in(app, "ann", PASSWORD).await;
    let other = sign_in(app, "ann", PASSWORD).await;
    let session = other.ok(app, "GET", "/identity_/api/session", json!({})).await["session_id"].clone();
    ann.ok(app, "DELETE", &format!("/identity_/api/sessions/{}", session.as_str().unwrap()), json!({})).await;
    ann.ok(app, "POST", "/identity_/api/token", json!({})).await;
    ann.ok(app, "DELETE", "/identity_/api/token", json!({})).await;
    let begun = ann.ok(app, "POST", "/identity_/api/second-factor", json!({"password": PASSWORD})).await;
    let secret = Secret::try_from_base32(begun["secret"].as_str().unwrap()).unwrap();
    let device = Builder::new().with_algorithm(Algorithm::SHA1).with_secret(secret).build_noncompliant();
    let code = || device.generate(u64::try_from(app.env.now().micros()).unwrap() / 1_000_000).to_string();
    ann.ok(app, "POST", "/identity_/api/second-factor/confirm", json!({"code": code()})).await;
    app.clock.advance_ms(60_000);
    let remove = json!({"password": PASSWORD, "code": code()});
    ann.ok(app, "POST", "/identity_/api/second-factor/remove", remove).await;
    let change = json!({"current_password": PASSWORD, "new_password": "another long password"});
    ann.ok(app, "POST", "/identity_/api/password", change).await;
    ann.ok(app, "POST", "/identity_/api/sign-out", json!({})).await;
    let made = app.ok("POST", "/identity_/api/applications", json!({"name": "Robot", "scopes": ["Ixp.ApiAccess"]})).await;
    let id = made["client_id"].as_str().unwrap();
    let rotated = app.ok("POST", &format!("/identity_/api/applications/{id}/rotate"), json!({})).await;
    let secret = rotated["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(token(app, id, &secret).await["token_type"], "Bearer");
    // What is refused is an event as well: a wrong secret, and an application without a role.
    assert_eq!(token(app, id, "wrong").await["error"], "invalid_client");
    let bearer = format!("Bearer {}", token(app, id, &secret).await["access_token"].as_str().unwrap());
    assert_eq!(app.send_raw("GET", "/auth/user", &[("authorization", &bearer)], vec![]).await.status, 403);
    assert_eq!(try_sign_in(app, "ann", "wrong wrong wrong", None).await.status, 401);
    app.ok("DELETE", &format!("/identity_/api/applications/{id}"), json!({})).await;
    secret
}

async fn token(app: &TestApp, id: &str, secret: &str) -> Value {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    app.send_raw("POST", "/identity_/connect/token", &headers, form.into_bytes()).await.body
}

#[tokio::test]
async fn every_route_of_identity_that_changes_something_leaves_an_event() {
    let site = IdentitySite::new(std::sync::Arc::new(settings(&adit_http::Budgets::default(), None)));
    let mut writing: Vec<&str> = site.routes().filter(|(_, method, _)| **method != "GET").map(|(name, ..)| name).collect();
    let mut known: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
    writing.sort_unstable();
    known.sort_unstable();
    assert_eq!(known, writing, "the table of events lacks a route, or has one too many");
    for (engine, app) in apps().await {
        let secret = call_all(&app).await;
        let refused = ["access_token_refused", "sign_in_refused", "access_refused"];
        let wanted: Vec<&str> = EVENTS.iter().filter_map(|(_, event)| *event).chain(refused).collect();
        events(&app, &wanted).await;
        let page = app.ok("POST", "/api/v1/audit_events/query", json!({"limit": 1024})).await;
        for event in page["audit_events"].as_array().unwrap() {
            let is_named = |side: &str, id: &Value| page[side].as_array().unwrap().iter().any(|row| row["id"] == *id);
            assert!(is_named("users", &event["actor_user_id"]), "{engine}: {event}");
            assert!(is_named("tenants", &event["actor_tenant_id"]), "{engine}: {event}");
        }
        for kept_out in [secret.as_str(), PASSWORD, "another long password"] {
            assert!(!page.to_string().contains(kept_out), "{engine}: a secret is in the log");
        }
    }
}

#[tokio::test]
async fn a_refused_route_of_identity_is_an_event_of_who_asked() {
    for (engine, mut app) in apps().await {
        let admin = app.token.clone();
        app.token = user(&app.env, "bob", &[], &[]).await;
        assert_eq!(app.err("GET", "/identity_/api/applications", json!({})).await.0, 403, "{engine}");
        app.token = admin;
        let page = app.ok("POST", "/api/v1/audit_events/query", json!({"limit": 1})).await;
        assert_eq!(page["audit_events"][0]["event_type"], "access_refused", "{engine}: {page}");
        assert_eq!(page["users"][0]["username"], "bob", "{engine}: {page}");
        // A link that does not work is nobody's, and a page of another host sends somebody who does not know.
        let good = link(&app, "bob").await;
        let bad = json!({"token": "wrong", "password": "a long enough password"});
        assert_eq!(post(&app, "/identity_/api/password/set", bad).await.status, 403, "{engine}");
        app.peer = "198.51.100.7:1000".parse().unwrap();
        let elsewhere = [("host", "adit.test"), ("origin", "https://evil.test")];
        let body = json!({"username": "bob", "password": PASSWORD}).to_string().into_bytes();
        assert_eq!(app.send_raw("POST", "/identity_/api/sign-in", &elsewhere, body).await.status, 403, "{engine}");
        let refused = told(&app, None, "access_refused", 3).await;
        let mut said: Vec<&str> = refused.iter().filter_map(|event| event["details"]["reason"].as_str()).collect();
        said.sort_unstable();
        assert_eq!(said, ["link unknown, used or expired", "sign-in from a page of another host"], "{engine}");
        // So does a request for a token that names no client.
        app.peer = "198.51.100.8:1000".parse().unwrap();
        let form = [("content-type", "application/x-www-form-urlencoded"), ("authorization", "Basic !!")];
        assert_eq!(app.send_raw("POST", "/identity_/connect/token", &form, vec![]).await.status, 401, "{engine}");
        let refused = told(&app, None, "access_token_refused", 1).await;
        assert_eq!(refused[0]["details"]["reason"], "credentials missing or malformed", "{engine}");
        // What was refused has used nothing up.
        let body = json!({"token": good, "password": "a long enough password"});
        assert_eq!(post(&app, "/identity_/api/password/set", body).await.status, 200, "{engine}");
    }
}
