//! Every operation against every kind of caller: one table, kept in `docs/reference/authority.md`.
//!
//! A cell says what a caller gets: `yes` when the request reaches the operation, else the status of the refusal.
//! Whether a request reaches its operation is asked of a server whose operations only say so, hence nothing is
//! changed; every refusal is then asked of the real server as well.

use std::fmt::Write as _;
use std::path::Path;

use adit_http::{Needs, Operation};
use adit_kernel::{Error, Kind};
use adit_testing::TestApp;

use super::callers::{self, Caller};
use super::setting::{apps, filled};
use crate::wiring;

/// Said by an operation that was reached.
const REACHED: &str = "reached";

/// What a caller gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Reached,
    Refused(u16),
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reached => f.write_str("yes"),
            Self::Refused(status) => write!(f, "{status}"),
        }
    }
}

/// The operations with handlers that only say they were reached; those that nobody serves yet stay as they are.
fn stubs(operations: &[&'static Operation]) -> Vec<&'static Operation> {
    let stub = |operation: &&'static Operation| {
        let stub: &'static Operation = Box::leak(Box::new(Operation {
            id: operation.id,
            method: operation.method.clone(),
            path: operation.path,
            needs: operation.needs,
            serve: |_| Box::pin(async { Err(Error::new(Kind::Conflict, REACHED)) }),
        }));
        stub
    };
    operations.iter().map(stub).collect()
}

/// Everything the contract names, served or pending, in its order.
fn all_operations() -> Vec<(String, String, String)> {
    let routes = adit_testing::contract::Contract::shared().routes();
    routes.iter().map(|route| (route.operation_id.clone(), route.method.clone(), route.path.clone())).collect()
}

/// Ids of what exists.
struct There {
    source_id: String,
    dataset_id: String,
    bucket_id: String,
}

/// A path of the operation that leads to something that exists.
fn filled_path(path: &str, there: &There) -> String {
    let source_id = &there.source_id;
    let value = |name: &str| match name {
        "owner" => "acme".to_owned(),
        "source_name" => "desk".to_owned(),
        "dataset_name" => "orders".to_owned(),
        "name" if path.contains("/tenants/") => "default".to_owned(),
        "name" => "acme".to_owned(),
        "stream_name" | "trigger_name" => "inbox".to_owned(),
        "model_version" => "1".to_owned(),
        "comment_id" => "c0".to_owned(),
        "comment_uid" | "labelling_id" => format!("{source_id}.c0"),
        other if other.ends_with("source_id") => source_id.to_owned(),
        "dataset_id" => there.dataset_id.clone(),
        other if other.ends_with("bucket_id") => there.bucket_id.clone(),
        "bucket_name" => "inbox".to_owned(),
        _ => "00000000000000aa".to_owned(),
    };
    let mut filled = String::new();
    for segment in path.split('/').skip(1) {
        let (prefix, name) = match segment.split_once('{') {
            Some((prefix, rest)) => (prefix, rest.strip_suffix('}')),
            None => (segment, None),
        };
        let _ = write!(filled, "/{prefix}{}", name.map(value).unwrap_or_default());
    }
    filled
}

async fn ask(app: &TestApp, caller: &Caller, method: &str, path: &str) -> (u16, String) {
    let mut headers: Vec<(&str, &str)> = Vec::new();
    if let Some(value) = &caller.authorization {
        headers.push(("authorization", value));
    }
    let path = format!("{}{path}", caller.prefix);
    let reply = app.send_raw(method, &path, &headers, b"{}".to_vec()).await;
    (reply.status, reply.body["message"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn every_operation_lets_in_exactly_whom_the_table_says() {
    let (_, app) = apps().await.remove(0);
    let (source_id, dataset_id) = filled(&app, 1).await;
    let bucket = app.ok("PUT", "/api/_private/buckets/acme/inbox", serde_json::json!({"bucket": {}})).await;
    let bucket_id = bucket["bucket"]["id"].as_str().unwrap().to_owned();
    let there = There { source_id, dataset_id, bucket_id };
    let callers = callers::all(&app).await;
    let asking = app.with_operations(stubs(&wiring::all_operations()));
    let needs: Vec<(&str, Needs)> = wiring::all_operations().iter().map(|operation| (operation.id, operation.needs)).collect();
    let mut rows = Vec::new();
    for (id, method, path) in all_operations() {
        let target = filled_path(&path, &there);
        let mut answers = Vec::new();
        for caller in &callers {
            let (status, message) = ask(&asking, caller, &method, &target).await;
            let answer = if message == REACHED { Answer::Reached } else { Answer::Refused(status) };
            if let Answer::Refused(status) = answer {
                let (real, message) = ask(&app, caller, &method, &target).await;
                assert_eq!(real, status, "{id} for {}: {message}", caller.title);
            }
            let is_for_strangers = needs.iter().any(|(served, needs)| *served == id && matches!(needs, Needs::Nothing));
            assert!(
                is_for_strangers || !caller.is_outside || matches!(answer, Answer::Refused(401 | 403 | 404)),
                "{id} is open to {}: {answer}",
                caller.title
            );
            answers.push(answer);
        }
        let served = needs.iter().find(|(served, _)| *served == id);
        let needed = served.map_or_else(|| "pending".to_owned(), |(_, needs)| described(needs));
        rows.push((id, needed, answers));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/authority.md");
    let table = table(&callers, &rows);
    if std::env::var_os("ADIT_ACCEPT").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    for (n, (now, then)) in table.lines().zip(reviewed.lines()).enumerate() {
        assert_eq!(now, then, "line {} of docs/reference/authority.md; review, then accept with ADIT_ACCEPT=1", n + 1);
    }
    assert_eq!(table.lines().count(), reviewed.lines().count(), "docs/reference/authority.md lacks or has rows too many");
}

/// What an operation asks for, in words.
fn described(needs: &Needs) -> String {
    let names = |permissions: &[adit_kernel::Permission]| {
        let names: Vec<String> = permissions.iter().map(|permission| format!("`{}`", permission.0)).collect();
        names.join(" and ")
    };
    match needs {
        Needs::Nothing => "nothing".to_owned(),
        Needs::SignedIn => "any credentials".to_owned(),
        Needs::SeesProject(_) => "anything in the project".to_owned(),
        Needs::Global(permission) => format!("{} in the tenant", names(&[*permission])),
        Needs::Project(_, permissions) | Needs::In(_, permissions) => format!("{} in the project", names(permissions)),
        Needs::Tenant(_, permission, own) => {
            format!("{} in the deployment, or {} for one's own tenant", names(&[*permission]), names(own))
        }
        Needs::Somewhere(permission) => format!("{} in some project", names(&[*permission])),
        Needs::SomewhereOr(permission, global) => {
            format!("{} in some project, or {} in the tenant", names(&[*permission]), names(&[*global]))
        }
        Needs::Pending => "pending".to_owned(),
    }
}

fn table(callers: &[Caller], rows: &[(String, String, Vec<Answer>)]) -> String {
    let mut out = String::from(
        "# Who may call what\n\n\
         Written by the test `every_operation_lets_in_exactly_whom_the_table_says`; do not edit by hand.\n\
         `yes`: the request reaches the operation, which may still hide what the caller may not see.\n\
         Otherwise the status of the refusal; `501` is an operation that is not built yet.\n\n",
    );
    for caller in callers {
        let _ = writeln!(out, "- **{}**: {}", caller.title, caller.description);
    }
    let titles: Vec<&str> = callers.iter().map(|caller| caller.title).collect();
    let _ = write!(out, "\n| Operation | Needs | {} |\n|---|---|{}\n", titles.join(" | "), ":-:|".repeat(callers.len()));
    for (id, needs, answers) in rows {
        let cells: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let _ = writeln!(out, "| {id} | {needs} | {} |", cells.join(" | "));
    }
    out
}
