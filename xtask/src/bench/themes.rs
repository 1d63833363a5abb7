//! Themes: how long a new dataset takes to say what it is about.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;

use super::figures::{Figure, thousands};
use crate::api::Api;
use crate::demo::DATASET;

const LOOK_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(300);

/// Waits for the first themes of a dataset that was made at `begun`; they may be a preview.
pub(super) fn measure(api: &Api, n_comments: usize, begun: Instant) -> Result<Figure> {
    let path = format!("/api/_private/datasets/{DATASET}/themes");
    while begun.elapsed() < PATIENCE {
        let reply = api.send("GET", &path, None)?;
        let n_themes = reply.pointer("/theme_set/themes").and_then(Value::as_array).map_or(0, Vec::len);
        if n_themes > 0 {
            let is_preview = reply.pointer("/theme_set/_is_preview") == Some(&Value::Bool(true));
            let kind = if is_preview { ", a preview" } else { "" };
            let what = format!("dataset made → {n_themes} themes{kind}, {} comments", thousands(n_comments as u64));
            return Ok(Figure::new(what, format!("{:.1} s", begun.elapsed().as_secs_f64()), "–"));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!("there are no themes after {} s", PATIENCE.as_secs())
}
