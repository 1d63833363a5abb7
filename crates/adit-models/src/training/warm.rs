//! The last models of each dataset with all that the next training can begin at.
//!
//! Only in the memory of this process: without them a training takes longer and ends at the same model, as near as fits
//! end anywhere.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use adit_kernel::Id;
use adit_ml::Model;

/// Bytes of all models together.
const MOST_BYTES: usize = 96 << 20;

/// What a model was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A version.
    Version,
    /// The orders by doubt.
    Doubts,
}

/// A memory that forgets what was not used for longest.
pub(crate) struct WarmModels {
    kept: Mutex<VecDeque<Kept>>,
    most_bytes: usize,
}

impl Default for WarmModels {
    fn default() -> Self {
        Self { kept: Mutex::default(), most_bytes: MOST_BYTES }
    }
}

struct Kept {
    dataset: Id,
    purpose: Purpose,
    encoder: String,
    model: Arc<Model>,
}

impl WarmModels {
    /// The last model of vectors by this encoder.
    pub(crate) fn last(&self, dataset: Id, purpose: Purpose, encoder: &str) -> Option<Arc<Model>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|kept| (kept.dataset, kept.purpose) == (dataset, purpose) && kept.encoder == encoder)?;
        let found = kept.remove(at)?;
        let model = found.model.clone();
        kept.push_front(found);
        Some(model)
    }

    /// Keeps a model instead of the one before it, unless the next training has no use for it.
    pub(crate) fn keep(&self, dataset: Id, purpose: Purpose, encoder: &str, model: Arc<Model>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| (kept.dataset, kept.purpose) != (dataset, purpose));
        if model.n_warm_bytes() > 0 {
            kept.push_front(Kept { dataset, purpose, encoder: encoder.to_owned(), model });
        }
        let mut n_bytes = 0;
        kept.retain(|kept| {
            n_bytes += kept.model.n_warm_bytes();
            n_bytes <= self.most_bytes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adit_ml::{Corpus, Example, LabelSpec, Options, train};

    fn model() -> Model {
        let example = |at: usize| Example {
            uid: format!("s.{at}"),
            text: ["one", "two"][at % 2].to_owned(),
            embedding: vec![(at % 2) as f32, 1.0],
            assigned: vec![at % 2],
            dismissed: Vec::new(),
        };
        let labels = ["a", "b"].map(|name| LabelSpec { name: name.to_owned(), ..LabelSpec::default() }).to_vec();
        let corpus = Corpus { labels, examples: (0..60).map(example).collect(), ..Corpus::default() };
        train(&corpus, None, &Options { threads: 1, seed: 0 }, &|_| true).unwrap().model
    }

    #[test]
    fn each_dataset_has_its_last_model_for_each_purpose_by_the_same_encoder() {
        let (warm, model, other) = (WarmModels::default(), Arc::new(model()), Arc::new(model()));
        let dataset = Id::new(1);
        warm.keep(dataset, Purpose::Version, "e", model.clone());
        warm.keep(dataset, Purpose::Doubts, "e", other.clone());
        let last = |purpose, encoder| warm.last(dataset, purpose, encoder);
        assert!(Arc::ptr_eq(&last(Purpose::Version, "e").unwrap(), &model));
        assert!(Arc::ptr_eq(&last(Purpose::Doubts, "e").unwrap(), &other));
        assert!(last(Purpose::Version, "another").is_none() && warm.last(Id::new(2), Purpose::Version, "e").is_none());
        warm.keep(dataset, Purpose::Version, "e", other.clone());
        assert!(Arc::ptr_eq(&last(Purpose::Version, "e").unwrap(), &other));
        let read = Model::from_bytes(&other.to_bytes()).unwrap();
        warm.keep(dataset, Purpose::Version, "e", Arc::new(read));
        assert!(last(Purpose::Version, "e").is_none(), "a model read back has nothing to begin at");
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let model = Arc::new(model());
        let warm = WarmModels { most_bytes: 3 * model.n_warm_bytes(), ..WarmModels::default() };
        let keep = |at: u64| warm.keep(Id::new(at), Purpose::Version, "e", model.clone());
        let last = |at: u64| warm.last(Id::new(at), Purpose::Version, "e");
        (0..3).for_each(keep);
        assert!(last(0).is_some());
        keep(3);
        assert!(last(1).is_none() && last(0).is_some() && last(2).is_some() && last(3).is_some());
    }
}
