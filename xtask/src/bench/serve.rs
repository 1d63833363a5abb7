//! One run of the serve benchmark, from an empty folder to a restart.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::corpus::Corpus;
use super::figures::{Figure, rate, thousands};
use super::memory::Memory;
use super::{learning, predicting, report, streaming, themes};
use crate::api::Api;
use crate::build::{self, Profile};
use crate::demo::DATASET;
use crate::paths::TempFolder;
use crate::seed;
use crate::server::{self, Plan, Server};

const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Memory of an idle server is read after it has had time to settle.
const SETTLE: Duration = Duration::from_secs(2);

/// Measures everything and publishes the table.
pub(super) fn run(n_comments: usize) -> Result<()> {
    eprintln!("Building Adit …");
    let binary = build::adit(Profile::Release)?;
    let corpus = Corpus::load(n_comments)?;
    let folder = TempFolder::new("bench")?;
    let data_dir = folder.path().join("data");
    let token = server::token(&data_dir)?;
    let listen = server::free_address()?;
    let plan = Plan { binary: &binary, data_dir: &data_dir, listen: &listen, more: &[] };
    let mut figures = Vec::new();

    let (server, seconds) = timed_start(&plan)?;
    figures.push(Figure::new("empty start to ready", format!("{seconds:.2} s"), "< 1 s"));
    std::thread::sleep(SETTLE);
    figures.push(Figure::new("memory, empty and idle", Memory::of(server.id()).text(), "< 150 MB"));
    let api = Api::new(server.address(), &token.text);

    seed::project(&api)?;
    let source_id = seed::source(&api)?;
    let seconds = corpus.upload(&api)?;
    figures.push(Figure::new("sync, batches of 512, durable", rate(n_comments, seconds), "≥ 5 000/s"));
    let after = format!("memory after {} comments", thousands(n_comments as u64));
    figures.push(Figure::new(after, Memory::of(server.id()).text(), "< 2 GB at 1 M"));

    seed::dataset(&api, &source_id)?;
    figures.push(themes::measure(&api, n_comments, Instant::now())?);
    figures.push(streaming::measure(&api, n_comments)?);
    let mut n_reviewed = 0;
    for size in &learning::SIZES {
        if let Some(figure) = learning::measure(&api, &corpus, &source_id, n_reviewed, size)? {
            figures.push(figure);
            n_reviewed = learning::n_reviewed_after(size);
        }
    }
    figures.extend(predicting::measure(&api)?);
    figures.push(Figure::new("memory after learning", Memory::of(server.id()).text(), "< 2 GB at 1 M"));
    if let Some(figure) = learning::measure(&api, &corpus, &source_id, n_reviewed, &learning::LARGE)? {
        figures.push(figure);
        figures.push(Figure::new("memory with 100 000 reviewed", Memory::of(server.id()).text(), "< 2 GB at 1 M"));
    }
    server.stop();

    figures.push(restart(&plan, &token.text)?);
    report::publish(n_comments, &figures)
}

fn timed_start(plan: &Plan<'_>) -> Result<(Server, f64)> {
    let begun = Instant::now();
    let mut server = server::start(plan)?;
    server.wait_ready(LOOK_EVERY)?;
    Ok((server, begun.elapsed().as_secs_f64()))
}

/// Time from the start with all the data to the first answer about it.
fn restart(plan: &Plan<'_>, token: &str) -> Result<Figure> {
    let begun = Instant::now();
    let (server, _) = timed_start(plan)?;
    Api::new(server.address(), token).send("GET", &format!("/api/v1/datasets/{DATASET}"), None)?;
    let seconds = begun.elapsed().as_secs_f64();
    server.stop();
    Ok(Figure::new("restart with the data to first answer", format!("{seconds:.2} s"), "< 3 s at 1 M"))
}
