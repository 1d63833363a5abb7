//! Refused attempts of whom nobody knows: in the log of the tenant that was meant, told without what was typed, and few.

use adit_kernel::Id;
use adit_tenancy::{audit, tenants};
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::setting::{apps, user};
use super::sign_in::{PASSWORD, person, post, sign_in, try_sign_in};

/// The events of a type in a tenant's log, once there are `n`; a moment later there must not be more.
pub(super) async fn told(app: &TestApp, tenant: Option<&str>, event_type: &str, n: usize) -> Vec<Value> {
    let tenant = tenants::named_or_default(&mut app.env.read().await.unwrap(), tenant).await.unwrap().id;
    let mut found = Vec::new();
    for _ in 0..100 {
        if found.len() == n {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
        let seen = events(app, tenant, event_type).await;
        if found.len() == n && seen.len() == n {
            return seen;
        }
        found = seen;
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    panic!("{n} events `{event_type}` were expected: {found:?}");
}

pub(super) async fn events(app: &TestApp, tenant: Id, event_type: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let keep = |line: String| {
        let event: Value = serde_json::from_str(&line)?;
        if event["event_type"] == event_type {
            found.push(event);
        }
        Ok(())
    };
    audit::export(&app.env, tenant, keep).await.unwrap();
    found
}

#[tokio::test]
async fn a_sign_in_of_nobody_known_is_an_event_without_what_was_typed() {
    for (engine, mut app) in apps().await {
        let root = format!("Bearer {}", user(&app.env, "root", &["root"], &[]).await);
        let body = json!({"tenant": {"title": "Other"}}).to_string();
        let made = app.send_raw("PUT", "/api/_private/tenants/other", &[("authorization", &root)], body.into()).await;
        assert_eq!(made.status, 200, "{engine}: {}", made.body);
        assert_eq!(try_sign_in(&app, "my-secret-password", "x", None).await.status, 401, "{engine}");
        let first = told(&app, None, "sign_in_refused", 1).await.remove(0);
        let expected = json!({"reason": "unknown user", "attempts": 1, "attempts_left_out": 0, "client": "127.0.0.1"});
        assert_eq!(first["details"], expected, "{engine}");
        assert!(!first.to_string().contains("my-secret"), "{engine}: {first}");
        // Clients resolve the actor in the same page.
        let page = app.ok("POST", "/api/v1/audit_events/query", json!({"limit": 1})).await;
        let actor = &page["audit_events"][0]["actor_user_id"];
        let named: Vec<&Value> = page["users"].as_array().unwrap().iter().filter(|user| user["id"] == *actor).collect();
        assert_eq!((named.len(), &named[0]["username"]), (1, &json!("unknown")), "{engine}: {page}");
        // The same address is told again with its tenth attempt, another at once.
        for n in 0..9 {
            try_sign_in(&app, &format!("nobody{n}"), "x", None).await;
        }
        let tenth = told(&app, None, "sign_in_refused", 2).await.remove(1);
        assert_eq!(tenth["details"]["attempts"], 10, "{engine}");
        app.peer = "198.51.100.7:1000".parse().unwrap();
        try_sign_in(&app, "nobody", "x", None).await;
        told(&app, None, "sign_in_refused", 3).await;
        // A tenant's log tells what was tried there, and no other does.
        assert_eq!(told(&app, Some("other"), "sign_in_refused", 0).await.len(), 0, "{engine}");
        let there = json!({"username": "ann", "password": "x"});
        assert_eq!(post(&app, "/adit/other/identity_/api/sign-in", there).await.status, 401, "{engine}");
        told(&app, Some("other"), "sign_in_refused", 1).await;
        told(&app, None, "sign_in_refused", 3).await;
    }
}

#[tokio::test]
async fn many_addresses_do_not_fill_the_log() {
    for (engine, mut app) in apps().await {
        for n in 0..70 {
            app.peer = format!("198.51.100.{n}:1000").parse().unwrap();
            let form = format!("grant_type=client_credentials&client_id=nobody{n}&client_secret=x");
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            assert_eq!(app.send_raw("POST", "/identity_/connect/token", &headers, form.into_bytes()).await.status, 400);
        }
        told(&app, None, "access_token_refused", 60).await;
        app.clock.advance_ms(3_600_000);
        try_sign_in(&app, "nobody", "x", None).await;
        let next = told(&app, None, "sign_in_refused", 1).await.remove(0);
        assert_eq!(next["details"]["attempts_left_out"], 10, "{engine}: {next}");
    }
}

#[tokio::test]
async fn a_sign_in_of_somebody_disabled_names_who_it_was() {
    for (engine, app) in apps().await {
        person(&app, "ann", &[]).await;
        sign_in(&app, "ann", PASSWORD).await;
        let mut tx = app.env.begin().await.unwrap();
        tx.execute("UPDATE users SET is_disabled = 1 WHERE username = 'ann'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        for name in ["ann", "ANN@example.com"] {
            assert_eq!(try_sign_in(&app, name, PASSWORD, None).await.status, 401, "{engine}");
        }
        let refused = told(&app, None, "sign_in_refused", 2).await;
        for event in refused {
            assert_eq!(event["details"]["reason"], "disabled", "{engine}");
            let subjects = event["subjects"].as_array().unwrap();
            assert!(subjects.iter().any(|s| s["id"] == event["actor_user_id"] && s["name"] == "ann"), "{engine}: {event}");
        }
    }
}
