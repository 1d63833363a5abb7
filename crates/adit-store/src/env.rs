//! What every handler and job is given: the database, the blobs, the clock, randomness, and areas' own services.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adit_kernel::{Clock, Error, Random, Result, Timestamp};
use tokio::sync::Notify;

use crate::blobs::Blobs;
use crate::{Database, Tx, Witness};

/// The environment of the process. Cheap to clone.
#[derive(Clone)]
pub struct Env {
    /// The database.
    pub db: Database,
    /// The blob store.
    pub blobs: Blobs,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Rung when work was enqueued, so that local workers need not wait for their next look.
    pub work_bell: Arc<Notify>,
    witness: Option<Arc<dyn Witness>>,
    has_committed: Option<Arc<AtomicBool>>,
    services: Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Env {
    /// An environment without services.
    pub fn new(db: Database, blobs: Blobs, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            db,
            blobs,
            clock,
            random,
            work_bell: Arc::new(Notify::new()),
            witness: None,
            has_committed: None,
            services: Arc::default(),
        }
    }

    /// The same environment with one more service, found again by its type.
    #[must_use]
    pub fn with_service<T: Any + Send + Sync>(mut self, service: T) -> Self {
        let mut services = (*self.services).clone();
        services.insert(TypeId::of::<T>(), Arc::new(service));
        self.services = Arc::new(services);
        self
    }

    /// The same environment, whose writing transactions are all seen by `witness`.
    #[must_use]
    pub fn with_witness(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witness = Some(witness);
        self
    }

    /// The same environment for one piece of work, which is told apart from all others by [`Env::has_committed`].
    #[must_use]
    pub fn for_one_call(mut self) -> Self {
        self.has_committed = Some(Arc::default());
        self
    }

    /// Whether anything that was begun in this environment [for one call](Env::for_one_call), or in a clone of it, has
    /// been committed, or may have been. What is done again then is done twice.
    pub fn has_committed(&self) -> bool {
        self.has_committed.as_ref().is_some_and(|flag| flag.load(Ordering::SeqCst))
    }

    /// The service of type `T` that the binary put in.
    ///
    /// # Errors
    /// Internal when it is missing: a mistake in the wiring.
    pub fn service<T: Any + Send + Sync>(&self) -> Result<Arc<T>> {
        self.services
            .get(&TypeId::of::<T>())
            .and_then(|service| service.clone().downcast::<T>().ok())
            .ok_or_else(|| Error::internal(format!("service {} is not wired", std::any::type_name::<T>())))
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx> {
        let mut tx = self.db.begin().await?;
        if let Some(witness) = &self.witness {
            witness.begun(&mut tx).await?;
            tx.watch(witness.clone());
        }
        if let Some(flag) = &self.has_committed {
            tx.tell_commit(flag.clone());
        }
        Ok(tx)
    }

    /// Begins a read-only view.
    pub async fn read(&self) -> Result<Tx> {
        self.db.read().await
    }
}
