//! Datasets, their taxonomy, and what people decided about comments.
//!
//! - [`datasets`]: a dataset groups sources and holds the definitions of what may be annotated.
//! - [`labels`]: label groups and label definitions.
//! - [`annotations`]: assigned and dismissed labels, entities and forms of each comment.
//!
//! Learning from annotations is the business of a higher area, which listens to the [`events`].

mod annotations;
mod datasets;
mod events;
mod labels;
mod predict;
mod store;
mod suggest;
#[cfg(test)]
mod tests_world;
mod usage;

use adit_http::Operation;
use adit_jobs::Registry;
use adit_store::Migration;

pub use annotations::{
    Annotation, AssignedLabel, ReviewMethods, TrainingRow, annotated_comment, annotations_of, assigned_signs, count_reviewed,
    met_by_search, review_methods, reviewed_after, training_rows, with_field_decisions, without_field_decisions,
};
pub use datasets::{Dataset, Settings, begin_for, dataset_at, dataset_by_id, datasets_with_source, wire_of};
pub use events::{AnnotationsChanged, DatasetSourcesChanged, TaxonomyChanged};
pub use labels::{Label, labels_of};
pub use predict::{Predict, PredictedLabel, Predictions, Predictor};
pub use store::{assigned_counts, assigned_to, count_datasets, count_of_families, with_ancestors};
pub use suggest::{Cluster, LabelSuggester, LabelSuggestions, SuggestLabels, SuggestedLabel, SuggestionReasoning};
pub use usage::usage;

/// The JSON shapes that other areas fill or show.
pub mod wire {
    pub use crate::annotations::wire::{
        AnnotatedComment, Capture, CapturedField, Entities, Entity, LabelRef, LabelledGroup, MoonForm, MoonFormGroup,
        PredictedEntity, TextSpan, UninformativeLabel,
    };
    pub use crate::datasets::wire::{Dataset, EntityDef, EntityRules, FieldChoice, GeneralFieldDef, Locales};
    pub use crate::labels::wire::{LabelDef, LabelGroup, MoonFormField};
    pub use crate::predict::{PredictedLabel, Predictions};
}

/// The operations of this area.
pub fn operations() -> Vec<&'static Operation> {
    let mut operations = datasets::operations();
    operations.extend(labels::operations());
    operations.extend(annotations::operations());
    operations
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { number: 300, name: "datasets", sql: include_str!("../migrations/0300_datasets.sql") },
        Migration { number: 340, name: "reviewed_index", sql: include_str!("../migrations/0340_reviewed_index.sql") },
    ]
}

/// The jobs of this area.
pub fn jobs() -> Registry {
    annotations::jobs()
}
