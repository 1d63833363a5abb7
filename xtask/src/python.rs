//! Python packages that tests need, in virtual environments in the user's cache.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::paths;

/// The folder with the programs of an environment that holds `packages`; made through pip the first time.
///
/// # Errors
/// When there is no Python, or pip cannot get a package.
pub(crate) fn environment(packages: &[&str]) -> Result<PathBuf> {
    let cache = paths::cache_dir_of_user().context("there is no folder for caches: set HOME")?;
    let folder = cache.join("adit").join(packages.join("+"));
    let (programs, whole) = (folder.join("bin"), folder.join("adit-whole"));
    if whole.is_file() {
        return Ok(programs);
    }
    let python = paths::program("python3").context("`python3` is not installed")?;
    // What an interrupted run left must not be taken for a whole environment.
    let _ = fs::remove_dir_all(&folder);
    quietly(Command::new(python).args(["-m", "venv"]).arg(&folder), "make a virtual environment")?;
    let what = format!("install {}", packages.join(", "));
    quietly(Command::new(programs.join("pip")).args(["install", "--quiet", "--retries", "1"]).args(packages), &what)?;
    fs::write(&whole, "").with_context(|| format!("cannot write `{}`", whole.display()))?;
    Ok(programs)
}

fn quietly(command: &mut Command, what: &str) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot {what}"))?;
    if !output.status.success() {
        bail!("cannot {what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
