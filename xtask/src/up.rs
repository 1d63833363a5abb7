//! `cargo xtask up`: from a fresh checkout to a running, seeded, trained server.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::api::Api;
use crate::build::{self, Profile};
use crate::demo;
use crate::seed::Watch;
use crate::server::{self, Plan, Server};
use crate::{banking, seed};

/// Annotated questions of each intent.
const PER_INTENT: usize = 25;
/// How long the first training may take on a slow machine.
const TRAINED_WITHIN: Duration = Duration::from_secs(900);

/// Flags of `cargo xtask up`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder of the database, the blobs, the log and the token.
    #[arg(long, default_value = "./adit-data")]
    data_dir: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Stop the server after printing instead of staying in the foreground.
    #[arg(long)]
    exit: bool,
}

/// Builds, starts, seeds, prints, and stays until Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    server::check_listen(&options.listen)?;
    let interrupts = interrupts()?;
    eprintln!("Building Adit (the first build takes some minutes) …");
    let binary = build::adit(Profile::Release)?;
    let token = server::token(&options.data_dir)?;
    let plan = Plan { binary: &binary, data_dir: &options.data_dir, listen: &options.listen, more: &[] };
    let mut server = server::start(&plan)?;
    server.wait_ready(Duration::from_millis(50))?;
    let api = Api::new(server.address(), &token.text);

    let mut watch = || {
        if interrupts.try_recv().is_ok() {
            bail!("interrupted; run the same command again to go on");
        }
        server.check_alive()
    };
    prepare(&api, &options.data_dir, &mut watch)?;

    println!();
    println!("Adit is running at http://{}", server.address());
    if token.is_new {
        println!("Administrator token (shown once): {}", token.text);
    }
    println!("The token is in {}", options.data_dir.join("admin-token").display());
    if options.exit {
        server.stop();
        return Ok(());
    }
    println!("Press Ctrl-C to stop.");
    stay(server, &interrupts)
}

fn interrupts() -> Result<mpsc::Receiver<()>> {
    let (sender, receiver) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listening means we are already on the way out.
        let _ = sender.send(());
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(receiver)
}

/// Seeds the demo unless an earlier run did, then shows what it learned.
fn prepare(api: &Api, data_dir: &Path, watch: Watch<'_>) -> Result<()> {
    // Present from before the first write until after the last: a run that was
    // cut off is taken up again instead of being mistaken for a finished one.
    let unfinished = data_dir.join("demo-unfinished");
    let is_seeded = seed::exists(api)? && !unfinished.exists();
    let mut n_reviewed = 1;
    if is_seeded {
        eprintln!("The demo is already here; seeding is skipped.");
    } else {
        fs::write(&unfinished, "Removed when the demo is seeded.\n")?;
        n_reviewed = fill(api, watch)?;
        fs::remove_file(&unfinished)?;
    }
    let summary = demo::wait_trained(api, n_reviewed, TRAINED_WITHIN, watch)?;
    demo::print_score(&summary);
    demo::print_examples(api)
}

fn fill(api: &Api, watch: Watch<'_>) -> Result<u64> {
    let rows = banking::rows("train")?;
    seed::project(api)?;
    let source_id = seed::source(api)?;
    seed::sync(api, &rows, watch)?;
    seed::dataset(api, &source_id)?;
    let reviewed = banking::few_shots(&rows, PER_INTENT);
    seed::annotate(api, &source_id, &reviewed, watch)?;
    Ok(reviewed.len() as u64)
}

fn stay(mut server: Server, interrupts: &mpsc::Receiver<()>) -> Result<()> {
    while let Err(RecvTimeoutError::Timeout) = interrupts.recv_timeout(Duration::from_millis(500)) {
        server.check_alive()?;
    }
    eprintln!("Stopping …");
    server.stop();
    Ok(())
}
