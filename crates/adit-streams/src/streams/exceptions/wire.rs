//! The JSON shapes of exceptions.

use serde::Deserialize;

/// `StoreExceptionRequest`.
#[derive(Debug, Deserialize)]
pub(super) struct StoreExceptionRequest {
    pub(super) exceptions: Vec<ExceptionModel>,
}

/// One comment's exception.
#[derive(Debug, Deserialize)]
pub(super) struct ExceptionModel {
    pub(super) uid: String,
    pub(super) metadata: Metadata,
}

/// What the consumer says about it.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    #[serde(rename = "type")]
    pub(super) type_: String,
}
