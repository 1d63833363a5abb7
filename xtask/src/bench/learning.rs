//! The loop: from one annotation to a newer model version.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::corpus::Corpus;
use super::figures::{Figure, percentile, thousands};
use crate::api::Api;
use crate::banking::Row;
use crate::demo::{self, DATASET};
use crate::seed;

/// How often the loop is timed at each size; the median is reported.
const N_ROUNDS: usize = 5;
const POLL_EVERY: Duration = Duration::from_millis(10);
const TRAINED_WITHIN: Duration = Duration::from_secs(900);
const NEWER_WITHIN: Duration = Duration::from_secs(180);

/// A number of reviewed comments and the bar at that size.
pub(super) struct Size {
    n_reviewed: usize,
    bar: &'static str,
}

/// Sizes with 77 labels.
pub(super) const SIZES: [Size; 2] = [Size { n_reviewed: 1_000, bar: "< 2 s" }, Size { n_reviewed: 10_000, bar: "< 10 s" }];

/// The size with 100 labels.
pub(super) const LARGE: Size = Size { n_reviewed: 100_000, bar: "< 60 s" };

/// Reviews up to that size and times the loop; `None` if there are too few comments.
pub(super) fn measure(api: &Api, corpus: &Corpus, source_id: &str, n_before: usize, size: &Size) -> Result<Option<Figure>> {
    let n_after = size.n_reviewed + N_ROUNDS;
    if corpus.n_comments < n_after {
        return Ok(None);
    }
    let rows: Vec<Row> = (n_before..size.n_reviewed).map(|idx| corpus.row(idx)).collect();
    seed::annotate(api, source_id, &rows.iter().collect::<Vec<_>>(), &mut || Ok(()))?;
    demo::wait_trained(api, size.n_reviewed as u64, TRAINED_WITHIN, &mut || Ok(()))?;
    let mut seconds = Vec::with_capacity(N_ROUNDS);
    for idx in size.n_reviewed..n_after {
        seconds.push(one_round(api, source_id, &corpus.row(idx))?);
    }
    let what = format!("annotate → newer model version, {} reviewed, median of {N_ROUNDS}", thousands(size.n_reviewed as u64));
    Ok(Some(Figure::new(what, format!("{:.2} s", percentile(&seconds, 0.5)), size.bar)))
}

/// How many rows are reviewed after a size has been measured.
pub(super) fn n_reviewed_after(size: &Size) -> usize {
    size.n_reviewed + N_ROUNDS
}

fn one_round(api: &Api, source_id: &str, row: &Row) -> Result<f64> {
    let before = settled_version(api)?;
    let assigned: Vec<Value> = row.labels.iter().map(|name| json!({"name": name, "sentiment": "positive"})).collect();
    let body = json!({"labelling": [{"group": "default", "assigned": assigned, "dismissed": []}]});
    let path = format!("/api/_private/datasets/{DATASET}/labellings/{source_id}.{}", row.id);
    let begun = Instant::now();
    api.send("POST", &path, Some(&body))?;
    while begun.elapsed() < NEWER_WITHIN {
        if newest_version(api)? > before {
            return Ok(begun.elapsed().as_secs_f64());
        }
        thread::sleep(POLL_EVERY);
    }
    bail!("no version after {before} came within {} s of an annotation", NEWER_WITHIN.as_secs())
}

fn newest_version(api: &Api) -> Result<u64> {
    let reply = api.send("POST", &demo::labellers(""), Some(&json!({})))?;
    let labellers = reply.get("labellers").and_then(Value::as_array).context("the reply holds no `labellers`")?;
    let versions = labellers.iter().filter_map(|model| model.get("version")?.as_u64());
    Ok(versions.max().unwrap_or(0))
}

/// The newest version once no further one is on its way.
fn settled_version(api: &Api) -> Result<u64> {
    let quiet = Duration::from_millis(1_500);
    let mut version = newest_version(api)?;
    let mut since = Instant::now();
    while since.elapsed() < quiet {
        thread::sleep(POLL_EVERY * 10);
        let newest = newest_version(api)?;
        if newest != version {
            version = newest;
            since = Instant::now();
        }
    }
    Ok(version)
}
