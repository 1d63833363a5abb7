//! Which encoder reads the comments of a dataset: its model family says so.
//!
//! Vectors, models and themes each name the encoder they were made with, and are used with that one alone.

mod follow;
mod store;

use std::sync::{Arc, OnceLock};

use adit_datasets::Dataset;
use adit_ml::Encoder;

pub use follow::{Followed, follow_encoders};

/// The model families whose comments the multilingual encoder reads: many languages, and those that the default encoder,
/// which learnt English, does not know.
pub const MULTILINGUAL_FAMILIES: [&str; 3] = ["german", "german-dev", "transformer-xlm"];

/// The encoders of the process.
pub(crate) struct Encoders {
    default: Arc<dyn Encoder>,
    multilingual: Option<Arc<dyn Encoder>>,
    quick: Option<Arc<dyn Encoder>>,
    idle: Vec<Idle>,
}

/// An encoder that reads no dataset; it is opened when a version that was trained with it is asked.
struct Idle {
    digest: String,
    open: Box<dyn Fn() -> Option<Arc<dyn Encoder>> + Send + Sync>,
    opened: OnceLock<Option<Arc<dyn Encoder>>>,
}

impl Encoders {
    pub(crate) fn new(default: Arc<dyn Encoder>) -> Encoders {
        Encoders { default, multilingual: None, quick: None, idle: Vec::new() }
    }

    pub(crate) fn with_quick(self, encoder: Arc<dyn Encoder>) -> Encoders {
        Encoders { quick: Some(encoder), ..self }
    }

    pub(crate) fn quick(&self) -> Option<&Arc<dyn Encoder>> {
        self.quick.as_ref()
    }

    pub(crate) fn with_idle(
        mut self,
        digest: String,
        open: impl Fn() -> Option<Arc<dyn Encoder>> + Send + Sync + 'static,
    ) -> Encoders {
        self.idle.push(Idle { digest, open: Box::new(open), opened: OnceLock::new() });
        self
    }

    pub(crate) fn with_multilingual(self, encoder: Arc<dyn Encoder>) -> Encoders {
        Encoders { multilingual: Some(encoder), ..self }
    }

    /// The encoder of datasets that ask for no other, and of what belongs to no dataset.
    pub(crate) fn default(&self) -> &Arc<dyn Encoder> {
        &self.default
    }

    /// The encoder of a dataset; the default one stands in for one that is not installed.
    pub(crate) fn of(&self, dataset: &Dataset) -> &Arc<dyn Encoder> {
        let wanted = self.multilingual.as_ref().filter(|_| is_multilingual(dataset));
        wanted.unwrap_or(&self.default)
    }

    pub(crate) fn has_multilingual(&self) -> bool {
        self.multilingual.is_some()
    }

    /// Whether the default encoder stands in for the one the dataset asks for.
    pub(crate) fn lacks(&self, dataset: &Dataset) -> bool {
        is_multilingual(dataset) && self.multilingual.is_none()
    }

    /// The encoder with this digest, if it is here.
    pub(crate) fn named(&self, digest: &str) -> Option<&Arc<dyn Encoder>> {
        let ready = std::iter::once(&self.default).chain(&self.multilingual).chain(&self.quick);
        ready.into_iter().find(|encoder| encoder.digest() == digest).or_else(|| {
            let idle = self.idle.iter().find(|idle| idle.digest == digest)?;
            idle.opened.get_or_init(&idle.open).as_ref()
        })
    }
}

fn is_multilingual(dataset: &Dataset) -> bool {
    MULTILINGUAL_FAMILIES.contains(&dataset.model_family.as_str())
}
