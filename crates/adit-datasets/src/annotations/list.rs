//! `GET /api/_private/datasets/{owner}/{dataset_name}/labellings`
//!
//! Shows annotated comments: those with the given uids, or page by page the reviewed ones of a source.
//! A client stops only at an empty page and fails when `after` stands still, so every page that is not empty moves it.

use std::collections::HashMap;

use adit_corpus::{Source, StoredComment, comments_by_seqs, comments_by_uids, sources_by_ids, thread_properties_of, view_for};
use adit_http::{AddressKind, Call, Needs, Operation, Query, Reply};
use adit_kernel::{Error, Id, Permission, Result, catalogue};
use adit_store::Tx;
use http::Method;
use serde::Serialize;

use super::compose::annotated_comment;
use super::store::read::{annotations_of, reviewed_after};
use super::wire::AnnotatedComment;
use crate::datasets::{dataset_of, wire::EntityDef};
use crate::{Dataset, Predictions, Predictor};

/// The most uids in one request.
const MAX_UIDS: usize = 128;

/// The size of a page when the client does not say.
const DEFAULT_LIMIT: i64 = 64;

pub(super) const OPERATION: Operation = Operation {
    id: "get_labellings",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellings",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Serialize)]
struct GetLabellingsResponse {
    entity_defs: Vec<EntityDef>,
    results: Vec<AnnotatedComment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

async fn handle(call: Call) -> Result<Reply> {
    let with_predictions = call.query.flag("return_predictions")?;
    let mut tx = call.env.read().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    let uids = call.query.list("id", "ids");
    let (comments, after) = match call.query.get("source_id") {
        Some(source_id) if uids.is_empty() => page(&mut tx, &call, &dataset, source_id).await?,
        Some(_) => return Err(Error::invalid("Either `id` or `source_id` is expected, not both.")),
        None => (by_uids(&mut tx, &call, &dataset, uids).await?, None),
    };
    let mut results = shown(&mut tx, &call, &dataset, &comments).await?;
    drop(tx);
    if with_predictions {
        let predictions = predicted(&call, &dataset, &comments).await?;
        for (result, predictions) in results.iter_mut().zip(predictions) {
            result.labelling.iter_mut().for_each(|group| group.predicted = Some(predictions.labels.clone()));
            result.entities.get_or_insert_default().predicted = predictions.entities;
            result.label_properties = predictions.label_properties;
        }
    }
    Reply::ok(GetLabellingsResponse { entity_defs: dataset.settings.entity_defs, results, after })
}

async fn by_uids(tx: &mut Tx, call: &Call, dataset: &Dataset, mut uids: Vec<String>) -> Result<Vec<StoredComment>> {
    let allow_missing = call.query.flag("allow_missing")?;
    let tenant = call.caller.tenant_id;
    // No id holds a NUL, and not every engine can even be asked for one.
    let is_askable = uids.len() <= MAX_UIDS && uids.iter().all(|uid| !uid.contains('\0'));
    if !is_askable {
        return Err(if uids.len() > MAX_UIDS { catalogue::too_many("id", MAX_UIDS) } else { catalogue::no_comment("?") });
    }
    let mut found = comments_by_uids(tx, tenant, &uids).await?;
    if found.is_empty()
        && let Some(parts) = Query::split_joined(&uids)
    {
        if parts.len() > MAX_UIDS {
            return Err(catalogue::too_many("id", MAX_UIDS));
        }
        found = comments_by_uids(tx, tenant, &parts).await?;
        uids = parts;
    }
    let mut comments = Vec::with_capacity(uids.len());
    for uid in &uids {
        match found.get(uid).filter(|comment| dataset.source_ids.contains(&comment.source_id)) {
            Some(comment) => comments.push(comment.clone()),
            None if allow_missing => {}
            None => return Err(catalogue::no_comment(uid)),
        }
    }
    Ok(comments)
}

type Page = (Vec<StoredComment>, Option<String>);

async fn page(tx: &mut Tx, call: &Call, dataset: &Dataset, source_id: &str) -> Result<Page> {
    let source_id: Id = source_id.parse()?;
    if !dataset.source_ids.contains(&source_id) {
        return Err(Error::unprocessable(format!("Source `{source_id}` is not a source of this dataset.")));
    }
    let limit = call.query.number("limit", 1, 999)?.unwrap_or(DEFAULT_LIMIT);
    let after_seq = call.query.get("after").map_or(Ok(0), position)?;
    let seqs = reviewed_after(tx, dataset.id, source_id, after_seq, usize::try_from(limit).unwrap_or_default()).await?;
    let after = seqs.last().map(|seq| format!("{seq:016x}"));
    Ok((comments_by_seqs(tx, &seqs).await?, after))
}

fn position(token: &str) -> Result<i64> {
    let position = if token.len() == 16 { i64::from_str_radix(token, 16).ok() } else { None };
    position.ok_or_else(|| catalogue::bad_continuation("after"))
}

async fn shown(tx: &mut Tx, call: &Call, dataset: &Dataset, comments: &[StoredComment]) -> Result<Vec<AnnotatedComment>> {
    let mut source_ids: Vec<Id> = comments.iter().map(|comment| comment.source_id).collect();
    source_ids.sort_unstable();
    source_ids.dedup();
    let sources = sources_by_ids(tx, call.caller.tenant_id, &source_ids).await?;
    for source in &sources {
        call.caller.require(Permission::SOURCES_READ, &source.owner)?;
    }
    let sources: HashMap<Id, Source> = sources.into_iter().map(|source| (source.id, source)).collect();
    let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
    let annotations = annotations_of(tx, dataset.id, &seqs).await?;
    let threads = thread_properties_of(tx, comments).await?;
    let mut results = Vec::with_capacity(comments.len());
    for (comment, thread) in comments.iter().zip(threads) {
        let source = sources.get(&comment.source_id).ok_or_else(|| catalogue::no_comment(&comment.uid()))?;
        let view = view_for(&call.caller, source, true);
        let mut result = annotated_comment(comment, annotations.get(&comment.seq), None, &view);
        result.thread_properties = Some(thread.to_wire());
        results.push(result);
    }
    Ok(results)
}

/// Predictions of the latest model; none where nobody predicts, or nothing was learnt yet.
async fn predicted(call: &Call, dataset: &Dataset, comments: &[StoredComment]) -> Result<Vec<Predictions>> {
    let Ok(predictor) = call.env.service::<Predictor>() else { return Ok(Vec::new()) };
    if comments.is_empty() {
        return Ok(Vec::new());
    }
    Ok(predictor.0.predict_latest(&call.env, dataset, comments).await?.unwrap_or_default())
}
