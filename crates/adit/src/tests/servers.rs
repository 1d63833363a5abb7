//! Several servers on one database: what bounds guessing holds for all of them together.

use std::time::Duration;

use adit_http::{Budget, Budgets};
use adit_testing::TestApp;
use serde_json::json;

use super::setting::{another, apps, apps_within};
use super::sign_in::{PASSWORD, person, post, sign_in, try_sign_in};

#[tokio::test]
async fn guessing_at_two_servers_is_no_faster_than_at_one() {
    for (engine, app) in apps().await {
        person(&app, "ann", &[]).await;
        let beside = another(&app, Budgets::default()).await;
        let servers = [&app, &beside];
        for n in 0..5 {
            assert_eq!(try_sign_in(servers[n % 2], "ann", "a wrong password", None).await.status, 401, "{engine}: {n}");
        }
        for server in servers {
            let refused = try_sign_in(server, "ann", PASSWORD, None).await;
            assert_eq!(refused.status, 429, "{engine}: {}", refused.body);
        }
        // The account is not shut, neither here nor there: another address is let in.
        let mut elsewhere = beside;
        elsewhere.peer = "198.51.100.7:1000".parse().unwrap();
        assert_eq!(try_sign_in(&elsewhere, "ann", PASSWORD, None).await.status, 200, "{engine}");
    }
}

#[tokio::test]
async fn codes_are_guessed_at_two_servers_no_faster_than_at_one() {
    for (engine, app) in apps().await {
        person(&app, "ann", &[]).await;
        let ann = sign_in(&app, "ann", PASSWORD).await;
        ann.ok(&app, "POST", "/identity_/api/second-factor", json!({"password": PASSWORD})).await;
        let beside = another(&app, Budgets::default()).await;
        let servers = [&app, &beside];
        let guess = async |server: &TestApp| {
            ann.send(server, "POST", "/identity_/api/second-factor/confirm", json!({"code": "000000"})).await.status
        };
        for n in 0..5 {
            assert_eq!(guess(servers[n % 2]).await, 422, "{engine}: {n}");
        }
        for server in servers {
            assert_eq!(guess(server).await, 429, "{engine}");
        }
    }
}

/// A wrong sign-in and a wrong secret of an application, whose names nobody has.
async fn attempt(server: &TestApp, n: usize) -> u16 {
    if n.is_multiple_of(2) {
        return try_sign_in(server, &format!("nobody{n}"), "a wrong password", None).await.status;
    }
    let body = format!("grant_type=client_credentials&client_id=nobody{n}&client_secret=x");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    server.send_raw("POST", "/identity_/connect/token", &form, body.into_bytes()).await.status
}

#[tokio::test]
async fn the_budget_of_an_address_is_one_for_all_servers() {
    let budgets = Budgets { sign_ins: Budget { calls: 6, per: Duration::from_secs(3600) }, ..Budgets::default() };
    for (engine, app) in apps_within(budgets).await {
        let mut servers = [another(&app, budgets).await, another(&app, budgets).await];
        // Each server alone would let six pass.
        for n in 0..6 {
            let status = attempt(&servers[n / 3], n).await;
            assert!(matches!(status, 400 | 401), "{engine}: {n}: {status}");
        }
        for server in &servers {
            let refused = post(server, "/identity_/api/sign-in", json!({"username": "ann", "password": "x"})).await;
            assert_eq!(refused.status, 429, "{engine}: {}", refused.body);
            let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((590..=601).contains(&wait), "{engine}: {wait}");
        }
        // A sixth of the time gives a sixth of the budget back, and no more.
        for server in &servers {
            server.clock.advance_ms(601_000);
        }
        assert_eq!(attempt(&servers[0], 10).await, 401, "{engine}");
        assert_eq!(attempt(&servers[1], 12).await, 429, "{engine}");
        // Another address has a budget of its own.
        servers[1].peer = "198.51.100.7:1000".parse().unwrap();
        assert_eq!(attempt(&servers[1], 14).await, 401, "{engine}");
        // Who has the whole budget back is forgotten with the next one who begins.
        servers[0].clock.advance_ms(10 * 3_600_000);
        servers[0].peer = "203.0.113.9:1000".parse().unwrap();
        assert_eq!(attempt(&servers[0], 16).await, 401, "{engine}");
        let mut tx = app.env.read().await.unwrap();
        let kept = tx.one("SELECT COUNT(*) FROM attempt_budgets", vec![]).await.unwrap().int(0).unwrap();
        assert_eq!(kept, 1, "{engine}");
    }
}
