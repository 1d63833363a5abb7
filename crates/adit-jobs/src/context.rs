//! What a running job is given.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use adit_kernel::{Error, Result};
use adit_store::{Env, Tx, args};

/// The environment of a job, its lease and its progress. Cheap to clone.
#[derive(Clone)]
pub struct JobCtx {
    env: Env,
    id: i64,
    fence: i64,
    lease: Arc<Lease>,
}

#[derive(Default)]
pub(crate) struct Lease {
    progress_bits: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Lease {
    pub(crate) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::SeqCst);
    }

    pub(crate) fn progress(&self) -> f64 {
        f64::from_bits(self.progress_bits.load(Ordering::Relaxed))
    }
}

impl JobCtx {
    pub(crate) fn new(env: Env, id: i64, fence: i64, lease: Arc<Lease>) -> Self {
        Self { env, id, fence, lease }
    }

    /// Notes how much is done, from 0 to 1; written with the next heartbeat. False means: stop now.
    pub fn progress(&self, done: f64) -> bool {
        self.lease.progress_bits.store(done.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
        !self.is_cancelled()
    }

    /// Whether the process is stopping or the lease was lost.
    pub fn is_cancelled(&self) -> bool {
        self.lease.is_cancelled.load(Ordering::SeqCst)
    }

    /// Fails unless this job still holds its lease; call it in the transaction that writes the result.
    /// A worker that was thought dead can thus never overwrite its successor's work.
    pub async fn fence(&self, tx: &mut Tx) -> Result<()> {
        let sql = "UPDATE jobs SET progress = progress WHERE id = $1 AND fence = $2 AND state = 'running'";
        if tx.execute(sql, args![self.id, self.fence]).await? == 1 {
            return Ok(());
        }
        self.lease.cancel();
        Err(Error::internal("the job lost its lease"))
    }
}

impl Deref for JobCtx {
    type Target = Env;

    fn deref(&self) -> &Env {
        &self.env
    }
}
