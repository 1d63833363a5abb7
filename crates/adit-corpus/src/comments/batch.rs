//! Writing a batch of comments: what is new, what changed, and how.

use std::collections::{HashMap, HashSet};

use adit_jobs::emit;
use adit_kernel::{Result, Timestamp, catalogue};
use adit_store::Tx;
use adit_tenancy::usage::{Used, add};
use serde::Serialize;

use super::prepared::{Prepared, prepare};
use super::rules;
use super::store::write;
use super::stored::context_of;
use super::wire::CommentNew;
use crate::events::{CommentsTouched, CommentsWritten};
use crate::sources::Source;
use crate::usage;

/// What to do with a comment that is already there with other content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDifference {
    /// Replace it.
    Replace,
    /// Refuse the batch, unless the comment carries the context of the latest version.
    Refuse,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) new: usize,
    pub(crate) updated: usize,
    pub(crate) unchanged: usize,
    pub(crate) updated_properties_only: usize,
    pub(crate) updated_text_changed: usize,
}

/// A batch that was checked, hashed and freed of duplicates: everything that needs no database.
#[derive(Debug)]
pub(crate) struct Batch {
    comments: Vec<Prepared>,
    charge: Charge,
}

/// Under which heading a batch counts as used.
#[derive(Debug, Clone, Copy)]
struct Charge {
    is_free: bool,
}

impl Charge {
    /// Counts what is new in the quotas, and what is new or says something new in the tenant's usage (BEHAVIOUR 4).
    async fn count(self, tx: &mut Tx, source: &Source, counts: Counts, now: Timestamp) -> Result<()> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (new, changed) = (number(counts.new), number(counts.updated_text_changed));
        let tenant = source.tenant_id;
        usage::count_comments(tx, source, new).await?;
        if self.is_free {
            return add(tx, tenant, Used::CommentsNotCharged, new + changed, now).await;
        }
        add(tx, tenant, Used::CommentsCreated, new, now).await?;
        add(tx, tenant, Used::CommentsTextChanged, changed, now).await
    }
}

impl Batch {
    /// Of several comments with one id the last counts; where differences are refused they must be the same.
    pub(crate) fn new(comments: Vec<CommentNew>, on_difference: OnDifference) -> Result<Self> {
        rules::check_batch(&comments)?;
        let prepared = comments.into_iter().map(prepare).collect::<Result<Vec<_>>>()?;
        if on_difference == OnDifference::Refuse {
            refuse_contradictions(&prepared)?;
        }
        let mut seen = HashSet::new();
        let last: Vec<bool> = prepared.iter().rev().map(|comment| seen.insert(comment.id.clone())).collect();
        let kept = prepared.into_iter().zip(last.into_iter().rev()).filter(|(_, is_last)| *is_last);
        Ok(Self { comments: kept.map(|(comment, _)| comment).collect(), charge: Charge { is_free: false } })
    }

    /// The same batch, counted apart if `is_free`.
    pub(crate) fn free_of_charge(mut self, is_free: bool) -> Self {
        self.charge.is_free = is_free;
        self
    }

    /// Writes the batch; the caller commits.
    pub(crate) async fn write(self, tx: &mut Tx, source: &Source, on_difference: OnDifference, now: Timestamp) -> Result<Counts> {
        let source_id = source.id;
        if !write::lock_source(tx, source).await? {
            return Err(catalogue::no_source(&format!("id:{source_id}")));
        }
        let ids: Vec<&str> = self.comments.iter().map(|comment| comment.id.as_str()).collect();
        let mut existing = write::existing(tx, source_id, &ids).await?;
        let mut counts = Counts::default();
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for comment in self.comments {
            let Some(known) = existing.remove(&comment.id) else {
                counts.new += 1;
                added.push(comment);
                continue;
            };
            let is_same_time = comment.timestamp.is_none_or(|timestamp| timestamp == known.timestamp);
            if is_same_time && comment.content_hash == known.content_hash {
                counts.unchanged += 1;
                continue;
            }
            let is_current = comment.context.as_deref() == Some(context_of(known.seq, known.version).as_str());
            if on_difference == OnDifference::Refuse && !is_current {
                return Err(catalogue::comment_exists(&comment.id));
            }
            counts.updated += 1;
            counts.updated_properties_only += usize::from(comment.messages_hash == known.messages_hash);
            counts.updated_text_changed += usize::from(comment.text_hash != known.text_hash);
            changed.push((known, comment));
        }
        if counts.new + counts.updated == 0 {
            return Ok(counts);
        }
        self.charge.count(tx, source, counts, now).await?;
        write::replace(tx, changed, now).await?;
        write::touch_source(tx, source, now).await?;
        if counts.new + counts.updated_text_changed > 0 {
            emit(tx, &CommentsWritten { source_id }, now).await?;
        } else {
            emit(tx, &CommentsTouched { source_id }, now).await?;
        }
        write::insert(tx, source_id, added, now).await?;
        Ok(counts)
    }
}

fn refuse_contradictions(comments: &[Prepared]) -> Result<()> {
    let mut first: HashMap<&str, &Prepared> = HashMap::with_capacity(comments.len());
    for comment in comments {
        let other = first.entry(&comment.id).or_insert(comment);
        if other.content_hash != comment.content_hash || other.timestamp != comment.timestamp {
            return Err(catalogue::comment_exists(&comment.id));
        }
    }
    Ok(())
}
