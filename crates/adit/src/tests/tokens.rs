//! API tokens: they end, they tell when they were used, they are shown once.

use std::time::Duration;

use adit_kernel::Timestamp;
use adit_tenancy::{tenants, tokens, users};
use adit_testing::TestApp;
use serde_json::json;

use super::setting::{apps, user};

async fn listed(app: &TestApp, name: &str) -> Option<tokens::TokenRow> {
    let mut tx = app.env.read().await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
    tokens::all(&mut tx, tenant).await.unwrap().into_iter().find(|token| token.username == name)
}

#[tokio::test]
async fn a_token_ends_at_its_time_and_when_it_is_revoked() {
    for (_, mut app) in apps().await {
        user(&app.env, "robot", &[], &[]).await;
        let mut tx = app.env.begin().await.unwrap();
        let tenant = tenants::named_or_default(&mut tx, None).await.unwrap().id;
        let robot = users::by_username(&mut tx, tenant, "robot").await.unwrap().unwrap().id;
        let end = Timestamp::from_micros(app.env.now().micros() + 3_600_000_000);
        let random = app.env.random.as_ref();
        app.token = tokens::regenerate_until(&mut tx, robot, random, app.env.now(), Some(end)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(listed(&app, "robot").await.unwrap().expires, Some(end));
        app.ok("GET", "/auth/user", json!({})).await;
        app.clock.advance_ms(3_600_000);
        assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);

        let mut tx = app.env.begin().await.unwrap();
        let past = Some(Timestamp::from_micros(app.env.now().micros()));
        let refused = tokens::regenerate_until(&mut tx, robot, random, app.env.now(), past).await.unwrap_err();
        assert!(refused.message().contains("`expires_at`"), "{refused}");
        app.token = tokens::regenerate(&mut tx, robot, random, app.env.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.ok("GET", "/auth/user", json!({})).await;
        assert_eq!(listed(&app, "robot").await.unwrap().expires, None, "a new token does not inherit the end of the old one");
        let mut tx = app.env.begin().await.unwrap();
        assert!(tokens::revoke(&mut tx, robot, app.env.now()).await.unwrap());
        assert!(!tokens::revoke(&mut tx, robot, app.env.now()).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);
        assert!(listed(&app, "robot").await.is_none());
    }
}

#[tokio::test]
async fn the_time_of_use_is_written_beside_requests_and_not_with_each() {
    for (_, mut app) in apps().await {
        app.token = user(&app.env, "robot", &[], &[]).await;
        assert_eq!(listed(&app, "robot").await.unwrap().last_used, None);
        let used = async |app: &TestApp, after: Option<Timestamp>| {
            for _ in 0..200 {
                let found = listed(app, "robot").await.unwrap().last_used;
                if found > after {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            panic!("the time of use was not written");
        };
        app.ok("GET", "/auth/user", json!({})).await;
        let first = used(&app, None).await;
        for _ in 0..5 {
            app.ok("GET", "/auth/user", json!({})).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(listed(&app, "robot").await.unwrap().last_used, first);
        app.clock.advance_ms(600_000);
        app.ok("GET", "/auth/user", json!({})).await;
        assert!(used(&app, first).await > first);
    }
}

#[tokio::test]
async fn nothing_that_is_kept_can_be_used_as_a_token() {
    for (_, mut app) in apps().await {
        let token = user(&app.env, "robot", &[], &[]).await;
        let mut tx = app.env.read().await.unwrap();
        let rows = tx.all("SELECT lookup, digest FROM tokens", vec![]).await.unwrap();
        drop(tx);
        assert_eq!(rows.len(), 2);
        for row in rows {
            for kept in [row.text(0).unwrap(), row.blob(1).unwrap().iter().map(|b| format!("{b:02x}")).collect()] {
                assert_ne!(kept, token);
                app.token = kept;
                assert_eq!(app.err("GET", "/auth/user", json!({})).await.0, 401);
            }
        }
    }
}
