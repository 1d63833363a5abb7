//! What a job and an event are, and the registry that finds the code for a stored name.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use adit_kernel::{Error, Result};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::JobCtx;

/// A piece of work, stored as JSON. Idempotent in effect.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// The stored name; never changes once released.
    const NAME: &'static str;

    /// Whether nobody waits for it while it takes long: such jobs never hold all workers, so that others find one.
    const STEPS_BACK: bool = false;

    /// What makes two requests the same work; includes the name.
    fn key(&self) -> String;

    /// Does the work.
    fn run(self, ctx: JobCtx) -> impl Future<Output = Result<()>> + Send;
}

/// Something that happened, written in the transaction in which it happened.
pub trait Event: Serialize + DeserializeOwned + Send + 'static {
    /// The stored name; never changes once released.
    const TOPIC: &'static str;
}

type Runner = Arc<dyn Fn(serde_json::Value, JobCtx) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// A job to be enqueued: name, key, payload.
pub(crate) struct NewJob {
    pub(crate) name: &'static str,
    pub(crate) key: String,
    pub(crate) payload: String,
}

type Reaction = Arc<dyn Fn(&str) -> Result<Vec<NewJob>> + Send + Sync>;

/// All jobs and subscriptions the binary has wired.
#[derive(Clone, Default)]
pub struct Registry {
    runners: HashMap<&'static str, Runner>,
    stepping_back: BTreeSet<&'static str>,
    reactions: HashMap<&'static str, Vec<Reaction>>,
}

impl Registry {
    /// Makes `J` runnable.
    #[must_use]
    pub fn job<J: Job>(mut self) -> Self {
        let runner: Runner = Arc::new(|payload, ctx| {
            Box::pin(async move { serde_json::from_value::<J>(payload).map_err(Error::from)?.run(ctx).await })
        });
        self.runners.insert(J::NAME, runner);
        if J::STEPS_BACK {
            self.stepping_back.insert(J::NAME);
        }
        self
    }

    /// Whenever `E` happens, the jobs that `react` names are enqueued.
    #[must_use]
    pub fn on<E: Event, J: Job>(mut self, react: fn(E) -> Vec<J>) -> Self {
        let reaction: Reaction = Arc::new(move |payload| {
            let jobs = react(serde_json::from_str(payload)?);
            jobs.iter().map(|job| Ok(NewJob { name: J::NAME, key: job.key(), payload: serde_json::to_string(job)? })).collect()
        });
        self.reactions.entry(E::TOPIC).or_default().push(reaction);
        self
    }

    /// Everything in `other` as well.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.runners.extend(other.runners);
        self.stepping_back.extend(other.stepping_back);
        for (topic, reactions) in other.reactions {
            self.reactions.entry(topic).or_default().extend(reactions);
        }
        self
    }

    pub(crate) fn runner(&self, name: &str) -> Option<Runner> {
        self.runners.get(name).cloned()
    }

    /// The names of jobs that step back.
    pub(crate) fn stepping_back(&self) -> impl Iterator<Item = &'static str> {
        self.stepping_back.iter().copied()
    }

    pub(crate) fn steps_back(&self, name: &str) -> bool {
        self.stepping_back.contains(name)
    }

    pub(crate) fn react(&self, topic: &str, payload: &str) -> Result<Vec<NewJob>> {
        let mut jobs = Vec::new();
        for reaction in self.reactions.get(topic).into_iter().flatten() {
            jobs.extend(reaction(payload)?);
        }
        Ok(jobs)
    }
}
