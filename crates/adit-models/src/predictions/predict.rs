//! `POST /api/v1/datasets/{owner}/{dataset_name}/labellers/{model_version}/predict`
//!
//! Predicts texts with a pinned version. Nothing is stored.

use std::sync::Arc;

use adit_datasets::Dataset;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use adit_tenancy::usage::{Meter, Used};
use http::Method;
use serde_json::Value;

use super::rules::Selection;
use super::wire;
use crate::engine::{Engine, Served};
use crate::models;
use crate::sentiment::{Judged, LabelImpacts};

pub(super) static OPERATION: Operation = Operation {
    id: "predict",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/labellers/{model_version}/predict",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Documents in one request, at most.
const MAX_DOCUMENTS: usize = 4096;

async fn handle(call: Call) -> Result<Reply> {
    let body = call.json()?;
    let (dataset, served) = pinned_version(&call).await?;
    answer(&call, &dataset, &served, body).await
}

/// The dataset and the version in the path, which must be pinned.
pub(super) async fn pinned_version(call: &Call) -> Result<(Dataset, Arc<Served>)> {
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let named = call.param("model_version")?;
    let head = models::resolve_head(&mut tx, dataset.id, named).await?;
    if !head.is_pinned && named != "latest" {
        let version = head.version;
        return Err(Error::unprocessable(format!(
            "Model version `{version}` is not pinned: only pinned versions can be used here."
        )));
    }
    let served = models::load(&call.env, &mut tx, dataset.id, head.version).await?;
    let served = served.ok_or_else(|| catalogue::no_model(&head.version.to_string()))?;
    Ok((dataset, served))
}

/// Predicts the request's documents with a version.
pub(super) async fn answer(call: &Call, dataset: &Dataset, served: &Served, body: wire::PredictRequest) -> Result<Reply> {
    if body.documents.len() > MAX_DOCUMENTS {
        return Err(catalogue::too_many("documents", MAX_DOCUMENTS));
    }
    let selection = Selection::new(body.threshold, body.labels, served)?;
    let engine = call.env.service::<Engine>()?;
    let _urgent = engine.urgent();
    let now = call.env.now();
    let written = |document: &wire::PredictDocument| (document.messages.clone(), document.timestamp.unwrap_or(now));
    let entities = served.entities_of_messages(&call.env, body.documents.iter().map(written)).await?;
    let texts = body.documents.iter().map(|document| adit_corpus::model_text_of(&document.messages)).collect();
    let judged = served.judge_texts(&call.env, texts).await?;
    let predictions: Vec<_> = judged.iter().map(|judged| selection.apply(judged, served)).collect();
    let impacts = shown_impacts(call, dataset).await?;
    let total = |judged: &Judged| judged.judgement.sentiment.map(|total| wire::CommentSentiment { total });
    let n_documents = i64::try_from(predictions.len()).unwrap_or(i64::MAX);
    call.env.service::<Meter>()?.count(&call.env, call.caller.tenant_id, Used::PredictDocuments, n_documents);
    metrics::counter!("adit_predicted_documents_total").increment(predictions.len() as u64);
    let comments = body
        .include_comments
        .unwrap_or(false)
        .then(|| body.documents.into_iter().enumerate().map(|(n, document)| as_comment(n, document, now)).collect());
    Reply::ok(wire::PredictResponse {
        model: wire::PredictionsModel { version: served.version, time: served.trained_at },
        entities,
        sentiment: dataset.has_sentiment.then(|| judged.iter().filter_map(total).collect()),
        label_properties: judged
            .iter()
            .map(|judged| properties_of(judged, &impacts))
            .collect::<Option<_>>()
            .filter(|_| impacts.shows_any()),
        predictions,
        comments,
    })
}

/// What labels add to the properties that the dataset shows; labels are read only where it shows any.
pub(super) async fn shown_impacts(call: &Call, dataset: &Dataset) -> Result<LabelImpacts> {
    let none = LabelImpacts::new(dataset, &[]);
    if !none.shows_any() {
        return Ok(none);
    }
    let mut tx = call.env.read().await?;
    Ok(LabelImpacts::new(dataset, &adit_datasets::labels_of(&mut tx, dataset.id).await?))
}

/// The properties of one document, where the dataset shows any.
pub(super) fn properties_of(judged: &Judged, impacts: &LabelImpacts) -> Option<Vec<Value>> {
    let shown = impacts.shown(judged.judgement.net, &judged.scores);
    impacts.shows_any().then(|| shown.iter().map(|property| property.to_prediction()).collect())
}

fn as_comment(n: usize, document: wire::PredictDocument, now: adit_kernel::Timestamp) -> wire::ParseEmailNewComment {
    wire::ParseEmailNewComment {
        id: n.to_string(),
        timestamp: document.timestamp.unwrap_or(now),
        user_properties: document.user_properties.unwrap_or_default(),
        messages: document.messages,
        text_format: document.text_format.unwrap_or_else(|| "plain".into()),
        attachments: Vec::new(),
        thread_id: None,
    }
}
