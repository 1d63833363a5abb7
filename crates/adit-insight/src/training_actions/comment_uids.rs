//! `GET /api/_private/datasets/{owner}/{dataset_name}/{training_action_id}/training-action-comment-uids`
//!
//! The next batch of comments for an action: what the caller has not seen in it yet.

use std::collections::HashSet;

use adit_corpus::filter::CommentFilter;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Permission, Result};
use adit_store::Tx;
use http::Method;
use serde_json::json;

use super::action::{Action, Pool};
use super::wire::GetTrainingActionsCommentUidsResponse;
use super::{BATCH, store};
use crate::facts::Scope;
use crate::query::{Ask, page};

pub(super) static OPERATION: Operation = Operation {
    id: "get_training_action_ordered_comment_uids",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/{training_action_id}/training-action-comment-uids",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Comments looked at in one go.
const STEP: usize = 50;

async fn handle(call: Call) -> Result<Reply> {
    let action = Action::parse(call.param("training_action_id")?)?;
    let mut tx = call.env.read().await?;
    let comment_uids = next(&call, &mut tx, action, BATCH).await?.unwrap_or_default();
    Reply::ok(GetTrainingActionsCommentUidsResponse { comment_uids })
}

/// The next comments of an action, at most `limit`; `None` for one that has no comments.
pub(super) async fn next(call: &Call, tx: &mut Tx, action: Action, limit: usize) -> Result<Option<Vec<String>>> {
    let filter =
        |is_unreviewed| CommentFilter::try_from(if is_unreviewed { json!({"reviewed": "only_unreviewed"}) } else { json!({}) });
    let scope = Scope::new(call, tx, filter(false)?, Vec::new(), false).await?;
    let labels = adit_datasets::labels_of(tx, scope.dataset.id).await?;
    let name = action.label().and_then(|id| labels.iter().find(|label| label.id == id)).map(|label| label.name.clone());
    let confused = match name {
        Some(name) => adit_models::confused_with(tx, scope.dataset.id, &name).await?,
        None => None,
    };
    // Renamed or deleted since the version was trained, it is nothing to be told from.
    let confused = confused.filter(|name| labels.iter().any(|label| label.name == *name));
    let pool = action.pool(&labels, confused)?;
    let seen = store::seen(tx, scope.dataset.id, call.caller.user_id, &action.id()).await?;
    match pool {
        Pool::Nothing => Ok(None),
        Pool::Themes => Ok(Some(from_themes(call, tx, &scope, &seen, limit).await?)),
        Pool::Order { order, doubted, is_unreviewed } => {
            let scope = Scope::new(call, tx, filter(is_unreviewed)?, Vec::new(), false).await?;
            let ask = Ask { order: &order, doubted, is_collapsed: false };
            let (mut uids, mut from) = (Vec::new(), None);
            loop {
                let page = page(&call.env, tx, &scope, &ask, from, STEP).await?;
                let fresh = page.seen.iter().filter(|one| !seen.contains(&one.comment.seq)).map(|one| one.comment.uid());
                uids.extend(fresh.take(limit - uids.len()));
                from = page.next;
                if uids.len() >= limit || from.is_none() {
                    return Ok(Some(uids));
                }
            }
        }
    }
}

/// Comments of the themes, theme by theme, that nobody has reviewed.
async fn from_themes(call: &Call, tx: &mut Tx, scope: &Scope, seen: &HashSet<i64>, limit: usize) -> Result<Vec<String>> {
    let seqs: Vec<i64> =
        adit_models::theme_members(tx, scope.dataset.id).await?.into_iter().filter(|seq| !seen.contains(seq)).collect();
    let comments = adit_corpus::comments_by_seqs(tx, &seqs).await?;
    let open = scope.passing(&call.env, tx, comments).await?;
    let uid = |seq: &i64| open.iter().find(|one| one.comment.seq == *seq && !one.is_reviewed()).map(|one| one.comment.uid());
    Ok(seqs.iter().filter_map(uid).take(limit).collect())
}
