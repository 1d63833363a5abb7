//! How well the reviewed comments of a dataset stand for the others, as of one version.

use std::collections::HashMap;
use std::sync::Arc;

use adit_datasets::Dataset;
use adit_kernel::{Id, Result};
use adit_ml::Encoder;
use adit_ml::selection::{Representation, Sureness};
use adit_store::Env;

use super::train_dataset::{SEED, unreviewed};
use crate::engine::Engine;
use crate::models::ModelRow;
use crate::precedence::off_thread;
use crate::predictions::{embeddings, store};

/// At most about so many reviewed comments are compared.
const REVIEWED_SAMPLE: usize = 2_000;

/// What the reviewed comments of a dataset tell about the others, as of one version.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) representation: Representation,
    pub(crate) sureness: Sureness,
}

/// The standing that goes with a version, by the vectors of the encoder it reads; computed once in a process and version.
pub(crate) async fn of(
    env: &Env,
    dataset: &Dataset,
    row: &ModelRow,
    names: &[String],
    encoder: &dyn Encoder,
) -> Result<Arc<Standing>> {
    let engine = env.service::<Engine>()?;
    if let Some(known) = engine.standing(dataset.id, row.version) {
        return Ok(known);
    }
    let mut tx = env.read().await?;
    let rows = adit_datasets::training_rows(&mut tx, dataset.id).await?;
    let seqs: Vec<i64> = rows.iter().step_by(rows.len().div_ceil(REVIEWED_SAMPLE).max(1)).map(|row| row.seq).collect();
    let kept = store::vectors(&mut tx, encoder.digest(), &seqs).await?;
    drop(tx);
    let place: HashMap<Id, usize> = row.label_ids.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    let labels: Vec<Vec<usize>> =
        rows.iter().map(|row| row.assigned.iter().filter_map(|id| place.get(id).copied()).collect()).collect();
    let center = crate::least_sure_at(dataset) as f32;
    let sureness = Sureness::fitting(names, labels.iter().map(Vec::as_slice), center);
    let reviewed: Vec<Vec<f32>> =
        seqs.iter().filter_map(|seq| kept.get(seq)).map(|(_, bytes)| embeddings::from_half(bytes)).collect();
    let (unreviewed, _) = unreviewed(env, dataset, encoder).await?;
    let threads = engine.threads();
    let representation = off_thread(move || {
        let reviewed: Vec<&[f32]> = reviewed.iter().map(Vec::as_slice).collect();
        let unreviewed: Vec<&[f32]> = unreviewed.iter().map(|row| row.embedding.as_slice()).collect();
        Representation::new(&reviewed, &unreviewed, threads, SEED)
    })
    .await?;
    let found = Arc::new(Standing { representation, sureness });
    engine.remember_standing(dataset.id, row.version, found.clone());
    Ok(found)
}
