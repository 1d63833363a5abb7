//! One page: walk the order from the cursor, keep what passes, stop when the page is full or the order ends.

use adit_corpus::StoredComment;
use adit_datasets::wire::AnnotatedComment;
use adit_datasets::{Predictor, annotated_comment};
use adit_kernel::{Error, Result, Timestamp, catalogue};
use adit_store::{Env, Tx};
use serde_json::json;

use super::cursor::Cursor;
use super::wire::Order;
use crate::facts::{Scope, Seen};

/// Comments looked at in one step.
const STEP: usize = 500;

/// The comments of one page and where the next one begins.
pub(crate) struct Page {
    pub(crate) seen: Vec<Seen>,
    pub(crate) next: Option<Cursor>,
}

impl Order {
    /// Names the order in continuation tokens.
    pub(super) fn tag(&self) -> String {
        match self {
            Self::Recent => "recent".into(),
            Self::Sample { seed } => format!("sample:{seed}"),
            Self::ByLabel { label, sentiment } => {
                format!("by_label:{}:{}", sentiment.as_deref().unwrap_or("-"), label.as_deref().unwrap_or("*"))
            }
            Self::AnyLabelAsc => "any_label_asc".into(),
            Self::Later => "later".into(),
        }
    }
}

/// A page of at most `limit` comments.
pub(super) async fn page(
    env: &Env,
    tx: &mut Tx,
    scope: &Scope,
    order: &Order,
    from: Option<Cursor>,
    limit: usize,
) -> Result<Page> {
    let walk = Walk::new(tx, scope, order).await?;
    let mut seen: Vec<Seen> = Vec::new();
    let mut last: Option<Cursor> = from;
    loop {
        let step = walk.step(tx, scope, last).await?;
        let Some((end, _)) = step.last().map(|(cursor, comment)| (*cursor, comment.seq)) else {
            match walk.next_stretch(last) {
                Some(start) => {
                    last = Some(start);
                    continue;
                }
                None => return Ok(Page { seen, next: None }),
            }
        };
        let (cursors, comments): (Vec<Cursor>, Vec<StoredComment>) = step.into_iter().unzip();
        let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
        for one in scope.passing(env, tx, comments).await? {
            let at = seqs.iter().position(|seq| *seq == one.comment.seq).map(|n| cursors[n]);
            if walk.excludes(&one, at.map_or(0, |cursor| cursor.stretch)) {
                continue;
            }
            seen.push(one);
            if seen.len() == limit {
                return Ok(Page { seen, next: at });
            }
        }
        last = Some(end);
    }
}

/// How an order is walked.
enum Walk<'a> {
    Recent,
    /// Hash and position of every comment, in order.
    Sample(Vec<(i64, i64)>),
    ByLabel {
        name: &'a str,
        label: Option<adit_kernel::Id>,
        sentiment: Option<&'a str>,
    },
    AnyLabel,
}

impl<'a> Walk<'a> {
    async fn new(tx: &mut Tx, scope: &Scope, order: &'a Order) -> Result<Self> {
        Ok(match order {
            Order::Recent => Self::Recent,
            Order::Sample { seed } => Self::Sample(shuffled(tx, scope, *seed).await?),
            Order::AnyLabelAsc | Order::ByLabel { label: None, .. } => Self::AnyLabel,
            Order::ByLabel { label: Some(name), sentiment } => {
                let labels = adit_datasets::labels_of(tx, scope.dataset.id).await?;
                let label = labels.iter().find(|label| label.name == *name);
                if label.is_none() && !labels.iter().any(|label| label.name.starts_with(&format!("{name} > "))) {
                    return Err(Error::unprocessable(format!("`order.label`: the dataset has no label `{name}`.")));
                }
                Self::ByLabel { name, label: label.map(|label| label.id), sentiment: sentiment.as_deref() }
            }
            Order::Later => return Err(catalogue::not_served("query_comments with this `order.kind`")),
        })
    }

    /// The next comments after `last`, each with its own cursor.
    async fn step(&self, tx: &mut Tx, scope: &Scope, last: Option<Cursor>) -> Result<Vec<(Cursor, StoredComment)>> {
        match self {
            Self::Recent => {
                let before = last.map(|cursor| (Timestamp::from_micros(cursor.exact), cursor.seq));
                let comments = adit_corpus::scan_recent(tx, &scope.sources, before, &scope.filter.bounds(), STEP).await?;
                let cursor = |c: &StoredComment| Cursor { stretch: 0, key: 0.0, exact: c.timestamp.micros(), seq: c.seq };
                Ok(comments.into_iter().map(|comment| (cursor(&comment), comment)).collect())
            }
            Self::Sample(order) => {
                let start = last.map_or(0, |cursor| order.partition_point(|key| *key <= (cursor.exact, cursor.seq)));
                let keys = &order[start..order.len().min(start + STEP)];
                let ranked = keys.iter().map(|(hash, seq)| Cursor { stretch: 0, key: 0.0, exact: *hash, seq: *seq }).collect();
                with_comments(tx, ranked).await
            }
            Self::AnyLabel => {
                let after = last.map(|cursor| (cursor.key, cursor.seq));
                let ranked = adit_models::ranked_by_any_label(tx, scope.dataset.id, after, STEP as i64).await?;
                with_comments(tx, ranked.into_iter().map(|(key, seq)| Cursor { stretch: 0, key, exact: 0, seq }).collect()).await
            }
            Self::ByLabel { name, label, .. } => {
                let cursor = last.unwrap_or(Cursor { stretch: 0, key: 2.0, exact: 0, seq: i64::MAX });
                let (dataset, n) = (scope.dataset.id, STEP as i64);
                let ranked: Vec<Cursor> = if cursor.stretch == 0 {
                    let seqs = adit_datasets::assigned_to(tx, dataset, name, cursor.seq, n).await?;
                    seqs.into_iter().map(|seq| Cursor { stretch: 0, key: 2.0, exact: 0, seq }).collect()
                } else {
                    let Some(label) = label else { return Ok(Vec::new()) };
                    let ranked = adit_models::ranked_by_label(tx, dataset, *label, Some((cursor.key, cursor.seq)), n).await?;
                    ranked.into_iter().map(|(key, seq)| Cursor { stretch: 1, key, exact: 0, seq }).collect()
                };
                with_comments(tx, ranked).await
            }
        }
    }

    /// Where the order goes on after one stretch of it ended.
    fn next_stretch(&self, last: Option<Cursor>) -> Option<Cursor> {
        let is_first = last.is_none_or(|cursor| cursor.stretch == 0);
        (matches!(self, Self::ByLabel { .. }) && is_first).then_some(Cursor { stretch: 1, key: 2.0, exact: 0, seq: i64::MAX })
    }

    /// Comments that passed the filters but do not belong into this order.
    fn excludes(&self, seen: &Seen, stretch: u8) -> bool {
        let Self::ByLabel { name, sentiment, .. } = self else { return false };
        let Some(annotation) = seen.annotation.as_ref().filter(|annotation| annotation.reviewed) else {
            return *sentiment == Some("negative");
        };
        if stretch > 0 {
            // The stretch before held every reviewed comment that has the label.
            return true;
        }
        // On a reviewed comment people decided; what a model predicts there no longer counts.
        let below = format!("{name} > ");
        let has = annotation.assigned.iter().any(|label| {
            (label.name == *name || label.name.starts_with(&below)) && sentiment.is_none_or(|wanted| label.sentiment == wanted)
        });
        !has
    }
}

async fn with_comments(tx: &mut Tx, ranked: Vec<Cursor>) -> Result<Vec<(Cursor, StoredComment)>> {
    let seqs: Vec<i64> = ranked.iter().map(|cursor| cursor.seq).collect();
    let found = adit_corpus::comments_by_seqs(tx, &seqs).await?;
    let mut by_seq: std::collections::HashMap<i64, StoredComment> =
        found.into_iter().map(|comment| (comment.seq, comment)).collect();
    Ok(ranked.into_iter().filter_map(|cursor| Some((cursor, by_seq.remove(&cursor.seq)?))).collect())
}

/// All positions in the order of a hash of seed and position: the same for a seed, whatever is added or deleted.
async fn shuffled(tx: &mut Tx, scope: &Scope, seed: i64) -> Result<Vec<(i64, i64)>> {
    let mut order = Vec::new();
    let mut after = 0;
    loop {
        let page = adit_corpus::text_versions(tx, &scope.sources, after, 10_000).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        order.extend(page.iter().map(|(seq, _)| (mixed(seed, *seq), *seq)));
    }
    order.sort_unstable();
    Ok(order)
}

/// SplitMix64's finaliser over seed and position.
fn mixed(seed: i64, seq: i64) -> i64 {
    let mut x = seed.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seq.cast_unsigned());
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)).cast_signed()
}

/// The page as callers see it, with predictions of the newest version.
pub(super) async fn annotated(env: &Env, scope: &Scope, seen: &[Seen]) -> Result<Vec<AnnotatedComment>> {
    let comments: Vec<StoredComment> = seen.iter().map(|one| one.comment.clone()).collect();
    let predictions = match env.service::<Predictor>() {
        Ok(predictor) if !comments.is_empty() => predictor.0.predict_latest(env, &scope.dataset, &comments).await?,
        _ => None,
    };
    let mut results = Vec::with_capacity(seen.len());
    for (n, one) in seen.iter().enumerate() {
        let predicted = predictions.as_ref().and_then(|all| all.get(n));
        let mut shown = annotated_comment(&one.comment, one.annotation.as_ref(), predicted, scope.view(&one.comment)?);
        shown.thread_properties = one.thread.as_ref().map(adit_corpus::ThreadProperties::to_wire);
        if !one.exceptions.is_empty() {
            let by_stream = one.exceptions.iter().map(|(stream, kind)| (stream.to_string(), json!({"type": kind}))).collect();
            shown.trigger_exceptions = Some(serde_json::Value::Object(by_stream));
        }
        results.push(shown);
    }
    Ok(results)
}
