//! Predicts every comment of a dataset that the newest version has not predicted yet: what somebody looked at lately
//! first, then the newest.
//!
//! Enqueued by a new version, by new comments and by changed sources. Run twice it finds nothing to do.

use std::collections::HashSet;

use adit_datasets::wire::PredictedEntity;
use adit_jobs::{Job, JobCtx, enqueue};
use adit_kernel::{Error, Id, Result};
use adit_ml::selection;
use serde::{Deserialize, Serialize};

use super::{TrainDataset, representation};
use crate::engine::{self, Engine};
use crate::fields::{Extraction, questions, store as field_store};
use crate::models;
use crate::predictions::embeddings;
use crate::predictions::store::{self, FLOOR, Kept};
use crate::ranks::{self, store::Ranks};
use crate::sentiment::store::{self as sentiment_store, KeptScores};
use crate::sentiment::{Judgement, LabelImpacts, PropertyKind};
use crate::themes::ClusterDataset;

/// Comments looked at in one go.
const PAGE: usize = 4000;
/// Comments predicted and written in one transaction.
const CHUNK: usize = 250;

/// Records are looked for of labels from this probability on.
const LIKELY: f32 = 0.5;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct PredictDataset {
    /// The dataset.
    pub dataset_id: Id,
}

impl Job for PredictDataset {
    const NAME: &'static str = "predict_dataset";
    const STEPS_BACK: bool = true;

    fn key(&self) -> String {
        Self::key_of(self.dataset_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        ctx.service::<Engine>()?.in_background(self.work(&ctx)).await
    }
}

impl PredictDataset {
    async fn work(self, ctx: &JobCtx) -> Result<()> {
        let mut tx = ctx.read().await?;
        let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, self.dataset_id).await? else { return Ok(()) };
        let Some(row) = models::store::latest(&mut tx, dataset.id).await? else { return Ok(()) };
        let missing = missing(ctx, &dataset, row.version).await?;
        drop(tx);
        if missing.is_empty() {
            return Ok(());
        }
        let Some(served) = engine::load(ctx, dataset.id, row.clone()).await? else { return Ok(()) };
        let informativeness: Vec<f32> = row.report.labels.iter().map(|label| label.informativeness).collect();
        let Ok(encoder) = served.encoder(ctx) else {
            // Without its encoder the version says nothing; one that is read by another takes its place.
            let mut tx = ctx.begin().await?;
            enqueue(&mut tx, &TrainDataset { dataset_id: dataset.id }, ctx.now()).await?;
            return tx.commit().await;
        };
        let standing = representation::of(ctx, &dataset, &row, served.labels(), encoder.as_ref()).await?;
        let missing = by_urgency(missing, &ctx.service::<Engine>()?.looked_at(dataset.id));
        let n_missing = missing.len();
        for (n, chunk) in missing.chunks(CHUNK).enumerate() {
            ctx.service::<Engine>()?.make_way().await;
            let mut tx = ctx.read().await?;
            let comments = adit_corpus::comments_by_seqs(&mut tx, chunk).await?;
            let newest = models::latest_version(&mut tx, dataset.id).await?;
            drop(tx);
            if newest != Some(served.version) {
                // A newer version has its own job; this one's work would be thrown away.
                return Ok(());
            }
            let vectors = embeddings::of_comments(ctx, &encoder, &comments).await?;
            let ranks = |probabilities: &[f32], n: usize| Ranks {
                seq: comments[n].seq,
                sureness: standing.sureness.of(probabilities),
                coverage: selection::covered(probabilities, &informativeness),
                balance: -standing.representation.lack(&vectors[n], comments[n].seq.unsigned_abs()),
            };
            let predicted = served.raw_for_vectors(ctx, &comments, vectors.clone()).await?;
            let ranks: Vec<Ranks> = predicted.iter().enumerate().map(|(n, row)| ranks(row, n)).collect();
            let found = served.entities_of_comments(ctx, &comments).await?;
            let records = record_sureness(&served, &comments, &predicted).await?;
            let texts = comments.iter().map(adit_corpus::StoredComment::model_text).collect();
            let judged = served.sentiment_for_vectors(ctx, texts, vectors, predicted.clone()).await?;
            let kept: Vec<Kept> = comments
                .iter()
                .zip(&predicted)
                .zip(&judged)
                .map(|((comment, row), (_, signs))| kept(comment, row, signs, &served))
                .collect();
            let Some(mut tx) = adit_datasets::begin_for(ctx, &dataset).await? else { return Ok(()) };
            store::keep_predictions(&mut tx, dataset.id, served.version, &kept).await?;
            let alive = store::alive(&mut tx, &chunk_seqs(&comments)).await?;
            // Read here, so that impacts that change meanwhile are met by the job that such a change enqueues.
            let impacts = LabelImpacts::new(&dataset, &adit_datasets::labels_of(&mut tx, dataset.id).await?);
            let scored = comments.iter().zip(&predicted).zip(&judged).filter(|((comment, _), _)| alive.contains(&comment.seq));
            let scored: Vec<KeptScores> =
                scored.map(|((comment, row), (whole, _))| scores(comment.seq, row, *whole, &impacts, &served)).collect();
            sentiment_store::keep(&mut tx, dataset.id, &scored).await?;
            if n == 0 && sentiment_store::impacts(&mut tx, dataset.id).await?.is_none() {
                sentiment_store::set_impacts(&mut tx, dataset.id, &serde_json::to_string(&impacts)?).await?;
            }
            let annotations = adit_datasets::annotations_of(&mut tx, dataset.id, &chunk_seqs(&comments)).await?;
            let asked = comments.iter().zip(&found).zip(&records).filter(|((comment, _), _)| alive.contains(&comment.seq));
            let asked = asked.map(|((comment, found), records)| {
                (comment.seq, questions(annotations.get(&comment.seq), found, records.iter().copied()))
            });
            field_store::keep_ranks(&mut tx, dataset.id, &asked.collect::<Vec<_>>()).await?;
            let found = comments.iter().zip(&found).filter(|(comment, _)| alive.contains(&comment.seq));
            let found: Vec<(i64, Vec<String>)> = found.map(|(comment, found)| (comment.seq, ids_of(found))).collect();
            field_store::keep_predicted(&mut tx, dataset.id, &found).await?;
            ranks::store::keep(&mut tx, dataset.id, &ranks).await?;
            tx.commit().await?;
            if !ctx.progress(((n + 1) * CHUNK) as f64 / n_missing as f64) {
                return Err(Error::internal("the job was asked to stop"));
            }
        }
        ranks::spread(ctx, &dataset, encoder.digest(), &standing.sureness, row.version).await?;
        let mut tx = ctx.begin().await?;
        enqueue(&mut tx, &ClusterDataset { dataset_id: dataset.id, is_asked_for: false }, ctx.now()).await?;
        tx.commit().await
    }
}

impl PredictDataset {
    /// The key of a dataset's prediction, to ask how it stands.
    pub(crate) fn key_of(dataset: Id) -> String {
        format!("predict_dataset:{dataset}")
    }
}

/// What somebody looked at lately, then the newest: that is what people look at next.
fn by_urgency(mut missing: Vec<i64>, looked_at: &HashSet<i64>) -> Vec<i64> {
    missing.sort_by_key(|seq| (!looked_at.contains(seq), std::cmp::Reverse(*seq)));
    missing
}

/// How sure the version is of each record of the likely labels that have fields, for each comment.
async fn record_sureness(
    served: &engine::Served,
    comments: &[adit_corpus::StoredComment],
    predicted: &[Vec<f32>],
) -> Result<Vec<Vec<f64>>> {
    if served.fields().definition().forms.is_empty() {
        return Ok(vec![Vec::new(); comments.len()]);
    }
    let likely = |row: &Vec<f32>| -> Vec<usize> {
        let labels = served.labels().iter().zip(row).filter(|(_, probability)| **probability >= LIKELY);
        labels.filter_map(|(label, _)| served.fields().form_of(label)).collect()
    };
    let records = served.extract_from_comments(comments, predicted.iter().map(likely).collect()).await?;
    let of_comment = |forms: Vec<Vec<Extraction>>| forms.into_iter().flatten().map(|record| record.extraction).collect();
    Ok(records.into_iter().map(of_comment).collect())
}

fn chunk_seqs(comments: &[adit_corpus::StoredComment]) -> Vec<i64> {
    comments.iter().map(|comment| comment.seq).collect()
}

/// The fields of some values, each once.
fn ids_of(found: &[PredictedEntity]) -> Vec<String> {
    let mut ids: Vec<String> = found.iter().filter_map(|one| one.field_id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn kept(comment: &adit_corpus::StoredComment, row: &[f32], signs: &[f32], served: &engine::Served) -> Kept {
    let all = served.label_ids().iter().copied().zip(row.iter().copied()).enumerate();
    let likely = all.filter(|(_, (_, probability))| *probability >= FLOOR);
    let labels = likely.map(|(n, (label, probability))| (label, probability, signs.get(n).copied())).collect();
    Kept { seq: comment.seq, text_hash: comment.text_hash.clone(), labels }
}

fn scores(seq: i64, row: &[f32], whole: Judgement, impacts: &LabelImpacts, served: &engine::Served) -> KeptScores {
    let labels = served.labels().iter().cloned().zip(row.iter().copied().map(f64::from));
    let labels: Vec<(String, f64)> = labels.filter(|(_, probability)| *probability >= f64::from(FLOOR)).collect();
    let value = |kind| impacts.property(kind, whole.net, &labels).value;
    KeptScores {
        seq,
        net: whole.net,
        sentiment: whole.sentiment,
        tone: value(PropertyKind::Tone),
        quality_of_service: value(PropertyKind::QualityOfService),
    }
}

/// Positions whose kept prediction is absent, of another version or of another text; ascending.
async fn missing(ctx: &JobCtx, dataset: &adit_datasets::Dataset, version: u32) -> Result<Vec<i64>> {
    let mut missing = Vec::new();
    let mut after = 0;
    let mut tx = ctx.read().await?;
    loop {
        let page = adit_corpus::text_versions(&mut tx, &dataset.source_ids, after, PAGE).await?;
        let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else { return Ok(missing) };
        let done = store::predicted_range(&mut tx, dataset.id, *first, *last).await?;
        after = *last;
        for (seq, hash) in page {
            let is_done = done.get(&seq).is_some_and(|(by, text)| *by == i64::from(version) && *text == hash);
            if !is_done {
                missing.push(seq);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::by_urgency;

    #[test]
    fn what_people_look_at_is_predicted_before_everything_else() {
        let looked_at = [3, 9].into_iter().collect();
        assert_eq!(by_urgency(vec![1, 2, 3, 4, 9], &looked_at), [9, 3, 4, 2, 1]);
    }
}
