//! Computes the themes of a dataset, when enough has changed since the last time or somebody asks.
//!
//! Enqueued after predictions, after new vectors where there is no model, while many of those are still to come, and on
//! request. As long as many are to come, a quick encoder makes a preview, which the dataset's own encoder replaces.
//! Run twice it finds that
//! nothing has changed; never run, the themes stay as they are, without what was reviewed meanwhile.

use std::collections::HashSet;
use std::sync::Arc;

use adit_datasets::{Cluster, Dataset, LabelSuggester};
use adit_jobs::{Job, JobCtx};
use adit_kernel::{Error, Id, Result};
use adit_ml::Encoder;
use adit_ml::clustering::{Centroids, Clustering, Item, ThemeOptions, themes};
use serde::{Deserialize, Serialize};

use super::record::ThemeRecord;
use super::store::{self, ThemeSetRow};
use super::suggestions;
use crate::engine::Engine;
use crate::precedence::off_thread;
use crate::predictions::{embeddings, store as predictions};
use crate::ranks::{self, Rank};
use crate::training::SEED;

/// So many new decisions, or so much more data, ask for new themes (product §20).
const NEW_REVIEWS: i64 = 180;
const MORE_DATA: f64 = 1.1;
/// Comments grouped at most; of more, a sample that stays the same as comments come and go.
const MAX_ITEMS: usize = 20_000;
const PAGE: usize = 10_000;
/// Comments read and, if needed, encoded in one go.
const CHUNK: usize = 256;
/// Vectors that are computed while somebody may be waiting; if more are lacking, the quick encoder reads the comments.
pub(crate) const MAX_LACKING: usize = 1_000;
/// So many times the comments ask for another preview.
const MORE_FOR_PREVIEW: i64 = 2;
/// Comments of a theme that are shown to whoever suggests labels.
const SHOWN: usize = 6;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClusterDataset {
    /// The dataset.
    pub dataset_id: Id,
    /// Whether to compute even if little has changed.
    pub is_asked_for: bool,
}

impl Job for ClusterDataset {
    const NAME: &'static str = "cluster_dataset";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        let kind = if self.is_asked_for { "asked" } else { "due" };
        format!("cluster_dataset:{kind}:{}", self.dataset_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        if self.is_asked_for {
            return self.work(&ctx).await;
        }
        ctx.service::<Engine>()?.in_background(self.work(&ctx)).await
    }
}

impl ClusterDataset {
    async fn work(self, ctx: &JobCtx) -> Result<()> {
        let mut tx = ctx.read().await?;
        let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, self.dataset_id).await? else { return Ok(()) };
        let before = store::of_dataset(&mut tx, dataset.id).await?;
        let n_reviewed = adit_datasets::count_reviewed(&mut tx, dataset.id).await?;
        let n_comments = adit_corpus::count_comments(&mut tx, &dataset.source_ids).await?;
        drop(tx);
        let engine = ctx.service::<Engine>()?;
        let own = engine.encoder_of(&dataset);
        let is_due = before.as_ref().is_none_or(|row| is_due(row, n_reviewed, n_comments, own.digest()));
        if n_comments == 0 && before.is_none() || !is_due && !self.is_asked_for {
            return Ok(());
        }
        let seqs = unreviewed(ctx, &dataset).await?;
        let encoder = match engine.quick().filter(|quick| quick.digest() != own.digest()) {
            // What the dataset's own encoder made is better than anything quick: it stays until that encoder is done.
            Some(_) if before.as_ref().is_some_and(|row| row.encoder == own.digest()) && !self.is_asked_for => own.clone(),
            Some(quick) if n_lacking(ctx, own.as_ref(), &seqs).await? > MAX_LACKING => {
                if !self.is_asked_for && before.as_ref().is_some_and(|row| !is_worth_a_preview(row, n_comments, quick.digest())) {
                    return Ok(());
                }
                quick
            }
            _ => own.clone(),
        };
        let start = before.filter(|row| row.encoder == encoder.digest()).map(|row| row.centroids).unwrap_or_default();
        let found = computed(ctx, &dataset, &encoder, &seqs, start).await?;
        let is_preview = encoder.digest() != own.digest();
        let encoder = encoder.digest().to_owned();
        let mut row = ThemeSetRow { computed_at: ctx.now(), n_reviewed, n_comments, encoder, ..found };
        let Some(mut tx) = adit_datasets::begin_for(ctx, &dataset).await? else { return Ok(()) };
        store::put(&mut tx, dataset.id, &row).await?;
        tx.commit().await?;
        // Asking for better names may take a while: what there is can be looked at meanwhile. A preview is not worth it.
        if is_preview || !suggest(ctx, &dataset, &mut row).await? {
            return Ok(());
        }
        let Some(mut tx) = adit_datasets::begin_for(ctx, &dataset).await? else { return Ok(()) };
        store::put(&mut tx, dataset.id, &row).await?;
        tx.commit().await
    }
}

/// Asks a higher area for labels; false when there is none, or it has nothing to say.
async fn suggest(ctx: &JobCtx, dataset: &Dataset, row: &mut ThemeSetRow) -> Result<bool> {
    let Ok(suggester) = ctx.service::<LabelSuggester>() else { return Ok(false) };
    let seqs: Vec<i64> = row.themes.iter().flat_map(|theme| theme.members.iter().take(SHOWN).copied()).collect();
    let mut tx = ctx.read().await?;
    let comments = adit_corpus::comments_by_seqs(&mut tx, &seqs).await?;
    drop(tx);
    let text = |seq: &i64| comments.iter().find(|comment| comment.seq == *seq).map(adit_corpus::StoredComment::model_text);
    let cluster = |theme: &ThemeRecord| Cluster {
        texts: theme.members.iter().take(SHOWN).filter_map(text).collect(),
        words: theme.words.iter().map(|(word, _)| word.clone()).collect(),
    };
    let clusters: Vec<Cluster> = row.themes.iter().map(cluster).collect();
    let Some(suggestions) = suggester.0.suggest_labels(ctx, dataset, &clusters).await? else { return Ok(false) };
    for (theme, suggestions) in row.themes.iter_mut().zip(suggestions) {
        theme.suggestions = Some(suggestions);
    }
    Ok(true)
}

/// Whether there is so much more than in a preview that another one pays.
fn is_worth_a_preview(row: &ThemeSetRow, n_comments: i64, quick: &str) -> bool {
    row.encoder != quick || n_comments >= row.n_comments.saturating_mul(MORE_FOR_PREVIEW)
}

fn is_due(row: &ThemeSetRow, n_reviewed: i64, n_comments: i64, encoder: &str) -> bool {
    let has_grown = n_comments as f64 >= row.n_comments as f64 * MORE_DATA && n_comments > row.n_comments;
    n_reviewed.abs_diff(row.n_reviewed) >= NEW_REVIEWS.unsigned_abs() || has_grown || row.encoder != encoder
}

/// How many of these comments have no vector by the encoder.
async fn n_lacking(ctx: &JobCtx, encoder: &dyn Encoder, seqs: &[i64]) -> Result<usize> {
    let mut tx = ctx.read().await?;
    let n_kept = predictions::count_vectors(&mut tx, encoder.digest(), seqs).await?;
    Ok(seqs.len() - n_kept)
}

/// Groups these comments of a dataset, beginning at these centers. Vectors by the dataset's own encoder are kept, those by
/// a quicker one are not.
async fn computed(
    ctx: &JobCtx,
    dataset: &Dataset,
    encoder: &Arc<dyn Encoder>,
    seqs: &[i64],
    start: Centroids,
) -> Result<ThemeSetRow> {
    let engine = ctx.service::<Engine>()?;
    let is_own = encoder.digest() == engine.encoder_of(dataset).digest();
    let (mut kept, mut texts, mut vectors) = (Vec::new(), Vec::new(), Vec::new());
    for chunk in seqs.chunks(CHUNK) {
        engine.make_way().await;
        let mut tx = ctx.read().await?;
        let comments = adit_corpus::comments_by_seqs(&mut tx, chunk).await?;
        drop(tx);
        vectors.extend(match is_own {
            true => embeddings::of_comments(ctx, encoder, &comments).await?,
            false => engine.encode(encoder, comments.iter().map(|comment| comment.model_text()).collect()).await?,
        });
        kept.extend(comments.iter().map(|comment| comment.seq));
        texts.extend(comments.iter().map(|comment| comment.model_text()));
        if !ctx.progress(0.9 * kept.len() as f64 / seqs.len() as f64) {
            return Err(Error::internal("the job was asked to stop"));
        }
    }
    let mut tx = ctx.read().await?;
    let coverage = ranks::rank_of(&mut tx, dataset.id, Rank::Coverage, &kept).await?;
    drop(tx);
    let novelty: Vec<f32> = kept.iter().map(|seq| 1.0 - coverage.get(seq).copied().unwrap_or(0.0) as f32).collect();
    let options = ThemeOptions { threads: engine.threads(), seed: SEED, ..ThemeOptions::default() };
    let begin = start.clone();
    let found: Clustering = off_thread(move || {
        let item = |n: usize| Item { text: &texts[n], embedding: &vectors[n], novelty: novelty[n] };
        themes(&(0..texts.len()).map(item).collect::<Vec<_>>(), &begin, &options)
    })
    .await?;
    let mut records = Vec::with_capacity(found.themes.len());
    let mut tx = ctx.read().await?;
    for theme in found.themes {
        let members: Vec<i64> = theme.members.iter().map(|member| kept[member.item]).collect();
        let predicted = predictions::predictions_of(&mut tx, dataset.id, &members).await?;
        let of_each: Vec<&[(Id, f64)]> = members.iter().map(|seq| predicted.get(seq).map_or(&[][..], Vec::as_slice)).collect();
        let likely_labels = suggestions::likely_labels(&of_each);
        records.push(ThemeRecord {
            members,
            words: theme.words,
            name: theme.name,
            likely_labels,
            size: theme.size,
            suggestions: None,
        });
    }
    Ok(ThemeSetRow {
        computed_at: ctx.now(),
        n_reviewed: 0,
        n_comments: 0,
        encoder: String::new(),
        start,
        centroids: found.centroids,
        themes: records,
    })
}

/// Positions of the comments to group, ascending: all that nobody reviewed, or those with the smallest hashes.
async fn unreviewed(ctx: &JobCtx, dataset: &Dataset) -> Result<Vec<i64>> {
    let mut tx = ctx.read().await?;
    let reviewed: HashSet<i64> =
        adit_datasets::training_rows(&mut tx, dataset.id).await?.into_iter().map(|row| row.seq).collect();
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let page = adit_corpus::text_versions(&mut tx, &dataset.source_ids, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        found.extend(page.iter().map(|(seq, _)| *seq).filter(|seq| !reviewed.contains(seq)));
    }
    if found.len() > MAX_ITEMS {
        found.sort_by_key(|seq| (hash(*seq), *seq));
        found.truncate(MAX_ITEMS);
        found.sort_unstable();
    }
    Ok(found)
}

/// Spreads positions evenly (Fibonacci hashing).
fn hash(seq: i64) -> u64 {
    let mixed = seq.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}

#[cfg(test)]
mod tests {
    use adit_kernel::Timestamp;

    use super::{ThemeSetRow, is_due, is_worth_a_preview};

    #[test]
    fn themes_are_due_after_180_decisions_or_a_tenth_more_data() {
        let row = ThemeSetRow {
            computed_at: Timestamp::from_micros(0),
            n_reviewed: 20,
            n_comments: 1_000,
            encoder: "e".into(),
            start: Default::default(),
            centroids: Default::default(),
            themes: Vec::new(),
        };
        assert!(!is_due(&row, 199, 1_099, "e"));
        assert!(is_due(&row, 200, 1_000, "e"));
        assert!(is_due(&row, 20, 1_100, "e"));
        assert!(is_due(&row, 20, 1_000, "other"));
        assert!(is_worth_a_preview(&row, 1_000, "quick") && is_worth_a_preview(&row, 2_000, "e"));
        assert!(!is_worth_a_preview(&row, 1_999, "e"), "a preview is made again when there is twice as much");
        assert!(!is_due(&ThemeSetRow { n_comments: 0, ..row }, 20, 0, "e"), "nothing is no growth");
    }
}
