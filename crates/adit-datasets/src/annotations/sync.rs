//! `POST /api/v1/datasets/{owner}/{dataset_name}/sync-annotations`
//!
//! Replaces the assigned labels of many comments, all or none.

use std::collections::{BTreeMap, HashMap};

use adit_corpus::{comments_by_uids, unreadable_sources};
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue, names};
use http::Method;
use serde::Deserialize;

use super::rules::{Plan, checked_labels};
use super::store::lock;
use super::store::read::annotations_of;
use super::update::outside;
use super::wire::LabelRef;
use super::write::{Change, carry_out};
use crate::datasets::dataset_of;
use crate::labels::labels_of;

/// The most comments in one request.
const MAX_COMMENTS: usize = 16_384;

pub(super) const OPERATION: Operation = Operation {
    id: "sync_annotations",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}/sync-annotations",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_REVIEW]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Deserialize)]
struct SyncAnnotationsRequest {
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Annotation {
    comment_uid: Vec<String>,
    labels: Option<Vec<AnnotationLabel>>,
}

#[derive(Deserialize)]
struct AnnotationLabel {
    name: String,
    external_id: Option<String>,
}

async fn handle(mut call: Call) -> Result<Reply> {
    accept_single_uids(&mut call);
    let request: SyncAnnotationsRequest = call.json()?;
    let (wanted, external_ids) = decisions(request)?;
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    lock(&mut tx, &dataset).await?;
    let uids: Vec<String> = wanted.keys().cloned().collect();
    let comments = comments_by_uids(&mut tx, call.caller.tenant_id, &uids).await?;
    if let Some(missing) = uids.iter().find(|uid| !comments.contains_key(*uid)) {
        return Err(Error::unprocessable(format!("No such comment: `{missing}`.")));
    }
    if let Some(stray) = comments.values().find(|comment| !dataset.source_ids.contains(&comment.source_id)) {
        return Err(outside(&stray.uid()));
    }
    let unreadable = unreadable_sources(&mut tx, &call.caller, &dataset.source_ids).await?;
    if let Some(hidden) = comments.values().find(|comment| unreadable.contains(&comment.source_id)) {
        return Err(Error::unprocessable(format!("No such comment: `{}`.", hidden.uid())));
    }
    let labels = labels_of(&mut tx, dataset.id).await?;
    let seqs: Vec<i64> = comments.values().map(|comment| comment.seq).collect();
    let old = annotations_of(&mut tx, dataset.id, &seqs).await?;
    let mut changes: HashMap<i64, Change<'_>> = HashMap::new();
    for (uid, names) in &wanted {
        let Some(comment) = comments.get(uid) else { continue };
        let old = old.get(&comment.seq);
        let mut plan = Plan::of(old);
        let assigned = names.iter().map(|name| label_ref(&plan, name)).collect();
        plan.assign(checked_labels(assigned)?);
        changes.insert(comment.seq, Change { comment, old, plan });
    }
    let mut changes: Vec<Change<'_>> = changes.into_values().collect();
    changes.sort_by_key(|change| change.comment.seq);
    carry_out(&mut tx, &call, &dataset, &labels, changes, &external_ids).await?;
    tx.commit().await?;
    Reply::done()
}

/// The label as it stands already, else a positive one.
fn label_ref(plan: &Plan, name: &str) -> LabelRef {
    let known = plan.assigned.iter().find(|label| label.name == name).cloned();
    known.unwrap_or_else(|| LabelRef { name: name.to_owned(), sentiment: "positive".to_owned(), metadata: None })
}

type Decisions = (BTreeMap<String, Vec<String>>, BTreeMap<String, String>);

/// The labels for each comment, the last word counting, and the external ids of labels.
fn decisions(request: SyncAnnotationsRequest) -> Result<Decisions> {
    let mut wanted = BTreeMap::new();
    let mut external_ids = BTreeMap::new();
    for annotation in request.annotations {
        let Some(labels) = annotation.labels else { continue };
        let mut names = Vec::with_capacity(labels.len());
        for label in labels {
            names::check_label(&label.name)?;
            if let Some(external_id) = label.external_id {
                names::check_text(&external_id, "external_id", 128)?;
                external_ids.insert(label.name.clone(), external_id);
            }
            names.push(label.name);
        }
        for uid in annotation.comment_uid {
            names::check_text(&uid, "comment_uid", 2048)?;
            wanted.insert(uid, names.clone());
        }
        if wanted.len() > MAX_COMMENTS {
            return Err(catalogue::too_many("annotations", MAX_COMMENTS));
        }
    }
    Ok((wanted, external_ids))
}

/// The schema wants `comment_uid` as a list, the documentation shows one string; both are accepted (BEHAVIOUR 11).
/// A body that cannot be read is left for the usual check to refuse.
fn accept_single_uids(call: &mut Call) {
    let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&call.body) else { return };
    let Some(annotations) = body.get_mut("annotations").and_then(serde_json::Value::as_array_mut) else { return };
    for annotation in annotations {
        if let Some(uid) = annotation.get_mut("comment_uid").filter(|uid| uid.is_string()) {
            *uid = serde_json::json!([uid.take()]);
        }
    }
    call.body = body.to_string().into();
}
