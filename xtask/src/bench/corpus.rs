//! The comments of a benchmark: every training question, repeated as often as asked for.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};

use crate::api::Api;
use crate::banking::{self, Row};
use crate::demo::SOURCE;
use crate::progress::Step;
use crate::seed::SYNC_BATCH;

/// The questions, and their ids once uploaded.
pub(super) struct Corpus {
    /// Every BANKING77 row with its intent; the first ones are the training split.
    pub(super) rows: Vec<Row>,
    /// How many comments to upload.
    pub(super) n_comments: usize,
}

impl Corpus {
    /// Loads the questions.
    pub(super) fn load(n_comments: usize) -> Result<Self> {
        let mut rows = banking::rows("train")?;
        rows.extend(banking::rows("test")?);
        Ok(Self { rows, n_comments })
    }

    /// Id and text of the comment with that number. The first pass through the
    /// questions is verbatim; later ones carry a number, so that no two texts are equal.
    fn comment(&self, idx: usize) -> Option<Value> {
        let row = self.rows.get(idx % self.rows.len())?;
        if idx < self.rows.len() {
            return Some(row.comment(idx));
        }
        Some(banking::comment(&format!("{}-{idx}", row.id), &format!("{} (case {idx})", row.text), idx))
    }

    /// How many rows may be annotated: those uploaded verbatim.
    pub(super) fn n_annotatable(&self) -> usize {
        self.n_comments.min(self.rows.len())
    }

    /// Uploads everything in batches; returns the seconds spent on requests.
    pub(super) fn upload(&self, api: &Api) -> Result<f64> {
        let path = format!("/api/v1/sources/{SOURCE}/sync");
        let mut step = Step::bar("Uploading comments", self.n_comments as u64);
        let mut seconds = 0.0;
        for first in (0..self.n_comments).step_by(SYNC_BATCH) {
            let last = (first + SYNC_BATCH).min(self.n_comments);
            let comments: Vec<Value> = (first..last).filter_map(|idx| self.comment(idx)).collect();
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
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_comments_share_an_id() {
        let corpus = Corpus::load(30_000).unwrap();
        let ids: BTreeSet<String> =
            (0..30_000).filter_map(|idx| corpus.comment(idx)).map(|comment| comment["id"].to_string()).collect();
        assert_eq!(ids.len(), 30_000);
        assert_eq!(corpus.n_annotatable(), 13_083);
    }
}
