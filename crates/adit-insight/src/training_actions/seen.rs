//! `PUT /api/_private/datasets/{owner}/{dataset_name}/{training_action_id}/{comment_uid}/seen-training-comment`
//!
//! Notes that the caller has been through a comment of an action, and says whether a batch is complete with it.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result, catalogue};
use http::Method;

use super::action::Action;
use super::wire::{PutCommentAsSeenRequest, PutCommentAsSeenResponse};
use super::{BATCH, comment_uids, store};

pub(super) static OPERATION: Operation = Operation {
    id: "put_training_comment_seen",
    method: Method::PUT,
    path: "/api/_private/datasets/{owner}/{dataset_name}/{training_action_id}/{comment_uid}/seen-training-comment",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_REVIEW, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let body: PutCommentAsSeenRequest = call.json()?;
    let action = Action::parse(call.param("training_action_id")?)?;
    let uid = call.param("comment_uid")?.to_owned();
    let (id, user) = (action.id(), call.caller.user_id);
    let mut tx = call.env.begin().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let comment = adit_corpus::comment_by_uid(&mut tx, call.caller.tenant_id, &uid).await?;
    let unreadable = adit_corpus::unreadable_sources(&mut tx, &call.caller, &dataset.source_ids).await?;
    let is_seen = |source: &adit_kernel::Id| dataset.source_ids.contains(source) && !unreadable.contains(source);
    let comment = comment.filter(|comment| is_seen(&comment.source_id));
    let comment = comment.ok_or_else(|| catalogue::no_comment(&uid))?;
    let before = store::count_annotated(&mut tx, dataset.id, user, &id).await?;
    store::put(&mut tx, dataset.id, user, &id, comment.seq, body.is_with_annotation, call.env.now()).await?;
    let after = store::count_annotated(&mut tx, dataset.id, user, &id).await?;
    let left = comment_uids::next(&call, &mut tx, action, 1).await?;
    tx.commit().await?;
    let is_full = after > 0 && after % BATCH as i64 == 0;
    let completeness = match left {
        None => "uncompletable",
        Some(_) if is_full && after > before => "newly-completed",
        Some(_) if is_full => "already-complete",
        // The last comment there was completes the action, however few there were.
        Some(left) if left.is_empty() && body.is_with_annotation => "newly-completed",
        Some(_) => "incomplete",
    };
    Reply::ok(PutCommentAsSeenResponse { training_action_completeness: completeness })
}
