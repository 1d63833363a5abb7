//! Sources as they stand on the wire.

use adit_kernel::{Field, Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::store;

/// The body of a creation and of an update.
#[derive(Debug, Deserialize)]
pub(crate) struct SourceRequest {
    pub(crate) source: SourceUpdate,
}

/// What a caller may set; what is absent keeps its value.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct SourceUpdate {
    #[serde(default, rename = "_kind")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) language: Option<String>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) should_translate: Option<bool>,
    #[serde(default)]
    pub(crate) sensitive_properties: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) bucket_id: Field<String>,
    #[serde(default)]
    pub(crate) email_transform_tag: Option<String>,
    #[serde(default)]
    pub(crate) email_transform_version: Option<i64>,
}

/// A source as a caller receives it.
#[derive(Debug, Serialize)]
pub(crate) struct Source {
    id: Id,
    #[serde(rename = "_kind")]
    kind: String,
    owner: String,
    name: String,
    language: String,
    title: String,
    description: String,
    should_translate: bool,
    sensitive_properties: Vec<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
    last_modified: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    bucket_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_transform_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_transform_version: Option<i64>,
}

impl From<store::Source> for Source {
    fn from(source: store::Source) -> Self {
        Self {
            id: source.id,
            kind: source.kind,
            owner: source.owner,
            name: source.name,
            language: source.language,
            title: source.title,
            description: source.description,
            should_translate: source.should_translate,
            sensitive_properties: source.sensitive_properties,
            created_at: source.created_at,
            updated_at: source.updated_at,
            last_modified: source.last_modified,
            bucket_id: source.bucket_id,
            email_transform_tag: source.email_transform_tag,
            email_transform_version: source.email_transform_version,
        }
    }
}

/// The reply that holds one source.
#[derive(Debug, Serialize)]
pub(crate) struct SourceResponse {
    pub(crate) source: Source,
}

/// The reply that holds many.
#[derive(Debug, Serialize)]
pub(crate) struct SourcesResponse {
    pub(crate) sources: Vec<Source>,
}
