//! One page: walk the order from the cursor, keep what passes, stop when the page is full or the order ends.

use std::collections::HashMap;
use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_datasets::wire::AnnotatedComment;
use adit_datasets::{Predictor, annotated_comment};
use adit_kernel::Result;
use adit_store::{Env, Tx};
use serde_json::json;

use super::collapse;
use super::cursor::Cursor;
use super::walk::Walk;
use super::wire::Order;
use crate::facts::{Scope, Seen};
use crate::search::SearchQuery;

/// The comments of one page and where the next one begins.
pub(crate) struct Page {
    pub(crate) seen: Vec<Seen>,
    /// The key of each in the order.
    pub(crate) keys: Vec<f64>,
    pub(crate) next: Option<Cursor>,
    /// What was searched for.
    search: Option<Arc<SearchQuery>>,
}

/// What to page through.
pub(crate) struct Ask<'a> {
    pub(crate) order: &'a Order,
    /// The labels that `check` and `missed` are about; none for all.
    pub(crate) doubted: Vec<String>,
    /// Whether one comment stands for its conversation.
    pub(crate) is_collapsed: bool,
}

/// A page of at most `limit` comments.
pub(crate) async fn page(
    env: &Env,
    tx: &mut Tx,
    scope: &Scope,
    ask: &Ask<'_>,
    from: Option<Cursor>,
    limit: usize,
) -> Result<Page> {
    let walk = Walk::new(tx, scope, ask.order, &ask.doubted).await?;
    let mut page = Page { seen: Vec::new(), keys: Vec::new(), next: None, search: walk.search() };
    let mut last: Option<Cursor> = from;
    loop {
        let step = walk.step(tx, scope, last).await?;
        let Some(end) = step.last().map(|(cursor, _)| *cursor) else {
            match walk.next_stretch(last) {
                Some(start) => {
                    last = Some(start);
                    continue;
                }
                None => return Ok(page),
            }
        };
        let cursors: HashMap<i64, Cursor> = step.iter().map(|(cursor, comment)| (comment.seq, *cursor)).collect();
        let mut passing = scope.passing(env, tx, step.into_iter().map(|(_, comment)| comment).collect()).await?;
        passing.retain(|one| !walk.excludes(one, cursors.get(&one.comment.seq).map_or(0, |cursor| cursor.stretch)));
        if ask.is_collapsed {
            let first = collapse::representatives(env, tx, scope, &walk, &passing).await?;
            passing.retain(|one| first.contains(&one.comment.seq));
        }
        for one in passing {
            let at = cursors.get(&one.comment.seq).copied();
            page.keys.push(at.map_or(0.0, |cursor| cursor.key));
            page.seen.push(one);
            if page.seen.len() == limit {
                page.next = at;
                return Ok(page);
            }
        }
        last = Some(end);
    }
}

/// The page as callers see it, with predictions of the newest version.
pub(super) async fn annotated(env: &Env, scope: &Scope, order: &Order, page: &Page) -> Result<Vec<AnnotatedComment>> {
    let seen = &page.seen;
    let comments: Vec<StoredComment> = seen.iter().map(|one| one.comment.clone()).collect();
    let predictions = match env.service::<Predictor>() {
        Ok(predictor) if !comments.is_empty() => predictor.0.predict_latest(env, &scope.dataset, &comments).await?,
        _ => None,
    };
    let mut results = Vec::with_capacity(seen.len());
    for (n, one) in seen.iter().enumerate() {
        let predicted = predictions.as_ref().and_then(|all| all.get(n));
        let mut shown = annotated_comment(&one.comment, one.annotation.as_ref(), predicted, scope.view(&one.comment)?);
        let block = |(from, to): (usize, usize)| json!({"utf16_byte_start": from, "utf16_byte_end": to});
        let group = |blocks: Vec<(usize, usize)>| json!({"body_blocks": blocks.into_iter().map(block).collect::<Vec<_>>()});
        shown.reviewable_blocks = Some(adit_models::reviewable_blocks(&one.comment).into_iter().map(group).collect());
        shown.thread_properties = one.thread.as_ref().map(adit_corpus::ThreadProperties::to_wire);
        if !one.exceptions.is_empty() {
            let by_stream = one.exceptions.iter().map(|(stream, kind)| (stream.to_string(), json!({"type": kind}))).collect();
            shown.trigger_exceptions = Some(serde_json::Value::Object(by_stream));
        }
        if let Some(search) = &page.search {
            shown.highlights = Some(search.highlights(&one.comment));
        }
        if let Order::Diagnostic { diagnostic_kind, entity_def_id } = order {
            let kind = json!({"diagnostic_kind": diagnostic_kind, "related_to": entity_def_id});
            shown.diagnostics = Some(vec![json!({"kind": kind, "value": page.keys[n]})]);
        }
        results.push(shown);
    }
    Ok(results)
}
