//! Asks a language model for the labels of a dataset's newest unreviewed comments.
//!
//! Enqueued when a taxonomy or the sources of a dataset change, and again every hour while labels lack examples. Run
//! twice it finds that everything was asked.

use std::collections::HashMap;

use adit_corpus::{StoredComment, TimeBounds};
use adit_datasets::{Dataset, Label};
use adit_jobs::{Job, JobCtx, enqueue_at};
use adit_kernel::{Error, Id, Kind, Result, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::needy;
use super::question::LabelComments;
use super::store::{self, Generated, GeneratedLabel};
use crate::llm::{About, Llm};
use crate::taxonomy_text::{self, MAX_LABELS};
use crate::{Feature, model_for};

/// Comments that are asked about.
const MAX_COMMENTS: usize = 200;
/// Comments that are looked at to find so many unreviewed ones.
const LOOKED_AT: usize = 1000;
/// Comments in one question.
const COMMENTS_AT_ONCE: usize = 10;
/// Somebody who edits a taxonomy is given so long to go on before it is asked about.
const SETTLES_US: i64 = 60_000_000;
/// When the job looks again: for new comments, and after a budget is used up or an endpoint refuses.
const AGAIN_US: i64 = 3_600_000_000;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct GenerateLabels {
    /// The dataset.
    pub dataset_id: Id,
}

impl Job for GenerateLabels {
    const NAME: &'static str = "generate_labels";

    fn key(&self) -> String {
        format!("generate_labels:{}", self.dataset_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let mut tx = ctx.read().await?;
        let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, self.dataset_id).await? else { return Ok(()) };
        // Off, or not allowed: nothing to do, and nothing to come back for.
        let Ok(llm) = model_for(&ctx, &dataset, Feature::Annotation) else { return Ok(()) };
        let settled = Timestamp::from_micros(dataset.last_modified.micros() + SETTLES_US);
        if ctx.now() < settled {
            drop(tx);
            return self.again(&ctx, settled).await;
        }
        let labels: Vec<Label> =
            adit_datasets::labels_of(&mut tx, dataset.id).await?.into_iter().filter(|label| label.trainable).collect();
        if needy(&mut tx, dataset.id, &labels).await?.is_empty() {
            return Ok(());
        }
        let labels = &labels[..labels.len().min(MAX_LABELS)];
        let taxonomy = digest(labels);
        let comments = unasked(&mut tx, &dataset, &taxonomy).await?;
        drop(tx);
        match self.ask(&ctx, &llm, &dataset, labels, &taxonomy, comments).await {
            // A budget or a key does not mend itself by asking faster.
            Err(error) if error.kind() == Kind::Unprocessable => {
                tracing::info!(dataset.id = %dataset.id, error = error.message(), "no labels were generated");
            }
            outcome => outcome?,
        }
        self.again(&ctx, Timestamp::from_micros(ctx.now().micros() + AGAIN_US)).await
    }
}

impl GenerateLabels {
    async fn again(&self, ctx: &JobCtx, at: Timestamp) -> Result<()> {
        let mut tx = ctx.begin().await?;
        enqueue_at(&mut tx, self, ctx.now(), at).await?;
        tx.commit().await
    }

    async fn ask(
        &self,
        ctx: &JobCtx,
        llm: &Llm,
        dataset: &Dataset,
        labels: &[Label],
        taxonomy: &str,
        comments: Vec<StoredComment>,
    ) -> Result<()> {
        let shown = taxonomy_text::shown(labels);
        let n_comments = comments.len();
        for (n, chunk) in comments.chunks(COMMENTS_AT_ONCE).enumerate() {
            if !ctx.progress((n * COMMENTS_AT_ONCE) as f64 / n_comments as f64) {
                return Err(Error::internal("the job was asked to stop"));
            }
            let question = LabelComments { taxonomy: &shown, texts: chunk.iter().map(StoredComment::model_text).collect() };
            let found = llm.ask(ctx, About::dataset(dataset), &question).await?;
            let generated = chunk.iter().zip(found).map(|(comment, found)| Generated {
                seq: comment.seq,
                text_hash: comment.text_hash.clone(),
                taxonomy: taxonomy.to_owned(),
                labels: found
                    .into_iter()
                    .map(|(at, probability)| GeneratedLabel { label_id: labels[at].id, probability })
                    .collect(),
            });
            let generated: Vec<Generated> = generated.collect();
            let Some(mut tx) = adit_datasets::begin_for(ctx, dataset).await? else { return Ok(()) };
            store::put(&mut tx, dataset.id, &generated).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Names and descriptions of labels.
fn digest(labels: &[Label]) -> String {
    let mut hasher = Sha256::new();
    for label in labels {
        for text in [&label.id.to_string(), &label.name, &label.instructions] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hex::encode(&hasher.finalize()[..16])
}

/// The newest unreviewed comments that were not asked about with this taxonomy and their text of today.
async fn unasked(tx: &mut adit_store::Tx, dataset: &Dataset, taxonomy: &str) -> Result<Vec<StoredComment>> {
    let bounds = TimeBounds { minimum: None, maximum: None };
    let mut comments = adit_corpus::scan_recent(tx, &dataset.source_ids, None, &bounds, LOOKED_AT).await?;
    let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
    let annotations = adit_datasets::annotations_of(tx, dataset.id, &seqs).await?;
    let known: HashMap<i64, Generated> = store::of_comments(tx, dataset.id, &seqs).await?;
    comments.retain(|comment| !annotations.get(&comment.seq).is_some_and(|annotation| annotation.reviewed));
    comments.truncate(MAX_COMMENTS);
    comments.retain(|comment| {
        let is_known = |one: &Generated| one.text_hash == comment.text_hash && one.taxonomy == taxonomy;
        !known.get(&comment.seq).is_some_and(is_known) && !comment.model_text().trim().is_empty()
    });
    Ok(comments)
}
