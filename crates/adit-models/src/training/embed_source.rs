//! Computes the vectors of a source's comments that are new or changed, then asks for their predictions.
//!
//! Enqueued when comments are written. Run twice it finds nothing to do; never run, readers compute what they need.

use std::sync::Arc;

use adit_jobs::{Job, JobCtx, enqueue};
use adit_kernel::{Error, Id, Result};
use adit_ml::Encoder;
use adit_store::Tx;
use serde::{Deserialize, Serialize};

use super::{PredictDataset, TrainDataset};
use crate::engine::Engine;
use crate::models;
use crate::predictions::{embeddings, store};
use crate::themes::{ClusterDataset, MAX_LACKING, store as themes};

/// Comments looked at in one go.
const PAGE: usize = 2000;
/// Comments encoded and written in one go.
const CHUNK: usize = 64;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct EmbedSource {
    /// The source.
    pub source_id: Id,
}

impl Job for EmbedSource {
    const NAME: &'static str = "embed_source";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        format!("embed_source:{}", self.source_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        ctx.service::<Engine>()?.in_background(self.work(&ctx)).await
    }
}

impl EmbedSource {
    async fn work(self, ctx: &JobCtx) -> Result<()> {
        let mut tx = ctx.read().await?;
        let encoders = encoders(&mut tx, ctx.service::<Engine>()?.as_ref(), self.source_id).await?;
        drop(tx);
        for encoder in &encoders {
            self.embed(ctx, encoder).await?;
        }
        let mut tx = ctx.begin().await?;
        for dataset_id in adit_datasets::datasets_with_source(&mut tx, self.source_id).await? {
            enqueue(&mut tx, &PredictDataset { dataset_id }, ctx.now()).await?;
            let newest = models::store::latest(&mut tx, dataset_id).await?;
            if newest.as_ref().is_none_or(|row| row.n_reviewed == 0) {
                // What labels say is understood by the texts around.
                enqueue(&mut tx, &TrainDataset { dataset_id }, ctx.now()).await?;
            }
            let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, dataset_id).await? else { continue };
            let own = ctx.service::<Engine>()?.encoder_of(&dataset);
            let is_preview = themes::encoder_of(&mut tx, dataset_id).await?.is_some_and(|made_by| made_by != own.digest());
            if newest.is_none() || is_preview {
                // Nothing will be predicted, and that is when people need themes most.
                enqueue(&mut tx, &ClusterDataset { dataset_id, is_asked_for: false }, ctx.now()).await?;
            }
        }
        tx.commit().await
    }
}

/// The encoders of the datasets with a source, each once; the default one while there is no dataset.
async fn encoders(tx: &mut Tx, engine: &Engine, source: Id) -> Result<Vec<Arc<dyn Encoder>>> {
    let mut encoders: Vec<Arc<dyn Encoder>> = Vec::new();
    for dataset_id in adit_datasets::datasets_with_source(tx, source).await? {
        let Some(dataset) = adit_datasets::dataset_by_id(tx, dataset_id).await? else { continue };
        let encoder = engine.encoder_of(&dataset);
        if encoders.iter().all(|known| known.digest() != encoder.digest()) {
            encoders.push(encoder);
        }
    }
    if encoders.is_empty() {
        encoders.push(engine.default_encoder());
    }
    Ok(encoders)
}

impl EmbedSource {
    /// Has themes made by a quick encoder where there are no better ones: the vectors will take a while.
    async fn ask_for_previews(&self, ctx: &JobCtx) -> Result<()> {
        let mut tx = ctx.begin().await?;
        for dataset_id in adit_datasets::datasets_with_source(&mut tx, self.source_id).await? {
            if models::store::latest(&mut tx, dataset_id).await?.is_none() {
                enqueue(&mut tx, &ClusterDataset { dataset_id, is_asked_for: false }, ctx.now()).await?;
            }
        }
        tx.commit().await?;
        ctx.work_bell.notify_one();
        Ok(())
    }

    /// Computes the vectors by one encoder that are missing or outdated.
    async fn embed(&self, ctx: &JobCtx, encoder: &Arc<dyn Encoder>) -> Result<()> {
        let engine = ctx.service::<Engine>()?;
        let sources = [self.source_id];
        let mut after = 0;
        loop {
            let mut tx = ctx.read().await?;
            let page = adit_corpus::text_versions(&mut tx, &sources, after, PAGE).await?;
            let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else { break };
            let kept = store::vector_hashes(&mut tx, encoder.digest(), *first, *last).await?;
            after = *last;
            let missing: Vec<i64> = page.iter().filter(|(seq, hash)| kept.get(seq) != Some(hash)).map(|(seq, _)| *seq).collect();
            drop(tx);
            if missing.len() > MAX_LACKING && engine.quick().is_some() {
                self.ask_for_previews(ctx).await?;
            }
            for chunk in missing.chunks(CHUNK) {
                engine.make_way().await;
                if ctx.is_cancelled() {
                    return Err(Error::internal("the job was asked to stop"));
                }
                let mut tx = ctx.read().await?;
                let comments = adit_corpus::comments_by_seqs(&mut tx, chunk).await?;
                drop(tx);
                embeddings::of_comments(ctx, encoder, &comments).await?;
            }
        }
        Ok(())
    }
}
