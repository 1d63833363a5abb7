//! Trains the next version of a dataset on everything reviewed, validates it and puts it in service.
//!
//! Enqueued by every change of annotations, taxonomy or sources, coalesced per dataset. Run twice on the same
//! data it produces one version: the fingerprint of the data is compared first.

use std::collections::HashMap;
use std::sync::Arc;

use adit_datasets::{Dataset, Label};
use adit_jobs::{Job, JobCtx, enqueue};
use adit_kernel::{Error, Id, Result};
use adit_ml::fields::FieldCorpus;
use adit_ml::validation::Report;
use adit_ml::{Corpus, Encoder, Example, LabelSpec, Model, Options, TrainError, Trained, Unreviewed};
use adit_store::{Env, Tx};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PredictDataset;
use super::judge::{Origins, judged, origins};
use super::warm::Purpose;
use crate::engine::{self, Engine};
use crate::fields::store::{self as field_store, FieldRow};
use crate::fields::{self, Definition};
use crate::models::{ModelRow, store};
use crate::precedence::off_thread;
use crate::predictions::{embeddings, store as vectors};
use crate::ranks::ScoreReviewed;
use crate::sentiment::store::SentimentRow;
use crate::sentiment::{self, store as sentiment_store};

/// Weights of this many unpinned versions are kept for each dataset.
const KEPT_VERSIONS: i64 = 10;

/// About how many unreviewed comments the reviewed ones are compared with.
const UNREVIEWED_SAMPLE: i64 = 2_000;

/// The seed of every training: the same data give the same model.
pub(crate) const SEED: u64 = 0;

/// The job.
#[derive(Debug, Serialize, Deserialize)]
pub struct TrainDataset {
    /// The dataset.
    pub dataset_id: Id,
}

impl Job for TrainDataset {
    const NAME: &'static str = "train_dataset";

    fn key(&self) -> String {
        Self::key_of(self.dataset_id)
    }

    async fn run(self, ctx: JobCtx) -> Result<()> {
        let started = ctx.now();
        let engine = ctx.service::<Engine>()?;
        let _urgent = engine.urgent();
        let mut tx = ctx.read().await?;
        let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, self.dataset_id).await? else { return Ok(()) };
        drop(tx);
        let encoder = engine.encoder_of(&dataset);
        let gathered = gather(&ctx, &dataset, &encoder).await?;
        let Some((definition, fields)) = fields::gather(&ctx, self.dataset_id).await? else { return Ok(()) };
        if gathered.is_none() && !fields.finds_something() {
            return Ok(());
        }
        let signed = sentiment::gather(&ctx, &dataset, encoder.as_ref(), gathered.as_ref()).await?;
        let Gathered { mut corpus, label_ids, seqs, source_ids, languages } = gathered.unwrap_or_default();
        let fingerprint = fingerprint(&corpus, &label_ids);
        let field_fingerprint = fields_fingerprint(&definition, &fields, encoder.as_ref())?;
        let mut tx = ctx.read().await?;
        let newest = store::latest(&mut tx, self.dataset_id).await?;
        let (known, known_sentiment) = match &newest {
            Some(row) => (
                field_store::of_version(&mut tx, self.dataset_id, row.version).await?,
                sentiment_store::of_version(&mut tx, self.dataset_id, row.version).await?,
            ),
            None => (None, None),
        };
        drop(tx);
        // What knows no labels reads no vectors.
        let is_same_encoder = |row: &&ModelRow| row.encoder == encoder.digest() || label_ids.is_empty();
        let same_labels = newest.as_ref().filter(|row| row.fingerprint == fingerprint).filter(is_same_encoder);
        let same_fields = known.filter(|row| row.fingerprint == field_fingerprint);
        let same_sentiment = known_sentiment.filter(|row| row.fingerprint == signed.fingerprint);
        if same_labels.is_some() && same_fields.is_some() && same_sentiment.is_some() {
            return Ok(());
        }
        let n_reviewed = corpus.examples.len();
        let field_row = match same_fields {
            Some(row) => row,
            None => train_fields(&ctx, &encoder, definition, fields, field_fingerprint).await?,
        };
        let same_labels = same_labels.filter(|row| row.blob.is_some());
        let (blob, report) = match same_labels {
            _ if label_ids.is_empty() => (field_row.blob.clone(), Report::empty()),
            Some(row) => (row.blob.clone(), row.report.clone()),
            None => {
                let warm = match (engine.warm().last(self.dataset_id, Purpose::Version, encoder.digest()), &newest) {
                    (None, Some(row)) => {
                        let served = engine::load(&ctx, self.dataset_id, row.clone()).await?;
                        served.and_then(|served| served.classifier(encoder.digest()))
                    }
                    (warm, _) => warm,
                };
                if corpus.unreviewed.is_empty() {
                    (corpus.unreviewed, corpus.n_unreviewed) = unreviewed(&ctx, &dataset, encoder.as_ref()).await?;
                }
                let origins = origins(&ctx, self.dataset_id, &seqs, &source_ids, languages).await?;
                let Some(trained) = train(&ctx, corpus, warm, origins).await? else { return Ok(()) };
                let blob = ctx.blobs.put(trained.model.to_bytes()).await?;
                engine.warm().keep(self.dataset_id, Purpose::Version, encoder.digest(), Arc::new(trained.model));
                (Some(blob), trained.report)
            }
        };
        let sentiment_row = match same_sentiment {
            Some(row) => row,
            None => sentiment::learn(&ctx, encoder.as_ref(), signed, label_ids.len()).await?,
        };
        let row = ModelRow {
            version: newest.map_or(1, |row| row.version + 1),
            trained_at: ctx.now(),
            input_at: started,
            training_ms: (ctx.now().micros() - started.micros()) / 1000,
            fingerprint,
            seed: SEED.cast_signed(),
            encoder: encoder.digest().to_owned(),
            blob,
            report,
            label_ids,
            n_reviewed: i64::try_from(n_reviewed).unwrap_or(i64::MAX),
            is_pinned: false,
            is_starred: false,
            description: String::new(),
        };
        Self::publish(&ctx, &dataset, &row, &field_row, &sentiment_row).await
    }
}

impl TrainDataset {
    /// The key of a dataset's training, to ask how it stands.
    pub fn key_of(dataset: Id) -> String {
        format!("train_dataset:{dataset}")
    }

    async fn publish(ctx: &JobCtx, dataset: &Dataset, row: &ModelRow, fields: &FieldRow, sentiment: &SentimentRow) -> Result<()> {
        let Some(mut tx) = adit_datasets::begin_for(ctx, dataset).await? else { return Ok(()) };
        store::insert(&mut tx, dataset.id, row).await?;
        field_store::insert(&mut tx, dataset.id, row.version, fields).await?;
        sentiment_store::insert(&mut tx, dataset.id, row.version, sentiment).await?;
        let released = store::let_go(&mut tx, dataset.id, KEPT_VERSIONS).await?;
        enqueue(&mut tx, &PredictDataset { dataset_id: dataset.id }, ctx.now()).await?;
        ScoreReviewed::enqueue(&mut tx, dataset.id, row.n_reviewed, ctx.now()).await?;
        tx.commit().await?;
        let score = row.report.score;
        tracing::info!(dataset.id = %dataset.id, model.version = row.version, model.score = score, duration_ms = row.training_ms, "trained");
        metrics::counter!("adit_models_trained_total").increment(1);
        // Only now, when no row refers to them any more.
        for digest in released {
            ctx.blobs.delete(&digest).await?;
        }
        Ok(())
    }
}

/// Names the definitions and decisions that fields are learnt from.
fn fields_fingerprint(definition: &Definition, corpus: &FieldCorpus, encoder: &dyn Encoder) -> Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(serde_json::to_vec(definition)?);
    hasher.update(adit_ml::fields::fingerprint(corpus, Some(encoder), SEED));
    Ok(hex::encode(&hasher.finalize()[..16]))
}

/// Learns the fields off the async threads.
async fn train_fields(
    ctx: &JobCtx,
    encoder: &Arc<dyn Encoder>,
    definition: Definition,
    corpus: FieldCorpus,
    fingerprint: String,
) -> Result<FieldRow> {
    let encoder = encoder.clone();
    let threads = ctx.service::<Engine>()?.threads();
    let observer = ctx.clone();
    // Fields come before labels, which tell how far the training is.
    let go_on = move || observer.progress(0.0);
    let trained =
        off_thread(move || adit_ml::fields::train_fields(&corpus, Some(encoder.as_ref()), threads, SEED, &go_on)).await?;
    let (model, report) = trained.map_err(|e| Error::wrap("training failed", e))?;
    let blob = if model.is_empty() { None } else { Some(ctx.blobs.put(model.to_bytes()).await?) };
    Ok(FieldRow { fingerprint, definition, report, blob })
}

/// Everything reviewed in a dataset.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) corpus: Corpus,
    /// The ids of the corpus' labels.
    pub(crate) label_ids: Vec<Id>,
    /// The positions of the corpus' comments.
    pub(crate) seqs: Vec<i64>,
    /// Their sources.
    pub(crate) source_ids: Vec<Id>,
    /// The languages that their messages are said to be written in.
    pub(crate) languages: Vec<Option<String>>,
}

/// Everything reviewed, with vectors by the encoder; `None` when there are no labels, or neither reviewed nor other texts.
pub(crate) async fn gather(ctx: &JobCtx, dataset: &Dataset, encoder: &Arc<dyn Encoder>) -> Result<Option<Gathered>> {
    let mut tx = ctx.read().await?;
    let labels: Vec<_> =
        adit_datasets::labels_of(&mut tx, dataset.id).await?.into_iter().filter(|label| label.trainable).collect();
    let rows = adit_datasets::training_rows(&mut tx, dataset.id).await?;
    if labels.is_empty() {
        return Ok(None);
    }
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let comments = adit_corpus::comments_by_seqs(&mut tx, &seqs).await?;
    drop(tx);
    let vectors = embeddings::of_comments(ctx, encoder, &comments).await?;
    let index: HashMap<Id, usize> = labels.iter().enumerate().map(|(n, label)| (label.id, n)).collect();
    let mut by_seq: HashMap<i64, _> =
        comments.into_iter().zip(vectors).map(|(comment, vector)| (comment.seq, (comment, vector))).collect();
    let known = |ids: &[Id]| ids.iter().filter_map(|id| index.get(id).copied()).collect::<Vec<_>>();
    let mut examples = Vec::with_capacity(rows.len());
    let (mut seqs, mut source_ids) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut languages = Vec::with_capacity(rows.len());
    for row in &rows {
        // A comment deleted since the rows were read has no text to learn from.
        let Some((comment, embedding)) = by_seq.remove(&row.seq) else { continue };
        seqs.push(row.seq);
        source_ids.push(comment.source_id);
        languages.push(comment.content.messages.first().and_then(|message| message.language.clone()));
        examples.push(Example {
            uid: comment.uid(),
            text: comment.model_text(),
            embedding,
            assigned: known(&row.assigned),
            dismissed: known(&row.dismissed),
        });
    }
    let texts: Vec<String> = labels.iter().map(|label| LabelSpec::text(&label.name, &label.instructions)).collect();
    let vectors = ctx.service::<Engine>()?.encode_labels(encoder, &texts).await?;
    let spec = |(label, embedding): (&Label, Vec<f32>)| LabelSpec {
        name: label.name.clone(),
        description: label.instructions.clone(),
        embedding,
    };
    let specs = labels.iter().zip(vectors).map(spec).collect();
    let label_ids = labels.iter().map(|label| label.id).collect();
    // Before anything is reviewed labels mean something only next to the texts around.
    let (unreviewed, n_unreviewed) =
        if examples.is_empty() { unreviewed(ctx, dataset, encoder.as_ref()).await? } else { (Vec::new(), 0) };
    if examples.is_empty() && unreviewed.is_empty() {
        return Ok(None);
    }
    let corpus = Corpus { labels: specs, examples, unreviewed, n_unreviewed };
    Ok(Some(Gathered { corpus, label_ids, seqs, source_ids, languages }))
}

/// Names the data a version is trained on: labels, texts and decisions; without any, about how many texts there are.
pub(crate) fn fingerprint(corpus: &Corpus, label_ids: &[Id]) -> String {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for (label, id) in corpus.labels.iter().zip(label_ids) {
        add(&id.to_string());
        add(&label.name);
        add(&label.description);
    }
    for example in &corpus.examples {
        add(&example.uid);
        add(&example.text);
        add(&format!("{:?} {:?}", example.assigned, example.dismissed));
    }
    if corpus.examples.is_empty() {
        // Then the texts around are all there is to learn from, and twice as many say more.
        add(&format!("{:?}", corpus.unreviewed.len().checked_ilog2()));
    }
    hex::encode(&hasher.finalize()[..16])
}

/// Unreviewed comments, evenly spaced over the dataset, fewer while vectors are still being computed; and how many there
/// are in all.
pub(crate) async fn unreviewed(ctx: &Env, dataset: &Dataset, encoder: &dyn Encoder) -> Result<(Vec<Unreviewed>, usize)> {
    let mut tx = ctx.read().await?;
    let n_comments = adit_corpus::count_comments(&mut tx, &dataset.source_ids).await?;
    let n_reviewed = adit_datasets::count_reviewed(&mut tx, dataset.id).await?;
    let mut by_seq: HashMap<i64, Vec<u8>> =
        unreviewed_vectors(&mut tx, dataset, encoder.digest(), 0).await?.into_iter().collect();
    let mut seqs: Vec<i64> = by_seq.keys().copied().collect();
    seqs.sort_unstable();
    let comments = adit_corpus::comments_by_seqs(&mut tx, &seqs).await?;
    let unreviewed = |comment: &adit_corpus::StoredComment| {
        let embedding = embeddings::from_half(&by_seq.remove(&comment.seq)?);
        Some(Unreviewed { text: comment.model_text(), embedding })
    };
    let sample = comments.iter().filter_map(unreviewed).collect();
    Ok((sample, usize::try_from(n_comments - n_reviewed).unwrap_or(0)))
}

/// Positions and vectors of comments that nobody has reviewed, evenly spaced, others in each turn; those that have a vector.
pub(crate) async fn unreviewed_vectors(tx: &mut Tx, dataset: &Dataset, encoder: &str, turn: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    let n_comments = adit_corpus::count_comments(tx, &dataset.source_ids).await?;
    let stride = (n_comments / UNREVIEWED_SAMPLE).max(1);
    vectors::unreviewed_sample(tx, encoder, dataset.id, &dataset.source_ids, stride, turn).await
}

/// Trains off the async threads; `None` when the data hold nothing to learn.
async fn train(ctx: &JobCtx, corpus: Corpus, warm: Option<Arc<Model>>, origins: Origins) -> Result<Option<Trained>> {
    let options = Options { threads: ctx.service::<Engine>()?.threads(), seed: SEED };
    let observer = ctx.clone();
    let outcome = off_thread(move || {
        let observe = |done: f32| observer.progress(f64::from(done));
        let trained = adit_ml::train(&corpus, warm.as_deref(), &options, &observe)?;
        Ok(judged(trained, &corpus, &origins, options.threads))
    })
    .await?;
    match outcome {
        Ok(trained) => Ok(Some(trained)),
        Err(TrainError::NoLabels | TrainError::NoExamples) => Ok(None),
        Err(error) => Err(Error::wrap("training failed", error)),
    }
}
