//! The comments of a benchmark: every training question, repeated as often as asked for.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use crate::api::Api;
use crate::banking::{self, Row};
use crate::demo::SOURCE;
use crate::progress::Step;
use crate::seed::SYNC_BATCH;

/// Labels of a corpus that goes through the questions more than once.
const N_LABELS: usize = 100;

/// The questions, and their ids once uploaded.
pub(super) struct Corpus {
    /// Every BANKING77 row with its intent; the first ones are the training split.
    pub(super) rows: Vec<Row>,
    /// How many comments to upload.
    pub(super) n_comments: usize,
    /// Intents that are two in later passes.
    divided: BTreeSet<String>,
}

impl Corpus {
    /// Loads the questions.
    pub(super) fn load(n_comments: usize) -> Result<Self> {
        let mut rows = banking::rows("train")?;
        rows.extend(banking::rows("test")?);
        let intents: BTreeSet<&String> = rows.iter().flat_map(|row| &row.labels).collect();
        let divided = intents.iter().take(N_LABELS.saturating_sub(intents.len())).map(|&intent| intent.clone()).collect();
        Ok(Self { rows, n_comments, divided })
    }

    /// The comment with that number. The first pass through the questions is verbatim; later ones carry a number, so
    /// that no two texts are equal, and divide some intents in two, so that there are a hundred.
    pub(super) fn row(&self, idx: usize) -> Row {
        let mut row = self.rows[idx % self.rows.len()].clone();
        if idx >= self.rows.len() {
            row.id = format!("{}-{idx}", row.id);
            row.text = format!("{} (case {idx})", row.text);
            for label in &mut row.labels {
                if idx % 2 == 1 && self.divided.contains(label) {
                    label.push_str(", odd");
                }
            }
        }
        row
    }

    /// Uploads everything in batches; returns the seconds spent on requests.
    pub(super) fn upload(&self, api: &Api) -> Result<f64> {
        let path = format!("/api/v1/sources/{SOURCE}/sync");
        let mut step = Step::bar("Uploading comments", self.n_comments as u64);
        let mut seconds = 0.0;
        for first in (0..self.n_comments).step_by(SYNC_BATCH) {
            let last = (first + SYNC_BATCH).min(self.n_comments);
            let comments: Vec<Value> = (first..last).map(|idx| self.row(idx).comment(idx)).collect();
            // Writing the request is the client's work and stays outside the measure.
            let body = json!({ "comments": comments }).to_string().into_bytes();
            let begun = Instant::now();
            api.call_raw("POST", &path, body)?.success("POST", &path)?;
            seconds += begun.elapsed().as_secs_f64();
            step.advance((last - first) as u64);
        }
        step.finish("uploaded");
        Ok(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_comments_share_an_id() {
        let corpus = Corpus::load(30_000).unwrap();
        let rows: Vec<Row> = (0..30_000).map(|idx| corpus.row(idx)).collect();
        assert_eq!(rows.iter().map(|row| &row.id).collect::<BTreeSet<_>>().len(), 30_000);
        let n_labels = |rows: &[Row]| rows.iter().flat_map(|row| row.labels.clone()).collect::<BTreeSet<_>>().len();
        assert_eq!((n_labels(&rows[..13_083]), n_labels(&rows)), (77, 100));
    }
}
