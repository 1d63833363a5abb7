//! `GET /api/_private/datasets/{owner}/{dataset_name}/themes`
//!
//! Groups of comments that nobody has reviewed, with labels to suggest for them. `_recompute=true` asks for new ones.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::enqueue;
use adit_kernel::{Permission, Result};
use http::Method;

use super::interpretation::interpretation;
use super::store::ThemeSetRow;
use super::{ClusterDataset, store, suggestions, wire};
use crate::engine::Engine;

pub(super) static OPERATION: Operation = Operation {
    id: "get_themes",
    method: Method::GET,
    path: "/api/_private/datasets/{owner}/{dataset_name}/themes",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let is_asked_for = call.query.flag("_recompute")?;
    let mut tx = call.env.read().await?;
    let dataset = adit_datasets::dataset_at(&mut tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let row = store::of_dataset(&mut tx, dataset.id).await?;
    let theme_set = match &row {
        Some(row) => Some(shown(&call, &mut tx, &dataset, row).await?),
        None => None,
    };
    drop(tx);
    if row.is_none() || is_asked_for {
        let mut tx = call.env.begin().await?;
        let job = ClusterDataset { dataset_id: dataset.id, is_asked_for };
        enqueue(&mut tx, &job, call.env.now()).await?;
        tx.commit().await?;
        call.env.work_bell.notify_one();
    }
    Reply::ok(wire::GetThemesResponse { theme_set })
}

/// The themes without comments that are gone, reviewed meanwhile, or not for the caller.
async fn shown(
    call: &Call,
    tx: &mut adit_store::Tx,
    dataset: &adit_datasets::Dataset,
    row: &ThemeSetRow,
) -> Result<wire::ThemeSet> {
    let seqs: Vec<i64> = row.themes.iter().flat_map(|theme| theme.members.iter().copied()).collect();
    let comments = adit_corpus::comments_by_seqs(tx, &seqs).await?;
    let annotations = adit_datasets::annotations_of(tx, dataset.id, &seqs).await?;
    let labels = adit_datasets::labels_of(tx, dataset.id).await?;
    let sources = adit_corpus::sources_by_ids(tx, call.caller.tenant_id, &dataset.source_ids).await?;
    let may_see = |source_id| {
        sources.iter().any(|source| source.id == source_id && call.caller.may(Permission::SOURCES_READ, &source.owner))
    };
    let is_open = |seq: &i64| !annotations.get(seq).is_some_and(|annotation| annotation.reviewed);
    let mut themes = Vec::with_capacity(row.themes.len());
    for theme in &row.themes {
        let found = theme.members.iter().filter(|seq| is_open(seq)).filter_map(|seq| {
            let at = comments.binary_search_by_key(seq, |comment| comment.seq).ok()?;
            Some(&comments[at]).filter(|comment| may_see(comment.source_id))
        });
        let theme_comments: Vec<wire::ThemeComment> = found
            .map(|comment| wire::ThemeComment {
                comment_uid: comment.uid(),
                interpretation: interpretation(&comment.content.messages, &theme.words),
            })
            .collect();
        if !theme_comments.is_empty() {
            let suggested_labels_reasoning = theme.suggestions.as_ref().and_then(|suggestions| suggestions.reasoning.clone());
            let suggested_labels = suggestions::suggested(theme, &labels);
            themes.push(wire::Theme { theme_comments, suggested_labels, suggested_labels_reasoning });
        }
    }
    let is_preview = row.encoder != call.env.service::<Engine>()?.encoder_of(dataset).digest();
    Ok(wire::ThemeSet { trained_time: row.computed_at, themes, is_preview })
}
