//! What this area tells higher areas.

use adit_jobs::Event;
use adit_kernel::Id;
use serde::{Deserialize, Serialize};

/// Somebody changed annotations in a dataset; learning is due.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnnotationsChanged {
    /// The dataset.
    pub dataset_id: Id,
}

/// Labels or fields of a dataset were created, changed or deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaxonomyChanged {
    /// The dataset.
    pub dataset_id: Id,
}

/// A dataset got other sources.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DatasetSourcesChanged {
    /// The dataset.
    pub dataset_id: Id,
}

impl Event for AnnotationsChanged {
    const TOPIC: &'static str = "annotations_changed";
}

impl Event for TaxonomyChanged {
    const TOPIC: &'static str = "taxonomy_changed";
}

impl Event for DatasetSourcesChanged {
    const TOPIC: &'static str = "dataset_sources_changed";
}
