//! `POST /api/v1/datasets/{owner}/{dataset_name}/labellers/{model_version}/predict-comments`
//!
//! Predicts stored comments with a pinned version; the reply has the order and length of `uids`.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use http::Method;

use super::predict::{pinned_version, properties_of, shown_impacts};
use super::rules::Selection;
use super::wire;
use crate::engine::Engine;
use crate::sentiment::Judged;

pub(super) static OPERATION: Operation = Operation {
    id: "get_comment_predictions",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/labellers/{model_version}/predict-comments",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Comments in one request, at most.
const MAX_UIDS: usize = 4096;

async fn handle(call: Call) -> Result<Reply> {
    let body: wire::GetCommentPredictionsRequest = call.json()?;
    if body.uids.len() > MAX_UIDS {
        return Err(catalogue::too_many("uids", MAX_UIDS));
    }
    let (_, served) = pinned_version(&call).await?;
    let selection = Selection::new(body.threshold, body.labels, &served)?;
    let tenant = call.caller.tenant_id;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, tenant, &call.address()?).await?.ok_or_else(|| call.no_dataset())?;
    let found = adit_corpus::comments_by_uids(&mut tx, tenant, &body.uids).await?;
    let unreadable = adit_corpus::unreadable_sources(&mut tx, &call.caller, &dataset.source_ids).await?;
    drop(tx);
    let impacts = shown_impacts(&call, &dataset).await?;
    let mut comments = Vec::with_capacity(body.uids.len());
    for uid in &body.uids {
        let comment = found.get(uid).ok_or_else(|| catalogue::no_comment(uid))?;
        if !dataset.source_ids.contains(&comment.source_id) {
            return Err(Error::unprocessable(format!("`uids`: comment `{uid}` belongs to no source of the dataset.")));
        }
        // A source of another project may be one that the caller does not see into.
        if unreadable.contains(&comment.source_id) {
            return Err(catalogue::no_comment(uid));
        }
        comments.push(comment.clone());
    }
    let engine = call.env.service::<Engine>()?;
    let _urgent = engine.urgent();
    let judged = served.judge_comments(&call.env, &comments).await?;
    let entities = served.entities_of_comments(&call.env, &comments).await?;
    let predict = |((uid, judged), entities): ((String, &Judged), _)| wire::CommentPrediction {
        uid,
        labels: selection.apply(judged, &served),
        entities,
        sentiment: judged.judgement.sentiment.map(|total| wire::CommentSentiment { total }),
        label_properties: properties_of(judged, &impacts),
    };
    Reply::ok(wire::GetCommentPredictionsResponse {
        model: wire::PredictionsModel { version: served.version, time: served.trained_at },
        predictions: body.uids.into_iter().zip(&judged).zip(entities).map(predict).collect(),
    })
}
