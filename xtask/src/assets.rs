//! What the program carries and public data made: `cargo xtask distil` fits the table of the static encoder,
//! `cargo xtask valence` the head that knows sentiment before anybody annotates.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{build, paths};

/// Flags of both commands.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Folder with `goemotions` and `reviews_uci`; by default `shared/data` beside the checkout.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Writes what the example `bench` makes of `what`, and its digest, into `crates/adit-ml/assets`.
pub(crate) fn run(what: &str, options: &Options) -> Result<()> {
    let folder = options.data.clone().or_else(|| Some(paths::root().parent()?.join("shared/data")));
    let folder = folder.filter(|folder| folder.is_dir()).context("say with `--data` where the data sets are")?;
    let mut command = build::cargo();
    command.args(["run", "--release", "--package", "adit-ml", "--example", "bench", "--", what, "--data"]).arg(folder);
    if !command.status().context("cannot start cargo; install Rust with rustup")?.success() {
        bail!("fitting failed; the messages are above");
    }
    Ok(())
}
