//! Runs `contract/scenarios/**.json`: requests in order, partial expectations, captured values.
//!
//! A scenario names no host and makes its own project, so the same file runs
//! against any server. How the files are written is told in
//! `contract/scenarios/README.md`; how an expectation is compared, in [`compare`].

mod compare;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Api, Reply};
use variables::Variables;

/// One file of `contract/scenarios/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in one line.
    pub title: String,
    /// Why we believe that the platform behaves so.
    #[serde(default)]
    pub source: String,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// What this step does, for messages.
    #[serde(rename = "do")]
    title: String,
    /// `METHOD path`; absent in a step that only holds others.
    request: Option<String>,
    body: Option<Value>,
    /// A body that is sent as it stands, for bodies that are not JSON.
    raw_body: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// `none`, or a token to send instead of the caller's.
    token: Option<String>,
    #[serde(default)]
    expect: Expect,
    /// Variable name to JSON pointer into the reply.
    #[serde(default)]
    capture: BTreeMap<String, String>,
    /// Ask again until the expectation holds, for at most so long.
    until_seconds: Option<u64>,
    /// Runs the step once for each value, which `${item}` or `${item.key}` names.
    for_each: Option<Vec<Value>>,
    /// Steps to run instead of a request.
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    status: Option<u16>,
    body: Option<Value>,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
}

/// Every scenario of the repository with its file name, sorted.
pub fn scenarios() -> Vec<(String, Scenario)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contract/scenarios");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.strip_prefix(&root).unwrap_or(file).display().to_string();
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("cannot read {name}: {error}"));
        let scenario = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name} is no scenario: {error}"));
        (name, scenario)
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

impl Scenario {
    /// Plays it in a project of its own, which must not exist yet and is deleted
    /// at the end. Returns what did not go as expected.
    pub fn run(&self, api: &Api, project: &str) -> Vec<String> {
        let created =
            api.try_call("PUT", &format!("/api/_private/projects/{project}"), Some(&json!({"project": {}, "user_ids": []})));
        match created {
            Ok(reply) if reply.status == 200 => {}
            Ok(reply) => return vec![format!("cannot make project `{project}`: {}", reply.shown())],
            Err(error) => return vec![format!("cannot make project `{project}`: {error}")],
        }
        let mut play = Play { api, variables: Variables::default(), failures: Vec::new() };
        play.variables.set("project", json!(project));
        play.steps(&self.steps);
        let _ = api.try_call("DELETE", &format!("/api/_private/projects/{project}?force=true"), None);
        play.failures
    }
}

struct Play<'a> {
    api: &'a Api,
    variables: Variables,
    failures: Vec<String>,
}

impl Play<'_> {
    /// Returns false when later steps cannot make sense.
    fn steps(&mut self, steps: &[Step]) -> bool {
        steps.iter().all(|step| self.step(step))
    }

    fn step(&mut self, step: &Step) -> bool {
        let Some(items) = &step.for_each else { return self.once(step) };
        for item in items {
            let item = self.variables.fill(item);
            self.variables.set("item", item);
            if !self.once(step) {
                return false;
            }
        }
        true
    }

    fn once(&mut self, step: &Step) -> bool {
        let Some(request) = &step.request else { return self.steps(&step.steps) };
        let deadline = Instant::now() + Duration::from_secs(step.until_seconds.unwrap_or_default());
        loop {
            match self.attempt(step, request) {
                Ok(()) => return true,
                Err(problems) if Instant::now() >= deadline => {
                    self.failures.push(format!("{}: {}", step.title, problems.join("\n      ")));
                    return step.capture.is_empty();
                }
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    fn attempt(&mut self, step: &Step, request: &str) -> Result<(), Vec<String>> {
        let reply = self.ask(step, request)?;
        let mut problems = reply.breaches.clone();
        let expected = step.expect.status.unwrap_or(200);
        if reply.status != expected {
            problems.push(format!("expected status {expected}"));
        }
        if let Some(body) = &step.expect.body {
            compare::differences("$", &self.variables.fill(body), Some(&reply.body), &mut problems);
        }
        for (name, wanted) in &step.expect.headers {
            let found = reply.headers.get(name).and_then(|value| value.to_str().ok()).map(|text| json!(text));
            compare::differences(&format!("header {name}"), &self.variables.fill(wanted), found.as_ref(), &mut problems);
        }
        for (name, pointer) in &step.capture {
            match reply.body.pointer(pointer) {
                Some(value) => self.variables.set(name, value.clone()),
                None => problems.push(format!("nothing at `{pointer}` to capture")),
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        problems.insert(0, reply.request.clone());
        problems.push(format!("the reply: {}", reply.shown()));
        Err(problems)
    }

    fn ask(&self, step: &Step, request: &str) -> Result<Reply, Vec<String>> {
        let request = self.variables.fill_text(request);
        let Some((method, path)) = request.split_once(' ') else { return Err(vec![format!("`{request}` is no request")]) };
        let api = match step.token.as_deref() {
            None => self.api.clone(),
            Some("none") => self.api.with_token(None),
            Some(token) => self.api.with_token(Some(token)),
        };
        let mut sent = api.request(method, path);
        for (name, value) in &step.headers {
            sent = sent.header(name, self.variables.fill_text(value));
        }
        if let Some(body) = &step.body {
            sent = sent.json(&self.variables.fill(body));
        } else if let Some(raw) = &step.raw_body {
            sent = sent.header("content-type", "application/json").body(raw.clone());
        }
        Ok(api.send(method, path, sent))
    }
}
