//! What happens when the encoders of an installation have changed.

use std::collections::BTreeSet;

use adit_jobs::enqueue;
use adit_kernel::{Id, Result};
use adit_store::Env;

use super::{MULTILINGUAL_FAMILIES, store};
use crate::engine::Engine;
use crate::training::{EmbedSource, TrainDataset};

/// What [`follow_encoders`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// Datasets whose models or themes were made with another encoder than theirs is now.
    pub n_changed: usize,
    /// Datasets that the default encoder reads although they ask for another.
    pub n_substituted: usize,
}

/// Has models, vectors and themes that were made with another encoder than their dataset's made anew. Until they are,
/// the versions that exist go on answering with the encoder they were trained with, while that one is here.
pub async fn follow_encoders(env: &Env) -> Result<Followed> {
    let engine = env.service::<Engine>()?;
    let mut tx = env.begin().await?;
    let mut changed = BTreeSet::<Id>::new();
    for (dataset_id, encoder) in store::in_use(&mut tx).await? {
        if changed.contains(&dataset_id) {
            continue;
        }
        let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, dataset_id).await? else { continue };
        if engine.encoder_of(&dataset).digest() == encoder {
            continue;
        }
        changed.insert(dataset_id);
        enqueue(&mut tx, &TrainDataset { dataset_id }, env.now()).await?;
        for source_id in dataset.source_ids {
            enqueue(&mut tx, &EmbedSource { source_id }, env.now()).await?;
        }
    }
    let n_substituted = match engine.has_multilingual() {
        true => 0,
        false => adit_datasets::count_of_families(&mut tx, &MULTILINGUAL_FAMILIES).await?,
    };
    tx.commit().await?;
    Ok(Followed { n_changed: changed.len(), n_substituted })
}
