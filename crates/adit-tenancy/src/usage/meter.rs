//! Counts for requests that write nothing: kept in memory for a moment, so that predicting waits for no disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adit_kernel::{Id, Result};
use adit_store::Env;

use super::{Used, add};

/// How long counts may stay in memory. A process that is killed loses no more than this.
const DELAY: Duration = Duration::from_millis(500);

/// Collects counts. A service of the environment; clones share what they collect.
#[derive(Clone, Default)]
pub struct Meter {
    waiting: Arc<Mutex<HashMap<(Id, Used), i64>>>,
}

impl Meter {
    /// Counts, and sees to it that the count is written soon.
    pub fn count(&self, env: &Env, tenant: Id, used: Used, amount: i64) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = waiting.is_empty();
        *waiting.entry((tenant, used)).or_default() += amount;
        drop(waiting);
        if is_first {
            let (meter, env) = (self.clone(), env.clone());
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(DELAY).await;
                    match meter.flush(&env).await {
                        Ok(()) => return,
                        Err(error) => tracing::warn!(error = %error, "usage could not be written; it is tried again"),
                    }
                }
            });
        }
    }

    /// Writes what was collected.
    ///
    /// # Errors
    /// When the database does not take it; the counts are then kept.
    pub async fn flush(&self, env: &Env) -> Result<()> {
        let taken = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let written = write(env, &taken).await;
        if written.is_err() {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, amount) in taken {
                *waiting.entry(key).or_default() += amount;
            }
        }
        written
    }
}

async fn write(env: &Env, counts: &HashMap<(Id, Used), i64>) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let mut tx = env.begin().await?;
    for ((tenant, used), amount) in counts {
        add(&mut tx, *tenant, *used, *amount, env.now()).await?;
    }
    tx.commit().await
}
