//! Asks models that did not see an annotation whether they believe it, for every annotation of a dataset.
//!
//! Enqueued by a new version; later, the more there is to do. Run twice it writes the same rows; never run, the
//! orders `check` and `missed` go by the annotations of before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use adit_jobs::{Job, JobCtx, enqueue_at};
use adit_kernel::{Error, Id, Result, Timestamp};
use adit_ml::{Corpus, Options, TrainError, held_out};
use adit_store::Tx;
use serde::{Deserialize, Serialize};

use super::store::{self, Doubt};
use crate::engine::{self, Engine};
use crate::models;
use crate::precedence::off_thread;
use crate::predictions::store::FLOOR;
use crate::training::{Purpose, SEED, fingerprint, gather, unreviewed};

/// Comments written in one transaction.
const CHUNK: usize = 500;
/// For each thousand reviewed comments the work waits so long, in seconds: many annotations in a row are one piece of it.
const DELAY_S: i64 = 2;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct ScoreReviewed {
    /// The dataset.
    pub dataset_id: Id,
}

impl ScoreReviewed {
    /// Enqueues the job for a dataset with so many reviewed comments.
    pub(crate) async fn enqueue(tx: &mut Tx, dataset_id: Id, n_reviewed: i64, now: Timestamp) -> Result<()> {
        let delay = Duration::from_secs((n_reviewed / 1_000 * DELAY_S).unsigned_abs());
        let run_at = Timestamp::from_micros(now.micros() + i64::try_from(delay.as_micros()).unwrap_or(0));
        enqueue_at(tx, &Self { dataset_id }, now, run_at).await
    }
}

impl Job for ScoreReviewed {
    const NAME: &'static str = "score_reviewed";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        format!("score_reviewed:{}", self.dataset_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        ctx.service::<Engine>()?.in_background(self.work(&ctx)).await
    }
}

impl ScoreReviewed {
    async fn work(self, ctx: &JobCtx) -> Result<()> {
        let engine = ctx.service::<Engine>()?;
        engine.make_way().await;
        let mut tx = ctx.read().await?;
        let dataset = adit_datasets::dataset_by_id(&mut tx, self.dataset_id).await?;
        let newest = models::store::latest(&mut tx, self.dataset_id).await?;
        drop(tx);
        let (Some(dataset), Some(row)) = (dataset, newest) else { return Ok(()) };
        let encoder = engine.encoder_of(&dataset);
        let Some(mut gathered) = gather(ctx, &dataset, &encoder).await? else { return Ok(()) };
        if gathered.corpus.examples.is_empty() {
            return Ok(());
        }
        if fingerprint(&gathered.corpus, &gathered.label_ids) != row.fingerprint {
            // A training is due, and this job after it.
            return Ok(());
        }
        let Some(served) = engine::load(ctx, self.dataset_id, row).await? else { return Ok(()) };
        let Some(model) = served.classifier(encoder.digest()) else { return Ok(()) };
        (gathered.corpus.unreviewed, gathered.corpus.n_unreviewed) = unreviewed(ctx, &dataset, encoder.as_ref()).await?;
        // Half of the threads: a training that comes meanwhile is waited for, this is not.
        let options = Options { threads: (engine.threads() / 2).max(1), seed: SEED };
        let observer = ctx.clone();
        let warm = engine.warm().last(self.dataset_id, Purpose::Doubts, encoder.digest());
        let (corpus, unseen) = off_thread(move || {
            let observe = |done: f32| observer.progress(f64::from(done));
            let unseen = held_out(&gathered.corpus, &model, warm.as_deref(), &options, &observe);
            (gathered.corpus, unseen)
        })
        .await?;
        let believed = match unseen {
            Ok(unseen) => {
                engine.warm().keep(self.dataset_id, Purpose::Doubts, encoder.digest(), Arc::new(unseen.warm));
                unseen.probabilities
            }
            Err(TrainError::NoLabels | TrainError::NoExamples) => return Ok(()),
            Err(error) => return Err(Error::wrap("scoring reviewed comments failed", error)),
        };
        let doubts = doubts(&corpus, &gathered.seqs, &gathered.label_ids, &believed);
        for chunk in gathered.seqs.chunks(CHUNK) {
            let of_chunk: Vec<Doubt> = chunk.iter().filter_map(|seq| doubts.get(seq)).flatten().copied().collect();
            let Some(mut tx) = adit_datasets::begin_for(ctx, &dataset).await? else { return Ok(()) };
            store::keep_doubts(&mut tx, self.dataset_id, chunk, &of_chunk).await?;
            tx.commit().await?;
        }
        let Some(mut tx) = adit_datasets::begin_for(ctx, &dataset).await? else { return Ok(()) };
        store::forget_unreviewed(&mut tx, self.dataset_id).await?;
        tx.commit().await
    }
}

/// What is doubtful about each comment: every assigned label, and absent ones that are likely.
fn doubts(corpus: &Corpus, seqs: &[i64], label_ids: &[Id], believed: &[Vec<f32>]) -> HashMap<i64, Vec<Doubt>> {
    let mut found = HashMap::with_capacity(seqs.len());
    for ((example, seq), row) in corpus.examples.iter().zip(seqs).zip(believed) {
        let of_label = |(label, probability): (usize, &f32)| {
            let is_assigned = example.assigned.contains(&label);
            let belief = if is_assigned { *probability } else { 1.0 - probability };
            let is_kept = is_assigned || *probability >= FLOOR;
            is_kept.then(|| Doubt { seq: *seq, label: label_ids[label], is_assigned, belief })
        };
        found.insert(*seq, row.iter().enumerate().filter_map(of_label).collect());
    }
    found
}
