//! Fills in the forms of the labels that documents are likely to have, with what the dataset's own models learnt.
//!
//! The operation itself is served by a higher area, which may ask a language model instead.

use adit_http::{Call, Reply};
use adit_kernel::{Result, catalogue};
use adit_tenancy::usage::admit_extractions;
use serde::{Deserialize, Serialize};

use super::extractions::{GroupPredictions, likely_forms, shown};
use super::wire::PredictDocument;
use crate::engine::Engine;
use crate::models;

/// Documents in one request, at most.
const MAX_DOCUMENTS: usize = 4096;

/// `PredictExtractionsRequest`.
#[derive(Debug, Deserialize)]
struct PredictExtractionsRequest {
    documents: Vec<PredictDocument>,
}

/// `PredictExtractionsResponse`.
#[derive(Debug, Serialize)]
struct PredictExtractionsResponse {
    predictions: Vec<CommentExtractionsPredictions>,
}

/// `CommentExtractionsPredictions`.
#[derive(Debug, Serialize)]
struct CommentExtractionsPredictions {
    groups: Vec<GroupPredictions>,
}

/// Answers `predict_extractions` offline. Nothing is stored.
///
/// # Errors
/// An unknown version, or too many documents.
pub async fn predict_extractions(call: Call) -> Result<Reply> {
    let body: PredictExtractionsRequest = call.json()?;
    if body.documents.len() > MAX_DOCUMENTS {
        return Err(catalogue::too_many("documents", MAX_DOCUMENTS));
    }
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let served = models::served_as(&call.env, &mut tx, dataset.id, call.param("model_version")?).await?;
    drop(tx);
    let n_documents = i64::try_from(body.documents.len()).unwrap_or(i64::MAX);
    admit_extractions(&call.env, call.caller.tenant_id, n_documents).await?;
    let texts = body.documents.iter().map(|document| adit_corpus::model_text_of(&document.messages)).collect();
    let engine = call.env.service::<Engine>()?;
    let _urgent = engine.urgent();
    let scores = served.predict_texts(&call.env, texts).await?;
    let likely = likely_forms(&served, &scores);
    let now = call.env.now();
    let written = |document: PredictDocument| (document.messages, document.timestamp.unwrap_or(now));
    let forms = likely.iter().map(|labels| labels.iter().map(|(.., form)| *form).collect()).collect();
    let records = served.extract_from_messages(body.documents.into_iter().map(written).collect(), forms).await?;
    let groups = likely.iter().zip(&records).map(|(likely, records)| shown(&served, likely, records));
    Reply::ok(PredictExtractionsResponse { predictions: groups.map(|groups| CommentExtractionsPredictions { groups }).collect() })
}
