//! Models: automatic training, versions, pins and tags, validation, and predictions.
//!
//! A version is a blob (the head of the classifier) plus a row (its validation report). Embeddings and stored
//! predictions are derived and can be dropped and rebuilt at any time.

mod encoders;
mod engine;
mod fields;
mod models;
mod precedence;
mod predictions;
mod ranks;
mod rebuild;
mod sentiment;
mod themes;
mod training;
mod training_plan;
mod validation;

use adit_corpus::CommentsWritten;
use adit_datasets::{AnnotationsChanged, DatasetSourcesChanged, TaxonomyChanged};
use adit_http::Operation;
use adit_jobs::Registry;
use adit_store::Migration;

pub use encoders::{Followed, MULTILINGUAL_FAMILIES, follow_encoders};
pub use engine::{Engine, Scores, Served};
pub use fields::{
    Definition, ExtractedValue, Extraction, FieldQuestion, FieldType, Form, FormSlot, ServedFields, Slot, assigned_entities,
    field_rank_of, predicted_entities, ranked_by_field, reviewable_blocks, words_of,
};
pub use models::{StreamUse, StreamUses, latest_version, pinned, served, served_as, usage};
pub use predictions::{
    Explained, GroupPredictions, LatestPredictor, count_by_label, explained, extractions_shown, predict_extractions,
    predictions_of, ranked_by_any_label, ranked_by_label,
};
pub use ranks::{Rank, ScoreReviewed, doubted, doubts_of, least_sure_at, rank_of, ranked, ranked_near};
pub use rebuild::rebuild;
pub use sentiment::{
    Contribution, Judged, Judgement, KeptScores, LabelImpacts, PropertyKind, PropertyValue, RescoreDataset, ranked_by_property,
    scores_of, signed_predictions_of, sum_by_label, sums,
};
pub use themes::{ClusterDataset, theme_members};
pub use training::{EmbedSource, PredictDataset, TrainDataset};
pub use training_plan::{PlannedStep, confused_with, training_plan};
pub use validation::{health_of_fields, health_of_labels};

/// The operations this area serves.
pub fn operations() -> Vec<&'static Operation> {
    let mut operations = models::operations();
    operations.extend(predictions::operations());
    operations.extend(validation::operations());
    operations.extend(themes::operations());
    operations.extend(fields::operations());
    operations
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { number: 400, name: "models", sql: include_str!("../migrations/0400_models.sql") },
        Migration { number: 401, name: "model_fields", sql: include_str!("../migrations/0401_model_fields.sql") },
        Migration { number: 410, name: "sentiment", sql: include_str!("../migrations/0410_sentiment.sql") },
        Migration { number: 450, name: "ranks", sql: include_str!("../migrations/0450_ranks.sql") },
        Migration { number: 451, name: "theme_sets", sql: include_str!("../migrations/0451_theme_sets.sql") },
        Migration { number: 460, name: "field_ranks", sql: include_str!("../migrations/0460_field_ranks.sql") },
    ]
}

/// The jobs of this area and what sets them off.
pub fn jobs() -> Registry {
    Registry::default()
        .job::<TrainDataset>()
        .job::<PredictDataset>()
        .job::<EmbedSource>()
        .job::<ScoreReviewed>()
        .job::<RescoreDataset>()
        .job::<ClusterDataset>()
        .on::<AnnotationsChanged, TrainDataset>(|event| vec![TrainDataset { dataset_id: event.dataset_id }])
        .on::<TaxonomyChanged, TrainDataset>(|event| vec![TrainDataset { dataset_id: event.dataset_id }])
        .on::<TaxonomyChanged, RescoreDataset>(|event| vec![RescoreDataset { dataset_id: event.dataset_id }])
        .on::<DatasetSourcesChanged, TrainDataset>(|event| vec![TrainDataset { dataset_id: event.dataset_id }])
        .on::<DatasetSourcesChanged, PredictDataset>(|event| vec![PredictDataset { dataset_id: event.dataset_id }])
        .on::<DatasetSourcesChanged, ClusterDataset>(|event| {
            vec![ClusterDataset { dataset_id: event.dataset_id, is_asked_for: false }]
        })
        .on::<CommentsWritten, EmbedSource>(|event| vec![EmbedSource { source_id: event.source_id }])
}
