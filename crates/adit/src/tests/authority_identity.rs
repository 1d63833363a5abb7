//! The table of who may use which route of identity, asked of the running server and held against the reviewed one.
//!
//! A reply of 401 or 403 is a refusal; any other says that the route was reached with a request it could not use.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use adit_http::Budgets;
use adit_identity::IdentitySite;
use adit_testing::{Reply, TestApp};
use serde_json::json;

use super::callers;
use super::setting::{apps, filled, settings, user};
use super::sign_in::{PASSWORD, link, person, post, try_sign_in};

/// A column: who asks, with which headers, below which path.
struct Column {
    title: &'static str,
    description: &'static str,
    headers: Vec<(&'static str, String)>,
    prefix: String,
}

async fn columns(app: &TestApp) -> Vec<Column> {
    let mut columns: Vec<Column> = callers::all(app)
        .await
        .into_iter()
        .map(|caller| Column {
            title: caller.title,
            description: caller.description,
            headers: caller.authorization.into_iter().map(|value| ("authorization", value)).collect(),
            prefix: caller.prefix.replace("/reinfer_", ""),
        })
        .collect();
    person(app, "insession", &[("acme", "role-cm-viewer")]).await;
    user(&app.env, "chief", &["tenant-admin"], &[]).await;
    let token = link(app, "chief").await;
    let set = post(app, "/identity_/api/password/set", json!({"token": token, "password": PASSWORD})).await;
    assert_eq!(set.status, 200, "{}", set.body);
    for (title, name, forged, description) in [
        ("session", "insession", false, "a viewer of the project who signed in, on our own page"),
        ("admin session", "chief", false, "an administrator of the tenant who signed in, on our own page"),
        ("forged", "chief", true, "the browser of that administrator, on a page of another host"),
    ] {
        columns.push(Column { title, description, headers: session(app, name, forged).await, prefix: String::new() });
    }
    columns
}

async fn session(app: &TestApp, name: &str, forged: bool) -> Vec<(&'static str, String)> {
    let reply = try_sign_in(app, name, PASSWORD, None).await;
    let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let csrf = reply.body["csrf_token"].as_str().unwrap().to_owned();
    let origin = if forged { "https://evil.test" } else { "https://adit.test" };
    vec![("host", "adit.test".into()), ("origin", origin.into()), ("cookie", cookie), ("x-csrf-token", csrf)]
}

async fn ask(app: &TestApp, column: &Column, method: &str, path: &str) -> Reply {
    let path = format!("{}/identity_/{}", column.prefix, path.replace("{client_id}", "nobody").replace("{session_id}", "aa"));
    let headers: Vec<(&str, &str)> = column.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.send_raw(method, &path, &headers, b"{}".to_vec()).await
}

#[tokio::test]
async fn every_route_of_identity_lets_in_exactly_whom_the_table_says() {
    let (_, app) = apps().await.remove(0);
    filled(&app, 1).await;
    let columns = columns(&app).await;
    let site = IdentitySite::new(Arc::new(settings(&Budgets::default(), None)));
    // What ends sessions comes last.
    let mut routes: Vec<(&str, String, &str)> =
        site.routes().map(|(name, method, path)| (name, method.to_string(), path)).collect();
    routes.sort_by_key(|(name, ..)| *name == "identity/sign_out");
    let mut table = String::from(
        "# Who may use which route of identity\n\n\
         Written by the test `every_route_of_identity_lets_in_exactly_whom_the_table_says`; do not edit by hand.\n\
         `yes`: the route is reached; what it then does with the request is its own matter.\n\
         The callers are those of [who may call what](authority.md), and:\n\n",
    );
    for column in columns.iter().rev().take(3).rev() {
        let _ = writeln!(table, "- **{}**: {}", column.title, column.description);
    }
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let _ = write!(table, "\n| Route | {} |\n|---|{}\n", titles.join(" | "), ":-:|".repeat(columns.len()));
    for (name, method, path) in &routes {
        let mut cells = Vec::new();
        for column in &columns {
            let reply = ask(&app, column, method, path).await;
            assert!(reply.status < 500, "{name} for {}: {} {}", column.title, reply.status, reply.body);
            cells.push(if [401, 403].contains(&reply.status) { reply.status.to_string() } else { "yes".to_owned() });
        }
        let _ = writeln!(table, "| {name} | {} |", cells.join(" | "));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/authority-identity.md");
    if std::env::var_os("ADIT_ACCEPT").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    for (n, (now, then)) in table.lines().zip(reviewed.lines()).enumerate() {
        assert_eq!(now, then, "line {} of docs/reference/authority-identity.md; review, then accept with ADIT_ACCEPT=1", n + 1);
    }
    assert_eq!(
        table.lines().count(),
        reviewed.lines().count(),
        "docs/reference/authority-identity.md lacks or has rows too many"
    );
}
