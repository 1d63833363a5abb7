//! Reads the next batch of a stream. Reading never moves the cursor.

use std::collections::HashMap;
use std::sync::Arc;

use adit_corpus::filter::{CommentFilter, Facts};
use adit_corpus::{CommentView, StoredComment, ThreadProperties};
use adit_datasets::Dataset;
use adit_http::Call;
use adit_kernel::{Id, Result};
use adit_models::Served;
use adit_store::{Env, Tx};

use super::position::Position;
use super::prediction::{self, Predicted};
use super::rules::{self, FilterNeeds, Limits, Scan};
use super::spelling::Spelling;
use super::store::StreamRow;
use super::{access, definition, exceptions};

/// How many comments are looked at in one go; a full scan looks at no more than two batches of the largest size.
const CHUNK: usize = 256;
/// How many at least when a filter may skip some of them.
const SMALLEST_CHUNK: usize = 64;

/// A batch with everything needed to show it.
pub(super) struct Reading {
    pub(super) dataset: Dataset,
    pub(super) stream: StreamRow,
    pub(super) batch: Batch,
    /// What the stream's model says; `None` without a model.
    pub(super) predicted: Option<Predicted>,
    hidden_properties: HashMap<Id, Vec<String>>,
}

/// The comments of a batch.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) comments: Vec<StoredComment>,
    /// How many were skipped because the filter does not want them.
    pub(super) filtered: usize,
    /// Behind the last comment returned or skipped.
    pub(super) end: Position,
    /// Whether nothing followed at the time of reading.
    pub(super) is_end: bool,
}

impl Reading {
    /// The comment as this caller may see it.
    pub(super) fn shown(&self, comment: &StoredComment) -> adit_corpus::wire::Comment {
        let hidden_properties = self.hidden_properties.get(&comment.source_id).cloned().unwrap_or_default();
        comment.to_wire(&CommentView { hidden_properties, ..CommentView::default() })
    }

    /// The token that confirms everything up to this comment.
    pub(super) fn token(&self, comment: &StoredComment) -> String {
        place_of(comment).token(self.dataset.id)
    }

    /// The token that confirms the whole batch, skipped comments included.
    pub(super) fn end_token(&self) -> String {
        self.batch.end.token(self.dataset.id)
    }
}

/// Reads for a consumer: finds the stream, checks the rights, collects, predicts; the records of labels on demand.
pub(super) async fn read(call: &Call, spelling: Spelling, limits: Limits, with_records: bool) -> Result<Reading> {
    let mut tx = call.env.read().await?;
    let dataset = access::dataset(call, &mut tx).await?;
    let stream = access::stream(call, &mut tx, &dataset, spelling).await?;
    let sources = access::readable_sources(call, &mut tx, &dataset).await?;
    let model = prediction::load(&call.env, &mut tx, &dataset, &stream).await?;
    let finder = prediction::finder(&call.env, &mut tx, &dataset, &stream, model.as_ref()).await?;
    let batch = collect(&call.env, &mut tx, &dataset, &stream, limits, finder).await?;
    // Predicting may take a while and keeps its own books: the view of the database is let go first.
    tx.rollback().await?;
    let predicted = match model {
        Some(model) => Some(prediction::predict(&call.env, model, &batch.comments, with_records).await?),
        None => None,
    };
    let hidden_properties = access::hidden_properties(&call.caller, sources);
    Ok(Reading { dataset, stream, batch, predicted, hidden_properties })
}

/// Collects the next batch behind the stream's position.
///
/// A filter over entities asks `finder` what there is: comments are read before their predictions are kept.
pub(super) async fn collect(
    env: &Env,
    tx: &mut Tx,
    dataset: &Dataset,
    stream: &StreamRow,
    limits: Limits,
    finder: Option<Arc<Served>>,
) -> Result<Batch> {
    let filter = stream.definition.comment_filter.as_ref().map(|stored| Wanted::new(stored, finder)).transpose()?;
    let mut scan = Scan::new(stream.position, limits);
    let mut is_end = dataset.source_ids.is_empty();
    'scan: while !is_end {
        // One more than fits tells whether anything follows.
        let missing = limits.size.saturating_sub(scan.results.len()) + 1;
        let chunk_size = missing.clamp(if filter.is_some() { SMALLEST_CHUNK } else { 1 }, CHUNK);
        let chunk = adit_corpus::scan_by_seq(tx, &dataset.source_ids, scan.end.seq, chunk_size).await?;
        is_end = chunk.len() < chunk_size;
        let matches = match &filter {
            Some(wanted) => wanted.matches(env, tx, dataset.id, &chunk).await?,
            None => vec![true; chunk.len()],
        };
        for (comment, is_match) in chunk.into_iter().zip(matches) {
            let place = place_of(&comment);
            if !scan.offer(comment, place, is_match) {
                is_end = false;
                break 'scan;
            }
        }
    }
    Ok(Batch { comments: scan.results, filtered: scan.filtered, end: scan.end, is_end })
}

fn place_of(comment: &StoredComment) -> Position {
    Position::new(comment.seq, comment.created_at)
}

/// A stream's filter and what it asks about comments besides their content.
struct Wanted {
    filter: CommentFilter,
    needs: FilterNeeds,
    finder: Option<Arc<Served>>,
}

impl Wanted {
    fn new(stored: &serde_json::Value, finder: Option<Arc<Served>>) -> Result<Self> {
        let filter = definition::filter(stored)?;
        Ok(Self { needs: rules::filter_needs(stored), filter, finder })
    }

    /// For each comment, whether the filter wants it.
    async fn matches(&self, env: &Env, tx: &mut Tx, dataset_id: Id, comments: &[StoredComment]) -> Result<Vec<bool>> {
        let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
        let found = match (&self.finder, self.filter.needs_entities()) {
            (Some(served), true) => served.entities_of_comments(env, comments).await?,
            _ => Vec::new(),
        };
        let found: Vec<Vec<String>> = found.iter().map(|entities| adit_models::words_of(entities)).collect();
        let annotations = match self.needs.annotations || self.filter.needs_entities() {
            true => adit_datasets::annotations_of(tx, dataset_id, &seqs).await?,
            false => HashMap::new(),
        };
        let tagged = match self.needs.exceptions {
            true => exceptions::exceptions_of(tx, dataset_id, &seqs).await?,
            false => HashMap::new(),
        };
        let threads: Vec<ThreadProperties> = match self.filter.needs_thread() {
            true => adit_corpus::thread_properties_of(tx, comments).await?,
            false => Vec::new(),
        };
        let is_wanted = |(n, comment): (usize, &StoredComment)| {
            let annotation = annotations.get(&comment.seq);
            let assigned_labels: Vec<String> =
                annotation.map(|it| it.assigned.iter().map(|label| label.name.clone()).collect()).unwrap_or_default();
            let facts = Facts {
                is_reviewed: annotation.is_some_and(|it| it.reviewed),
                exceptions: tagged.get(&comment.seq).map_or(&[], Vec::as_slice),
                thread: threads.get(n),
                assigned_labels: &assigned_labels,
                assigned_entities: &annotation.map(adit_models::assigned_entities).unwrap_or_default(),
                predicted_entities: found.get(n).map_or(&[][..], Vec::as_slice),
            };
            self.filter.matches(comment, &facts)
        };
        Ok(comments.iter().enumerate().map(is_wanted).collect())
    }
}
