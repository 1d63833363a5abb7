//! `POST /api/_private/datasets/{owner}/{dataset_name}/labellings/{labelling_id}`
//!
//! Changes what is decided about one comment. A missing key or list stays as it is, an empty list clears.

use std::collections::BTreeMap;

use adit_corpus::{StoredComment, comment_by_uid, source_by_id, thread_properties_of, view_for};
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Error, Permission, Result, catalogue};
use adit_store::Tx;
use http::Method;

use super::compose::annotated_comment;
use super::rules;
use super::store::lock;
use super::store::read::annotations_of;
use super::wire::UpdateRequest;
use super::write::{Change, carry_out};
use crate::datasets::dataset_of;
use crate::labels::labels_of;

pub(super) const OPERATION: Operation = Operation {
    id: "update_comment_labelling",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labellings/{labelling_id}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_REVIEW]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let mut request: UpdateRequest = call.json()?;
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    lock(&mut tx, &dataset).await?;
    let comment = comment_of(&mut tx, &call).await?;
    if !dataset.source_ids.contains(&comment.source_id) {
        return Err(outside(&comment.uid()));
    }
    let source = source_by_id(&mut tx, call.caller.tenant_id, comment.source_id).await?;
    let source = source.ok_or_else(|| catalogue::no_comment(&comment.uid()))?;
    call.caller.require(Permission::SOURCES_READ, &source.owner)?;
    if request.context.take().is_some_and(|context| context != comment.context()) {
        return Err(Error::conflict("`context` does not match: the comment was changed at the same time."));
    }
    let labels = labels_of(&mut tx, dataset.id).await?;
    let old = annotations_of(&mut tx, dataset.id, &[comment.seq]).await?;
    let old = old.get(&comment.seq);
    let plan = rules::updated(old, request, &dataset, &labels, &comment)?;
    let change = Change { comment: &comment, old, plan };
    carry_out(&mut tx, &call, &dataset, &labels, vec![change], &BTreeMap::new()).await?;
    // Read again: the counters of the comment changed too.
    let comment = comment_of(&mut tx, &call).await?;
    let annotations = annotations_of(&mut tx, dataset.id, &[comment.seq]).await?;
    let view = view_for(&call.caller, &source, true);
    let mut reply = annotated_comment(&comment, annotations.get(&comment.seq), None, &view);
    let threads = thread_properties_of(&mut tx, std::slice::from_ref(&comment)).await?;
    reply.thread_properties = threads.first().map(|thread| thread.to_wire());
    tx.commit().await?;
    Reply::ok(reply)
}

/// The error for a comment that exists, but not in the dataset.
pub(super) fn outside(uid: &str) -> Error {
    Error::unprocessable(format!("Comment `{uid}` is not in a source of this dataset."))
}

async fn comment_of(tx: &mut Tx, call: &Call) -> Result<StoredComment> {
    // No id holds a NUL, and not every engine can even be asked for one.
    let spellings = call.param_spellings("labelling_id")?.into_iter().filter(|uid| !uid.contains('\0'));
    for uid in spellings {
        if let Some(comment) = comment_by_uid(tx, call.caller.tenant_id, &uid).await? {
            return Ok(comment);
        }
    }
    Err(catalogue::no_comment(call.param("labelling_id")?))
}
