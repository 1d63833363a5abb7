//! JSON shapes of model versions and tags.

use std::collections::BTreeMap;

use adit_kernel::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::ModelSummary;

/// `UserModelMetadata`.
#[derive(Debug, Serialize)]
pub(super) struct UserModelMetadata {
    version: u32,
    model_id: String,
    model_name: &'static str,
    fingerprint: String,
    trained_time: Timestamp,
    /// Seconds.
    training_duration: f64,
    input_updated_at: Timestamp,
    validated: bool,
    pinned: bool,
    reviewed_counts: BTreeMap<String, usize>,
    used_by_triggers: bool,
    settings: UserModelMetadataSettings,
    freshness: &'static str,
    flags: Vec<&'static str>,
}

/// `UserModelMetadataSettings`.
#[derive(Debug, Serialize)]
struct UserModelMetadataSettings {
    starred: bool,
    description: String,
}

impl UserModelMetadata {
    /// The version as callers see it.
    pub(super) fn new(row: ModelSummary, reviewed_counts: BTreeMap<String, usize>, used_by_triggers: bool) -> Self {
        Self {
            version: row.version,
            model_id: format!("{}-{}", row.encoder, row.version),
            model_name: "cm",
            fingerprint: row.fingerprint,
            trained_time: row.trained_at,
            training_duration: row.training_ms as f64 / 1000.0,
            input_updated_at: row.input_at,
            validated: true,
            pinned: row.is_pinned,
            reviewed_counts,
            used_by_triggers,
            settings: UserModelMetadataSettings { starred: row.is_starred, description: row.description },
            freshness: "fresh",
            flags: Vec::new(),
        }
    }
}

/// `GetAllModelsInDatasetRequest`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GetAllModelsInDatasetRequest {
    pub(super) older_than_version: Option<i64>,
    pub(super) limit: Option<i64>,
    pub(super) include_deleted: Option<bool>,
    pub(super) starred: Option<bool>,
    pub(super) validated: Option<bool>,
}

/// `GetAllModelsInDatasetResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetAllModelsInDatasetResponse {
    pub(super) labellers: Vec<UserModelMetadata>,
    pub(super) model_tags: Vec<TaggedUserModelVersion>,
    pub(super) max_number_pinned_models: usize,
}

/// `TaggedUserModelVersion`.
#[derive(Debug, Serialize)]
pub(super) struct TaggedUserModelVersion {
    pub(super) name: String,
    pub(super) version: u32,
    pub(super) updated_at: Timestamp,
}

/// `GetModelTagsResponse`.
#[derive(Debug, Serialize)]
pub(super) struct GetModelTagsResponse {
    pub(super) model_tags: Vec<TaggedUserModelVersion>,
}

/// `UpdateModelRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateModelRequest {
    pub(super) starred: Option<bool>,
    pub(super) description: Option<String>,
}

/// `UpdateModelResponse`.
#[derive(Debug, Serialize)]
pub(super) struct UpdateModelResponse {
    pub(super) labeller: UserModelMetadata,
}

/// `UpdateModelTagRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct UpdateModelTagRequest {
    pub(super) model_tag: TaggedUserModelVersionUpdate,
}

/// `TaggedUserModelVersionUpdate`; name and time are the server's to say.
#[derive(Debug, Deserialize)]
pub(super) struct TaggedUserModelVersionUpdate {
    pub(super) version: u32,
}

/// `UpdateModelTagResponse`.
#[derive(Debug, Serialize)]
pub(super) struct UpdateModelTagResponse {
    pub(super) model_tag: TaggedUserModelVersion,
}
