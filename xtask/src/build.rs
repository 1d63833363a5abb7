//! Building the `adit` binary with the cargo that runs us.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::paths;

/// Which of cargo's profiles to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For tests.
    Dev,
    /// For running and measuring.
    Release,
}

/// A cargo command in the root of the repository.
pub(crate) fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(paths::root());
    if let Some(folder) = default_target_dir() {
        command.env("CARGO_TARGET_DIR", folder);
    }
    command
}

fn default_target_dir() -> Option<PathBuf> {
    let is_ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
    let is_chosen = env::var_os("CARGO_TARGET_DIR").is_some();
    if is_ci && !is_chosen { paths::ci_target_dir() } else { None }
}

/// Builds the server and returns its path. Compiler messages go to the terminal.
pub(crate) fn adit(profile: Profile) -> Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--package", "adit", "--bin", "adit", "--message-format", "json-render-diagnostics"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    let output = command.stderr(Stdio::inherit()).output().context("cannot start cargo; install Rust with rustup")?;
    if !output.status.success() {
        bail!("building `adit` failed; the compiler's messages are above");
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    executable(&messages).context("cargo did not say where it put the `adit` binary")
}

fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let is_adit = message.pointer("/target/name")? == "adit";
        let path = message.get("executable")?.as_str()?;
        is_adit.then(|| PathBuf::from(path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_found_among_cargo_messages() {
        let messages = concat!(
            "not json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"adit"},"executable":"/t/release/adit"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some(PathBuf::from("/t/release/adit")));
        assert_eq!(executable(""), None);
    }
}
