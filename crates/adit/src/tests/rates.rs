//! How often one caller may ask, and what every reply tells a browser.

use std::time::Duration;

use adit_http::{Budget, Budgets};
use serde_json::json;

use super::setting::{apps, apps_within, user};

fn hourly(calls: u32) -> Budget {
    Budget { calls, per: Duration::from_secs(3600) }
}

#[tokio::test]
async fn a_caller_that_asks_too_often_is_told_when_to_come_back() {
    let budgets = Budgets { reads: hourly(3), writes: hourly(1), refused: hourly(2), ..Budgets::default() };
    for (_, mut app) in apps_within(budgets).await {
        let other = user(&app.env, "other", &[], &[]).await;
        for _ in 0..3 {
            app.ok("GET", "/auth/user", json!({})).await;
        }
        let refused = app.send("GET", "/auth/user", json!({})).await;
        assert_eq!(refused.status, 429, "{}", refused.body);
        assert_eq!(refused.body["message"].as_str().unwrap().split(':').next(), Some("Too many reads"));
        let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=1200).contains(&wait), "{wait}");
        // Another class and another caller have budgets of their own.
        app.ok("POST", "/auth/refresh-user-permissions", json!({})).await;
        assert_eq!(app.err("POST", "/auth/refresh-user-permissions", json!({})).await.0, 429);
        app.token = other;
        app.ok("GET", "/auth/user", json!({})).await;
        // Wrong tokens are counted by address.
        app.token = "wrong".into();
        let statuses = [app.err("GET", "/auth/user", json!({})).await.0, app.err("GET", "/auth/user", json!({})).await.0];
        assert_eq!(statuses, [401, 401]);
        assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 429);
        app.peer = "[2001:db8::1]:9".parse().unwrap();
        assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);
    }
}

#[tokio::test]
async fn every_reply_forbids_a_browser_what_it_does_not_need() {
    for (_, app) in apps().await {
        for path in ["/auth/user", "/api/v1/nothing", "/identity_/.well-known/openid-configuration", "/healthz"] {
            let reply = app.send("GET", path, json!({})).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("cache-control", "no-store"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(reply.headers[name], value, "{path}");
            }
            assert!(!reply.headers.contains_key("strict-transport-security"), "plain HTTP must not promise HTTPS");
        }
    }
}

#[tokio::test]
async fn a_body_is_as_large_as_its_route_needs() {
    for (_, app) in apps().await {
        let token = format!("Bearer {}", app.token);
        let auth = [("authorization", token.as_str())];
        let large = vec![b' '; (64 << 10) + 1];
        assert_eq!(app.send_raw("GET", "/auth/user", &auth, large.clone()).await.status, 413);
        assert_eq!(app.send_raw("POST", "/identity_/api/applications", &auth, large.clone()).await.status, 413);
        // Where a body is wanted the large limit holds: this one is merely not what the operation expects.
        assert_eq!(app.send_raw("PUT", "/api/v1/sources/acme/three", &auth, large).await.status, 404);
    }
}

#[tokio::test]
async fn what_can_be_guessed_is_tried_so_often_from_one_address_and_no_more() {
    let budgets = Budgets { sign_ins: hourly(2), ..Budgets::default() };
    for (engine, mut app) in apps_within(budgets).await {
        let token_form = "grant_type=client_credentials&client_id=x&client_secret=y";
        let (form, json) = ("application/x-www-form-urlencoded", "application/json");
        let attempts = [
            ("/identity_/api/sign-in", json, json!({"username": "ann", "password": "a wrong password"}).to_string()),
            ("/identity_/api/password/forgot", json, json!({"username": "ann"}).to_string()),
            ("/identity_/api/password/set", json, json!({"token": "x", "password": "a long password"}).to_string()),
            ("/identity_/connect/token", form, token_form.to_owned()),
            ("/api/_private/deployment/login-location", json, json!({"email": "ann@acme.example"}).to_string()),
        ];
        for (n, (path, kind, body)) in attempts.iter().enumerate() {
            let headers = [("content-type", *kind)];
            app.peer = format!("203.0.113.{n}:1000").parse().unwrap();
            for _ in 0..2 {
                let reply = app.send_raw("POST", path, &headers, body.clone().into_bytes()).await;
                assert_ne!(reply.status, 429, "{engine}: {path}: {}", reply.body);
            }
            let reply = app.send_raw("POST", path, &headers, body.clone().into_bytes()).await;
            assert_eq!(reply.status, 429, "{engine}: {path}: {}", reply.body);
            let wait: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=1800).contains(&wait), "{engine}: {path}: {wait}");
            let is_oauth = path.contains("connect/token");
            let (key, value) = if is_oauth { ("error", "slow_down") } else { ("status", "error") };
            assert_eq!(reply.body[key], value, "{engine}: {path}: {}", reply.body);
        }
    }
}

#[tokio::test]
async fn what_is_counted_of_all_tenants_is_for_this_machine() {
    for (engine, mut app) in apps().await {
        assert_eq!(app.send_raw("GET", "/metrics", &[], vec![]).await.status, 200, "{engine}");
        // From elsewhere, and through a proxy from elsewhere.
        for (peer, headers) in
            [("198.51.100.7:1000", vec![]), ("10.9.9.9:1000", vec![("x-forwarded-for", "127.0.0.1, 198.51.100.7")])]
        {
            app.peer = peer.parse().unwrap();
            assert_eq!(app.send_raw("GET", "/metrics", &headers, vec![]).await.status, 404, "{engine}: {peer}");
            assert_eq!(app.send_raw("GET", "/healthz", &headers, vec![]).await.status, 200, "{engine}: {peer}");
        }
    }
}
