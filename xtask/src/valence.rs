//! `cargo xtask valence`: fits the head that knows sentiment before anybody annotates, from public data.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{build, paths};

/// Flags of `cargo xtask valence`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Folder with `goemotions` and `reviews_uci`; by default `shared/data` beside the checkout.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Writes the weights and their digest into `crates/adit-ml/assets`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = options.data.clone().or_else(|| Some(paths::root().parent()?.join("shared/data")));
    let folder = folder.filter(|folder| folder.is_dir()).context("say with `--data` where the data sets are")?;
    let mut command = build::cargo();
    command.args(["run", "--release", "--package", "adit-ml", "--example", "bench", "--", "valence", "--data"]).arg(folder);
    if !command.status().context("cannot start cargo; install Rust with rustup")?.success() {
        bail!("fitting failed; the messages are above");
    }
    Ok(())
}
