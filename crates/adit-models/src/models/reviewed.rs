//! How many reviewed comments each label of a version had. Versions never change, so their reports are read once for that.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use adit_kernel::{Id, Result};
use adit_store::{Env, Tx};

use super::store;
use crate::engine::Engine;

/// The counts of how many versions are kept in memory.
const KEPT: usize = 1_000;

type Counts = BTreeMap<String, usize>;

/// What was read.
#[derive(Default)]
pub(crate) struct ReviewedCounts(Mutex<HashMap<(Id, u32), Arc<Counts>>>);

/// The counts of a version by the names of its labels.
pub(super) async fn counts(env: &Env, tx: &mut Tx, dataset: Id, version: u32) -> Result<Counts> {
    let engine = env.service::<Engine>()?;
    let known = engine.reviewed_counts().of(dataset, version);
    if let Some(counts) = known {
        return Ok((*counts).clone());
    }
    let counts = store::reviewed_counts(tx, dataset, version).await?;
    engine.reviewed_counts().keep(dataset, version, counts.clone());
    Ok(counts)
}

impl ReviewedCounts {
    fn of(&self, dataset: Id, version: u32) -> Option<Arc<Counts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(dataset, version)).cloned()
    }

    fn keep(&self, dataset: Id, version: u32, counts: Counts) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert((dataset, version), Arc::new(counts));
    }
}
