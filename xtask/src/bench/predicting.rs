//! Prediction: the server's time for one message, and messages a second in batches.

use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::figures::{Figure, percentile, rate};
use crate::api::Api;
use crate::banking::{self, Row};
use crate::demo;

const N_SINGLE: usize = 200;
const BATCH: usize = 256;
const N_BATCHES: usize = 16;
const N_WARM_UP: usize = 5;

/// Measures both on texts the server has never seen.
pub(super) fn measure(api: &Api) -> Result<Vec<Figure>> {
    let rows = banking::rows("test")?;
    let mut n_used = 0;
    let mut fresh = |n: usize| -> Vec<u8> {
        let documents: Vec<Value> = (n_used..n_used + n).filter_map(|idx| fresh_document(&rows, idx)).collect();
        n_used += n;
        json!({"documents": documents, "threshold": 0.25}).to_string().into_bytes()
    };
    let path = demo::labellers("/predict");
    for _ in 0..N_WARM_UP {
        api.call_raw("POST", &path, fresh(1))?.success("POST", &path)?;
    }
    let mut server_ms = Vec::with_capacity(N_SINGLE);
    for _ in 0..N_SINGLE {
        let reply = api.call_raw("POST", &path, fresh(1))?;
        server_ms.push(reply.server_ms.context("the reply has no `Server-Timing: total;dur=…`")?);
        reply.success("POST", &path)?;
    }
    let mut seconds = 0.0;
    for _ in 0..N_BATCHES {
        let body = fresh(BATCH);
        let begun = Instant::now();
        api.call_raw("POST", &path, body)?.success("POST", &path)?;
        seconds += begun.elapsed().as_secs_f64();
    }
    let single = format!("{:.1} ms / {:.1} ms", percentile(&server_ms, 0.5), percentile(&server_ms, 0.99));
    Ok(vec![
        Figure::new(format!("predict one message, server time p50 / p99 of {N_SINGLE}"), single, "p99 < 20 ms"),
        Figure::new(format!("predict in batches of {BATCH}"), rate(N_BATCHES * BATCH, seconds), "≥ 1 000/s"),
    ])
}

/// A test question with a number, so that no cache can know it.
fn fresh_document(rows: &[Row], idx: usize) -> Option<Value> {
    let row = rows.get(idx % rows.len())?;
    Some(banking::document(&format!("{} (call {idx})", row.text)))
}
