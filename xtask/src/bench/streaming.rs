//! Streams: comments a second through fetch and advance.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::figures::{Figure, rate, thousands};
use crate::api::Api;
use crate::demo::DATASET;

const SIZE: usize = 256;
/// A stream that gives nothing for this long is not going to.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads every comment of the dataset through a stream without a model.
pub(super) fn measure(api: &Api, n_comments: usize) -> Result<Figure> {
    let streams = format!("/api/v1/datasets/{DATASET}/streams");
    let body = json!({"stream": {"name": "bench", "title": "Benchmark"}});
    api.send("PUT", &streams, Some(&body))?;
    // A new stream begins now; the comments came before.
    let body = json!({"to_comment_created_at": "2000-01-01T00:00:00Z"});
    api.send("POST", &format!("{streams}/bench/reset"), Some(&body))?;
    let begun = Instant::now();
    let (mut n_seen, mut last_gift) = (0, begun);
    while n_seen < n_comments {
        if last_gift.elapsed() > PATIENCE {
            bail!("the stream gave {n_seen} of {n_comments} comments, then nothing for {} s", PATIENCE.as_secs());
        }
        let page = api.send("POST", &format!("{streams}/bench/fetch"), Some(&json!({ "size": SIZE })))?;
        let n_given = page.get("results").and_then(Value::as_array).map_or(0, Vec::len);
        if n_given > 0 {
            (n_seen, last_gift) = (n_seen + n_given, Instant::now());
        }
        let sequence_id = page.get("sequence_id").context("the page has no `sequence_id`")?;
        api.send("POST", &format!("{streams}/bench/advance"), Some(&json!({ "sequence_id": sequence_id })))?;
    }
    let what = format!("stream fetch and advance, {SIZE} a page, {} comments", thousands(n_seen as u64));
    Ok(Figure::new(what, rate(n_seen, begun.elapsed().as_secs_f64()), "–"))
}
