//! A server with an administrator, and the pieces stories are made of.

use std::sync::Arc;

use adit_http::{Budgets, Rates};
use adit_identity::{IdentitySite, Provider, Settings};
use adit_ml::HashEncoder;
use adit_store::Env;
use adit_store::seal::Keyring;
use adit_tenancy::users::{self, UserRow};
use adit_tenancy::{tenants, tokens};
use adit_testing::{Beside, Parts, TestApp, databases};
use serde_json::{Value, json};

use crate::directory::Areas;
use crate::wiring;

/// One server per engine at hand, each with an administrator whose token the app uses.
pub(super) async fn apps() -> Vec<(&'static str, TestApp)> {
    apps_like(Budgets::default(), None, |env| env).await
}

/// The same with other services.
pub(super) async fn apps_with(more: impl Fn(Env) -> Env) -> Vec<(&'static str, TestApp)> {
    apps_like(Budgets::default(), None, more).await
}

/// The same with limits on how often one caller may ask.
pub(super) async fn apps_within(budgets: Budgets) -> Vec<(&'static str, TestApp)> {
    apps_like(budgets, None, |env| env).await
}

pub(super) fn settings(budgets: &Budgets, oidc: Option<Provider>) -> Settings {
    Settings {
        public_url: None,
        link_base: "https://adit.test".into(),
        oidc,
        is_https: false,
        rates: Arc::new(Rates::new(budgets)),
    }
}

/// The same with somebody else who vouches for people.
pub(super) async fn apps_trusting(provider: Provider) -> Vec<(&'static str, TestApp)> {
    apps_like(Budgets::default(), Some(provider), |env| env).await
}

/// Another server on the same database, with memories of its own.
pub(super) async fn another(app: &TestApp, budgets: Budgets) -> TestApp {
    let folder = tempfile::TempDir::new().unwrap();
    TestApp::start_with(app.env.db.clone(), folder, parts(), beside(budgets, None), services).await
}

fn parts() -> Parts {
    Parts {
        migrations: wiring::all_migrations(),
        operations: wiring::all_operations(),
        jobs: wiring::all_jobs(),
        directory: Arc::new(Areas),
    }
}

fn beside(budgets: Budgets, oidc: Option<Provider>) -> Beside {
    Beside { sites: vec![Arc::new(IdentitySite::new(Arc::new(settings(&budgets, oidc))))], budgets }
}

async fn apps_like(budgets: Budgets, oidc: Option<Provider>, more: impl Fn(Env) -> Env) -> Vec<(&'static str, TestApp)> {
    let mut apps = Vec::new();
    for (engine, database, folder) in databases().await {
        let beside = beside(budgets, oidc.clone());
        let mut app = TestApp::start_with(database, folder, parts(), beside, |env| more(services(env))).await;
        app.token = user(&app.env, "admin", &["tenant-admin"], &[]).await;
        apps.push((engine, app));
    }
    apps
}

fn services(env: Env) -> Env {
    let keyring = Keyring::parse(&"5a".repeat(32)).unwrap();
    wiring::with_areas(env.with_service(keyring).with_service(adit_models::Engine::new(Arc::new(HashEncoder::new()), 1)))
}

/// A user of the default tenant with the given rights; returns a token.
pub(super) async fn user(env: &Env, username: &str, global: &[&str], in_projects: &[(&str, &str)]) -> String {
    user_in(env, None, username, global, in_projects).await
}

/// The same in any tenant.
pub(super) async fn user_in(
    env: &Env,
    tenant: Option<&str>,
    username: &str,
    global: &[&str],
    in_projects: &[(&str, &str)],
) -> String {
    let mut tx = env.begin().await.unwrap();
    tenants::create_default(&mut tx, env.random.as_ref(), env.now()).await.unwrap();
    let tenant = tenants::named_or_default(&mut tx, tenant).await.unwrap().id;
    let row = UserRow {
        id: env.random.id(),
        username: username.into(),
        email: format!("{username}@example.com"),
        global_permissions: global.iter().map(|p| (*p).to_owned()).collect(),
        is_disabled: false,
        created: env.now(),
        last_login: None,
    };
    users::insert(&mut tx, tenant, &row).await.unwrap();
    for (project, permission) in in_projects {
        users::grant(&mut tx, tenant, row.id, project, &[permission]).await.unwrap();
    }
    let token = tokens::regenerate(&mut tx, row.id, env.random.as_ref(), env.now()).await.unwrap();
    tx.commit().await.unwrap();
    token
}

/// Texts about two things a bank hears often, numbered so that all differ.
pub(super) fn text(n: usize) -> (&'static str, String) {
    let cards =
        ["my card has not arrived yet", "where is the card i ordered", "card delivery is late", "still waiting for my new card"];
    let rates = [
        "the exchange rate was wrong",
        "why is the exchange rate so bad",
        "which exchange rate do you use",
        "rate for euros to dollars",
    ];
    if n.is_multiple_of(2) {
        ("Card > Arrival", format!("{} {n}", cards[n / 2 % 4]))
    } else {
        ("Exchange rate", format!("{} {n}", rates[n / 2 % 4]))
    }
}

/// A comment as clients send it.
pub(super) fn comment(n: usize) -> Value {
    json!({
        "id": format!("c{n}"),
        "timestamp": format!("2024-03-0{}T10:00:{:02}Z", 1 + n / 60 % 4, n % 60),
        "messages": [{"body": {"text": text(n).1}, "from": "ann@acme.test", "to": ["desk@bank.test"]}],
        "user_properties": {"string:Team": if n.is_multiple_of(3) { "red" } else { "blue" }, "number:NPS": n % 11},
    })
}

/// Project `acme`, source `acme/desk` with `n` comments, dataset `acme/orders`; returns source and dataset ids.
pub(super) async fn filled(app: &TestApp, n: usize) -> (String, String) {
    app.ok("PUT", "/api/_private/projects/acme", json!({"project": {"title": "Acme"}, "user_ids": []})).await;
    let source = app.ok("PUT", "/api/v1/sources/acme/desk", json!({"source": {"title": "Desk"}})).await;
    let comments: Vec<Value> = (0..n).map(comment).collect();
    let synced = app.ok("POST", "/api/v1/sources/acme/desk/sync", json!({"comments": comments})).await;
    assert_eq!(synced["new"], n);
    let source_id = source["source"]["id"].as_str().unwrap().to_owned();
    let body = json!({"dataset": {"source_ids": [source_id], "has_sentiment": false, "title": "Orders"}});
    let dataset = app.ok("PUT", "/api/v1/datasets/acme/orders", body).await;
    (source_id, dataset["dataset"]["id"].as_str().unwrap().to_owned())
}

/// Annotates the first `n` comments with what they are about.
pub(super) async fn annotate(app: &TestApp, source_id: &str, n: usize) {
    let annotations: Vec<Value> =
        (0..n).map(|n| json!({"comment_uid": format!("{source_id}.c{n}"), "labels": [{"name": text(n).0}]})).collect();
    app.ok("POST", "/api/v1/datasets/acme/orders/sync-annotations", json!({"annotations": annotations})).await;
}
