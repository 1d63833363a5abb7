//! Calls that are refused before anybody is known to have sent them: each kind is an event, a flood of them is few, and
//! the log of no other tenant tells of them.

use std::time::Duration;

use adit_http::{Budget, Budgets};
use adit_kernel::Timestamp;
use adit_tenancy::{tenants, tokens, users};
use adit_testing::TestApp;
use serde_json::{Value, json};

use super::applications::{assign, register, token};
use super::setting::{apps, apps_within, user, user_in};
use super::sign_in::{PASSWORD, person, sign_in, try_sign_in};
use super::strangers::told;

const REFUSED: &str = "access_refused";

/// Calls the API with these headers; the status.
async fn call(app: &TestApp, headers: &[(&str, &str)]) -> u16 {
    app.send_raw("GET", "/auth/user", headers, vec![]).await.status
}

async fn call_with(app: &TestApp, token: &str) -> u16 {
    call(app, &[("authorization", &format!("Bearer {token}"))]).await
}

/// The newest refusal after `n` of them, and the name of its actor in the page that a client reads.
async fn newest(app: &TestApp, n: usize) -> (Value, Value) {
    let event = told(app, None, REFUSED, n).await.pop().unwrap();
    let page = app.ok("POST", "/api/v1/audit_events/query", json!({"limit": 1024})).await;
    let shown = page["audit_events"].as_array().unwrap().iter().find(|shown| shown["event_id"] == event["event_id"]).unwrap();
    assert_eq!((&shown["event_type"], &shown["actor_user_id"]), (&json!(REFUSED), &event["actor_user_id"]));
    let name = page["users"].as_array().unwrap().iter().find(|user| user["id"] == shown["actor_user_id"]).unwrap();
    (event, name["username"].clone())
}

/// Runs `change` on the user of that name.
async fn with_user(app: &TestApp, name: &str, change: impl AsyncFnOnce(&mut adit_store::Tx, adit_kernel::Id, adit_kernel::Id)) {
    let mut tx = app.env.begin().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
    let id = users::by_username(&mut tx, tenant, name).await.unwrap().unwrap().id;
    change(&mut tx, tenant, id).await;
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_a_stranger_sends_is_an_event_by_its_kind_and_without_what_was_sent() {
    for (engine, mut app) in apps().await {
        let forged = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwIn0.c2lnbmVk";
        let cases: [(&[(&str, &str)], &str); 6] = [
            (&[("authorization", "Bearer never-a-token-of-ours")], "token unknown"),
            (&[("authorization", &format!("Bearer {forged}"))], "token unknown"),
            (&[("authorization", "Basic bm9ib2R5OnNlY3JldA==")], "credentials malformed"),
            (&[("authorization", "Bearer")], "credentials malformed"),
            (&[], "no credentials"),
            (&[("cookie", "adit_session=AAAA")], "session unknown"),
        ];
        for (n, (headers, reason)) in cases.iter().enumerate() {
            app.peer = format!("198.51.100.{n}:1000").parse().unwrap();
            assert_eq!(call(&app, headers).await, 401, "{engine}: {reason}");
            let (event, name) = newest(&app, n + 1).await;
            assert_eq!(name, "unknown", "{engine}: {reason}");
            let details = &event["details"];
            assert_eq!((&details["reason"], &details["operation"]), (&json!(reason), &json!("get_current_user")), "{engine}");
            assert_eq!((&details["client"], &details["attempts"]), (&json!(format!("198.51.100.{n}")), &json!(1)), "{engine}");
            for (_, sent) in *headers {
                let secret = sent.split([' ', '=']).nth(1).unwrap_or("nothing was sent");
                assert!(!event.to_string().contains(secret), "{engine}: {event}");
            }
        }
        // The routes of identity are no way around.
        app.peer = "198.51.100.99:1000".parse().unwrap();
        let reply = app.send_raw("GET", "/identity_/api/principals", &[("authorization", "Bearer x")], vec![]).await;
        assert_eq!(reply.status, 401, "{engine}");
        let (event, _) = newest(&app, cases.len() + 1).await;
        assert_eq!(event["details"]["operation"], "identity/list_principals", "{engine}");
    }
}

#[tokio::test]
async fn a_token_that_was_somebodys_names_whose_it_was() {
    for (engine, app) in apps().await {
        let names = ["revoked", "replaced", "expired", "disabled", "deleted"];
        let mut tokens_of = Vec::new();
        for name in names {
            tokens_of.push(user(&app.env, name, &[], &[]).await);
        }
        let (now, random) = (app.env.now(), app.env.random.as_ref());
        with_user(&app, "revoked", async |tx, _, id| assert!(tokens::revoke(tx, id, now).await.unwrap())).await;
        with_user(&app, "replaced", async |tx, _, id| drop(tokens::regenerate(tx, id, random, now).await.unwrap())).await;
        let soon = Timestamp::from_micros(now.micros() + 1_000_000);
        with_user(&app, "expired", async |tx, _, id| {
            tokens_of[2] = tokens::regenerate_until(tx, id, random, now, Some(soon)).await.unwrap();
        })
        .await;
        app.clock.advance_ms(1_000);
        with_user(&app, "disabled", async |tx, tenant, id| users::set_disabled(tx, tenant, id, true).await.unwrap()).await;
        let mut gone = String::new();
        with_user(&app, "deleted", async |_, _, id| gone = id.to_string()).await;
        app.ok("DELETE", &format!("/api/_private/users/{gone}"), json!({})).await;
        let reasons = ["token revoked", "token revoked", "token expired", "user disabled", "token revoked"];
        for (n, ((name, token), reason)) in names.iter().zip(&tokens_of).zip(reasons).enumerate() {
            assert_eq!(call_with(&app, token).await, 401, "{engine}: {name}");
            let (event, shown) = newest(&app, n + 1).await;
            assert_eq!((&shown, &event["details"]["reason"]), (&json!(name), &json!(reason)), "{engine}: {event}");
            assert!(!event.to_string().contains(token.as_str()), "{engine}: {event}");
        }
    }
}

#[tokio::test]
async fn an_access_token_whose_secret_or_application_is_gone_names_the_application() {
    for (engine, app) in apps().await {
        let mut apps_tokens = Vec::new();
        for name in ["Rotated", "Expired", "Gone", "Idle"] {
            let (id, secret) = register(&app, name, &["Ixp.ApiAccess"]).await;
            if name != "Idle" {
                assign(&app, name, "DefaultProject", "role-cm-viewer").await;
            }
            apps_tokens.push((id.clone(), token(&app, &id, &secret, "").await));
        }
        let [rotated, expired, gone, idle] = apps_tokens.try_into().unwrap();
        app.ok("POST", &format!("/identity_/api/applications/{}/rotate", rotated.0), json!({})).await;
        app.ok("DELETE", &format!("/identity_/api/applications/{}", gone.0), json!({})).await;
        let check = async |n, token: &str, status, reason: &str, name: &str| {
            assert_eq!(call_with(&app, token).await, status, "{engine}: {reason}");
            let (event, shown) = newest(&app, n).await;
            assert_eq!((&event["details"]["reason"], &shown), (&json!(reason), &json!(name)), "{engine}: {event}");
        };
        check(1, &rotated.1, 401, "secret ended", "Rotated").await;
        check(2, &gone.1, 401, "application deleted", &gone.0).await;
        check(3, &idle.1, 403, "scope or role missing", "Idle").await;
        app.clock.advance_ms(3_600_000);
        check(4, &expired.1, 401, "token expired", "Expired").await;
    }
}

#[tokio::test]
async fn a_session_that_has_ended_and_a_forged_write_name_whose_session_it_is() {
    for (engine, app) in apps().await {
        person(&app, "ann", &[]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        let cookie = [("host", "adit.test"), ("cookie", ann.cookie.as_str())];
        let forged = app.send_raw("POST", "/auth/refresh-user-permissions", &cookie, vec![]).await;
        assert_eq!(forged.status, 403, "{engine}: {}", forged.body);
        let (event, name) = newest(&app, 1).await;
        assert_eq!(name, "ann", "{engine}");
        assert_eq!(event["details"]["reason"], "write not from a page of this host", "{engine}");
        app.clock.advance_ms(13 * 3_600_000);
        assert_eq!(call(&app, &cookie).await, 401, "{engine}");
        let (event, name) = newest(&app, 2).await;
        assert_eq!((&name, &event["details"]["reason"]), (&json!("ann"), &json!("session ended")), "{engine}");
    }
}

#[tokio::test]
async fn a_script_that_goes_on_with_a_revoked_token_leaves_few_events() {
    for (engine, app) in apps().await {
        let forgotten = user(&app.env, "robot", &[], &[]).await;
        with_user(&app, "robot", async |tx, _, id| assert!(tokens::revoke(tx, id, app.env.now()).await.unwrap())).await;
        for _ in 0..150 {
            assert_eq!(call_with(&app, &forgotten).await, 401, "{engine}");
        }
        let attempts: Vec<Value> =
            told(&app, None, REFUSED, 3).await.into_iter().map(|event| event["details"]["attempts"].clone()).collect();
        let mut sorted: Vec<u64> = attempts.iter().filter_map(Value::as_u64).collect();
        sorted.sort_unstable();
        assert_eq!(sorted, [1, 10, 100], "{engine}");
    }
}

#[tokio::test]
async fn floods_of_all_kinds_share_a_limit_and_hide_no_owner() {
    for (engine, mut app) in apps().await {
        let stolen = user(&app.env, "robot", &[], &[]).await;
        with_user(&app, "robot", async |tx, _, id| assert!(tokens::revoke(tx, id, app.env.now()).await.unwrap())).await;
        for n in 0..40 {
            app.peer = format!("198.51.100.{n}:1000").parse().unwrap();
            try_sign_in(&app, "nobody", "x", None).await;
        }
        told(&app, None, "sign_in_refused", 40).await;
        for n in 0..40 {
            app.peer = format!("203.0.113.{n}:1000").parse().unwrap();
            assert_eq!(call_with(&app, &format!("guess {n}")).await, 401);
        }
        // Sixty in all, whatever was tried.
        told(&app, None, REFUSED, 20).await;
        assert_eq!(call_with(&app, &stolen).await, 401);
        let (event, name) = newest(&app, 21).await;
        assert_eq!((&name, &event["details"]["attempts_left_out"]), (&json!("robot"), &json!(0)), "{engine}");
        // Browsers that are not signed in fill nobody's share but their own.
        for n in 0..70 {
            app.peer = format!("192.0.2.{n}:1000").parse().unwrap();
            assert_eq!(call(&app, &[]).await, 401);
        }
        told(&app, None, REFUSED, 81).await;
    }
}

#[tokio::test]
async fn what_is_beyond_the_budget_of_an_address_is_not_recorded() {
    let refused = Budget { calls: 5, per: Duration::from_secs(3600) };
    for (engine, app) in apps_within(Budgets { refused, ..Budgets::default() }).await {
        for n in 0..20 {
            // Both kinds of calls use the budget up.
            assert_eq!(call_with(&app, "wrong").await, if n < 3 { 401 } else { 429 }, "{engine}");
            // Who sends nothing is told so at any rate.
            assert_eq!(call(&app, &[]).await, 401, "{engine}");
        }
        // The tenth attempts would have had events as well.
        let events = told(&app, None, REFUSED, 2).await;
        let mut reasons: Vec<&str> = events.iter().filter_map(|event| event["details"]["reason"].as_str()).collect();
        reasons.sort_unstable();
        assert_eq!(reasons, ["no credentials", "token unknown"], "{engine}");
    }
}

#[tokio::test]
async fn a_refusal_is_in_the_log_of_the_tenant_that_was_asked_and_tells_it_nothing_of_another() {
    for (engine, app) in apps().await {
        let root = format!("Bearer {}", user(&app.env, "root", &["root"], &[]).await);
        let body = json!({"tenant": {"title": "Other"}}).to_string();
        let made = app.send_raw("PUT", "/api/_private/tenants/other", &[("authorization", &root)], body.into()).await;
        assert_eq!(made.status, 200, "{engine}: {}", made.body);
        let active = user_in(&app.env, Some("other"), "carol", &["tenant-admin"], &[]).await;
        let ended = user_in(&app.env, Some("other"), "dave", &[], &[]).await;
        let mut tx = app.env.begin().await.unwrap();
        let other = tenants::named_or_default(&mut tx, Some("other")).await.unwrap().id;
        let dave = users::by_username(&mut tx, other, "dave").await.unwrap().unwrap().id;
        assert!(tokens::revoke(&mut tx, dave, app.env.now()).await.unwrap());
        tx.commit().await.unwrap();
        // Tokens of the other tenant are nobody's here, good or ended.
        assert_eq!(call_with(&app, &active).await, 401, "{engine}");
        let (event, name) = newest(&app, 1).await;
        assert_eq!((&name, &event["details"]["reason"]), (&json!("unknown"), &json!("token unknown")), "{engine}");
        app.clock.advance_ms(3_600_000);
        assert_eq!(call_with(&app, &ended).await, 401, "{engine}");
        let (event, name) = newest(&app, 2).await;
        assert_eq!((&name, &event["details"]["reason"]), (&json!("unknown"), &json!("token unknown")), "{engine}");
        assert!(!event.to_string().contains("dave") && !event.to_string().contains(&dave.to_string()), "{engine}: {event}");
        told(&app, Some("other"), REFUSED, 0).await;
        // There they are known.
        let there = format!("Bearer {ended}");
        let reply = app.send_raw("GET", "/adit/other/reinfer_/api/v1/sources", &[("authorization", &there)], vec![]).await;
        assert_eq!(reply.status, 401, "{engine}: {}", reply.body);
        let event = told(&app, Some("other"), REFUSED, 1).await.remove(0);
        assert_eq!(event["actor_user_id"], dave.to_string(), "{engine}: {event}");
        told(&app, None, REFUSED, 2).await;
    }
}
