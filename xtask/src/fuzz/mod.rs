//! `cargo xtask fuzz`: sends what nobody would send to a real server, within a budget.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::api::Api;
use crate::build::{self, Profile};
use crate::openapi;
use crate::paths::TempFolder;
use crate::python;
use crate::server::{self, Plan};

/// The tool and its version; a newer one may find more, which belongs into a change of its own.
const TOOL: &str = "schemathesis==4.32.5";
/// Checks that a failing reply breaks; the first two are ours.
const CHECKS: &str = "no_failure,in_the_envelope,response_schema_conformance,content_type_conformance";

/// What to send nonsense to.
#[derive(clap::Subcommand)]
pub(crate) enum Target {
    /// Every served operation of the contract, by schemathesis.
    Contract {
        /// How long to go on, in seconds.
        #[arg(long, default_value_t = 300)]
        seconds: u32,
        /// Where to begin; the same seed sends the same.
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
}

/// Fails when a reply breaks a rule.
pub(crate) fn run(target: &Target) -> Result<()> {
    let Target::Contract { seconds, seed } = target;
    let tool = tool()?;
    contract(&tool, &build::adit(Profile::Dev)?, *seconds, *seed)
}

/// The tool from the user's cache; installed through pip the first time.
///
/// # Errors
/// When there is no Python, or pip cannot get the tool.
pub(crate) fn tool() -> Result<PathBuf> {
    Ok(python::environment(&[TOOL])?.join("st"))
}

/// Fuzzes a fresh server with a little in it.
pub(crate) fn contract(tool: &Path, binary: &Path, seconds: u32, seed: u32) -> Result<()> {
    let folder = TempFolder::new("fuzz")?;
    let data_dir = folder.path().join("data");
    let token = server::token(&data_dir)?;
    let listen = server::free_address()?;
    let mut server = server::start(&Plan { binary, data_dir: &data_dir, listen: &listen, more: &[] })?;
    server.wait_ready(Duration::from_millis(50))?;
    let api = Api::new(server.address(), &token.text);
    let known = fill(&api)?;
    let (document, config, checks) =
        (folder.path().join("openapi.json"), folder.path().join("schemathesis.toml"), folder.path().join("checks.py"));
    openapi::write_served(&document)?;
    fs::write(&config, known)?;
    fs::write(&checks, include_str!("checks.py"))?;
    let mut command = Command::new(tool);
    command
        .arg("--config-file")
        .arg(&config)
        .arg("run")
        .arg(&document)
        .args(["--url", &format!("http://{}", server.address())])
        .args(["--header", &format!("Authorization: Bearer {}", token.text)])
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "8"])
        .args(["--max-time", &seconds.to_string(), "--seed", &seed.to_string()])
        .args(["--continue-on-failure", "--request-timeout", "30", "--suppress-health-check", "all", "--warnings", "off"])
        .env("SCHEMATHESIS_HOOKS", &checks)
        .current_dir(folder.path())
        .stdin(Stdio::null());
    let output = command.output().context("cannot start schemathesis")?;
    let text = String::from_utf8_lossy(&output.stdout);
    server.check_alive()?;
    let is_ready = api.is_ready();
    server.stop();
    if !is_ready {
        bail!("the server no longer answers");
    }
    if !output.status.success() {
        println!("{text}\n{}", String::from_utf8_lossy(&output.stderr));
        bail!("a reply breaks a rule; the cases are above");
    }
    match text.lines().map(str::trim).find(|line| line.contains("generated")) {
        Some(line) => println!("contract fuzz: {line}"),
        None => bail!("schemathesis sent nothing:\n{text}"),
    }
    Ok(())
}

/// Puts something of each kind there, and says which values lead to it: nonsense alone would only meet 404.
fn fill(api: &Api) -> Result<String> {
    let put = |path: &str, body: Value| api.send("PUT", path, Some(&body));
    let post = |path: &str, body: Value| api.send("POST", path, Some(&body));
    let user = api.send("GET", "/auth/user", None)?;
    let user_id = user.pointer("/user/id").and_then(Value::as_str).context("the server does not say who we are")?.to_owned();
    put("/api/_private/projects/acme", json!({"project": {"title": "Acme"}, "user_ids": [user_id]}))?;
    let source = put("/api/v1/sources/acme/desk", json!({"source": {"title": "Desk"}}))?;
    let source_id = source.pointer("/source/id").and_then(Value::as_str).context("the source has no id")?.to_owned();
    let texts = ["My card has not arrived", "Please change my address", "The rate was wrong", "Card is late again"];
    let comment = |n: usize| {
        json!({"id": format!("c{n}"), "timestamp": format!("2024-03-05T09:{n:02}:00Z"), "thread_id": format!("t{}", n / 3),
            "user_properties": {"string:Team": "red", "number:NPS": n},
            "messages": [{"body": {"text": texts[n % texts.len()]}, "from": "ann@acme.test", "to": ["desk@bank.test"]}]})
    };
    post("/api/v1/sources/acme/desk/sync", json!({"comments": (0..40).map(comment).collect::<Vec<_>>()}))?;
    put("/api/v1/datasets/acme/orders", json!({"dataset": {"source_ids": [source_id], "has_sentiment": false}}))?;
    let labels = ["Card", "Address", "Rate"];
    let annotation =
        |n: usize| json!({"comment_uid": format!("{source_id}.c{n}"), "labels": [{"name": labels[n % labels.len()]}]});
    let annotations: Vec<Value> = (0..30).map(annotation).collect();
    post("/api/v1/datasets/acme/orders/sync-annotations", json!({"annotations": annotations}))?;
    put("/api/v1/datasets/acme/orders/streams", json!({"stream": {"name": "inbox"}}))?;
    put("/api/_private/buckets/acme/mail", json!({"bucket": {}}))?;
    let known = [
        ("owner", "acme"),
        ("source_name", "desk"),
        ("dataset_name", "orders"),
        ("stream_name", "inbox"),
        ("trigger_name", "inbox"),
        ("bucket_name", "mail"),
        ("model_version", "1"),
        ("comment_id", "c1"),
        ("comment_uid", &format!("{source_id}.c1")),
        ("labelling_id", &format!("{source_id}.c1")),
        ("label_group", "default"),
        ("user_id", &user_id),
    ];
    let lines: String = known.iter().map(|(name, value)| format!("\"path.{name}\" = \"{value}\"\n")).collect();
    Ok(format!("[parameters]\n{lines}"))
}
