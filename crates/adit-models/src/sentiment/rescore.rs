//! Computes tone and quality of service of a dataset's comments again after the impacts of its labels changed.
//!
//! Enqueued by every change of the taxonomy; unchanged impacts leave nothing to do. Run twice it does nothing.

use adit_jobs::{Job, JobCtx};
use adit_kernel::{Error, Id, Result};
use serde::{Deserialize, Serialize};

use super::properties::LabelImpacts;
use super::store::{self, KeptScores, PropertyKind};
use crate::predictions::store::predictions_of;

/// Comments in one transaction.
const CHUNK: i64 = 500;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct RescoreDataset {
    /// The dataset.
    pub dataset_id: Id,
}

impl Job for RescoreDataset {
    const NAME: &'static str = "rescore_dataset";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        format!("rescore_dataset:{}", self.dataset_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let mut tx = ctx.read().await?;
        let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, self.dataset_id).await? else { return Ok(()) };
        let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
        let before = store::impacts(&mut tx, dataset.id).await?;
        drop(tx);
        let impacts = LabelImpacts::new(&dataset, &labels);
        let written = serde_json::to_string(&impacts)?;
        if before.as_ref() == Some(&written) {
            return Ok(());
        }
        let name = |id: &Id| labels.iter().find(|label| label.id == *id).map(|label| label.name.clone());
        let mut after = 0;
        loop {
            let Some(mut tx) = adit_datasets::begin_for(&ctx, &dataset).await? else { return Ok(()) };
            let page = store::page(&mut tx, dataset.id, after, CHUNK).await?;
            let Some(last) = page.last() else {
                store::set_impacts(&mut tx, dataset.id, &written).await?;
                return tx.commit().await;
            };
            after = last.seq;
            let seqs: Vec<i64> = page.iter().map(|one| one.seq).collect();
            let predicted = predictions_of(&mut tx, dataset.id, &seqs).await?;
            let scored = |one: KeptScores| {
                let own = predicted.get(&one.seq).into_iter().flatten();
                let own: Vec<(String, f64)> = own.filter_map(|(id, probability)| Some((name(id)?, *probability))).collect();
                let value = |kind| impacts.property(kind, one.net, &own).value;
                KeptScores { tone: value(PropertyKind::Tone), quality_of_service: value(PropertyKind::QualityOfService), ..one }
            };
            let rows: Vec<KeptScores> = page.into_iter().map(scored).collect();
            store::keep(&mut tx, dataset.id, &rows).await?;
            tx.commit().await?;
            if !ctx.progress(0.0) {
                return Err(Error::internal("the job was asked to stop"));
            }
        }
    }
}
