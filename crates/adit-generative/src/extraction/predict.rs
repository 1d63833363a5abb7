//! `POST /api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/predict-extractions`
//!
//! Fills the forms of documents: by the dataset's own models, or by a language model where one may be asked. Which
//! labels apply is what the version says, where it knows them. Nothing is stored but the language model's answer, for
//! when the same is asked again.

use std::collections::BTreeMap;

use adit_corpus::wire::Message;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Kind, Permission, Result, catalogue};
use adit_tenancy::usage::admit_extractions;
use futures_util::future::try_join_all;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Extractor, GroupPredictions};
use crate::llm::About;

pub(crate) static OPERATION: Operation = Operation {
    id: "predict_extractions",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellers/{model_version}/predict-extractions",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Documents in one request: each is a question of its own, and clients wait four minutes.
const MAX_DOCUMENTS: usize = 64;

#[derive(Deserialize)]
struct PredictExtractionsRequest {
    documents: Vec<PredictDocument>,
}

#[derive(Deserialize)]
struct PredictDocument {
    messages: Vec<Message>,
    #[expect(dead_code, reason = "user properties take no part in extraction")]
    user_properties: Option<BTreeMap<String, Value>>,
}

#[derive(Serialize)]
struct PredictExtractionsResponse {
    predictions: Vec<CommentExtractionsPredictions>,
}

#[derive(Serialize)]
struct CommentExtractionsPredictions {
    groups: Vec<GroupPredictions>,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    if !crate::may_extract(&call.env, &dataset) {
        drop(tx);
        return adit_models::predict_extractions(call).await;
    }
    let request: PredictExtractionsRequest = call.json()?;
    if request.documents.len() > MAX_DOCUMENTS {
        return Err(catalogue::too_many("documents", MAX_DOCUMENTS));
    }
    let named = call.param("model_version")?;
    let served = match adit_models::served_as(&call.env, &mut tx, dataset.id, named).await {
        Ok(served) => Some(served),
        // A dataset that has learned nothing yet can be asked all the same: names and descriptions suffice.
        Err(error) if named == "latest" && error.kind() == Kind::Missing => None,
        Err(error) => return Err(error),
    };
    drop(tx);
    let n_documents = i64::try_from(request.documents.len()).unwrap_or(i64::MAX);
    admit_extractions(&call.env, call.caller.tenant_id, n_documents).await?;
    let extractor = Extractor::new(&call.env, &dataset).await?;
    let scores = match served {
        Some(served) => {
            let texts = request.documents.iter().map(|document| adit_corpus::model_text_of(&document.messages)).collect();
            Some(served.predict_texts(&call.env, texts).await?)
        }
        None => None,
    };
    let about = About::dataset(&dataset);
    let extract = |(n, document): (usize, PredictDocument)| {
        let scores = scores.as_ref().and_then(|all| all.get(n)).map(Vec::as_slice);
        extractor.extract(about, document.messages, scores, &|_, _| true)
    };
    let groups = try_join_all(request.documents.into_iter().enumerate().map(extract)).await?;
    Reply::ok(PredictExtractionsResponse {
        predictions: groups.into_iter().map(|groups| CommentExtractionsPredictions { groups }).collect(),
    })
}
