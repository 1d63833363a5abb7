//! The learning engine of the process: the encoders, its thread budget, and a cache of loaded model versions.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::future::Future;
use std::iter::Peekable;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adit_corpus::StoredComment;
use adit_corpus::wire::Message;
use adit_datasets::Dataset;
use adit_datasets::wire::PredictedEntity;
use adit_kernel::{Error, Id, Result, Timestamp};
use adit_ml::fields::{Context, Part, States};
use adit_ml::sentiment::{BaseHead, SentimentModel};
use adit_ml::validation::Report;
use adit_ml::{Encoder, Model};
use adit_store::Env;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::encoders::Encoders;
use crate::fields::{Document, Extraction, ServedFields, store as field_store};
use crate::models::ModelRow;
use crate::models::reviewed::ReviewedCounts;
use crate::precedence::{BackgroundThreads, Urgent, UrgentWork, in_background, is_background, off_thread};
use crate::predictions::embeddings;
use crate::sentiment::{Judged, Judgement, ServedSentiment, store as sentiment_store};
use crate::training::{Standing, WarmModels};

/// How many loaded versions are kept.
const CACHED_VERSIONS: usize = 32;

/// How many vectors of labels are kept.
const CACHED_LABELS: usize = 10_000;

/// How many comments, in how many datasets, are remembered as looked at.
const LOOKED_AT: usize = 500;
const LOOKED_AT_DATASETS: usize = 1_000;

/// How many texts are encoded in one go. Enough to keep all threads busy to the end; few texts of another request come in
/// between.
const ENCODE_CHUNK: usize = 256;
/// How many bytes of text a chunk has at most, unless a single text is longer: what is made of a chunk lies in memory at
/// once, and of each token of a long text that may be more than a kilobyte.
const CHUNK_BYTES: usize = 64 << 10;
/// So few texts do not wait for many of others: they have turns of their own.
const FEW_TEXTS: usize = 4;
/// How many chunks of a request are on their way: what is made of the vectors of one keeps one thread busy, and meanwhile
/// the encoder has the next.
const CHUNKS_AT_ONCE: usize = 2;
/// How many a job that steps back encodes in one go, and how many while requests come: its threads finish what they began.
const BACKGROUND_ENCODE_CHUNK: usize = 64;
const SMALL_ENCODE_CHUNK: usize = 16;
const JUST_NOW: Duration = Duration::from_secs(1);
/// So few texts are not worth more than one thread.
const FEW: usize = 32;

/// The engine. A service of the environment.
pub struct Engine {
    encoders: Encoders,
    base: Arc<BaseHead>,
    threads: usize,
    permits: Semaphore,
    /// For [`FEW_TEXTS`].
    few_permits: Semaphore,
    /// Jobs that step back have one of their own: nothing urgent waits until they got their turn.
    background_permits: Semaphore,
    background_threads: Arc<BackgroundThreads>,
    cache: Mutex<HashMap<(Id, u32), Arc<Served>>>,
    /// By the encoder's digest and the text.
    label_vectors: Mutex<HashMap<(String, String), Vec<f32>>>,
    standings: Mutex<HashMap<Id, (u32, Arc<Standing>)>>,
    looked_at: Mutex<HashMap<Id, VecDeque<i64>>>,
    warm: WarmModels,
    reviewed_counts: ReviewedCounts,
    urgent: Arc<UrgentWork>,
}

impl Engine {
    /// An engine around the default encoder that may use `threads` threads.
    pub fn new(encoder: Arc<dyn Encoder>, threads: usize) -> Self {
        Self {
            encoders: Encoders::new(encoder),
            // The weights are part of the program and a test reads them; without them nothing has a sentiment.
            base: Arc::new(BaseHead::embedded().unwrap_or_default()),
            threads,
            permits: Semaphore::new(2),
            few_permits: Semaphore::new(2 * threads.max(1)),
            background_permits: Semaphore::new(1),
            background_threads: Arc::default(),
            cache: Mutex::default(),
            label_vectors: Mutex::default(),
            standings: Mutex::default(),
            looked_at: Mutex::default(),
            warm: WarmModels::default(),
            reviewed_counts: ReviewedCounts::default(),
            urgent: Arc::default(),
        }
    }

    /// The same with an encoder for datasets of the multilingual families.
    #[must_use]
    pub fn with_multilingual(self, encoder: Arc<dyn Encoder>) -> Self {
        Self { encoders: self.encoders.with_multilingual(encoder), ..self }
    }

    /// The same with an encoder that is quick enough to read thousands of texts while somebody waits. It reads no dataset
    /// by itself; versions that were trained with it have it.
    #[must_use]
    pub fn with_quick(self, encoder: Arc<dyn Encoder>) -> Self {
        Self { encoders: self.encoders.with_quick(encoder), ..self }
    }

    /// The same with an encoder that is opened once a version that was trained with it is asked.
    #[must_use]
    pub fn with_idle(self, digest: String, open: impl Fn() -> Option<Arc<dyn Encoder>> + Send + Sync + 'static) -> Self {
        Self { encoders: self.encoders.with_idle(digest, open), ..self }
    }

    /// What is known of sentiment before anybody annotated anything.
    pub(crate) fn base(&self) -> Arc<BaseHead> {
        self.base.clone()
    }

    /// Whether there is an encoder for the multilingual families.
    pub fn has_multilingual(&self) -> bool {
        self.encoders.has_multilingual()
    }

    /// The encoder that reads the comments of a dataset.
    pub fn encoder_of(&self, dataset: &Dataset) -> Arc<dyn Encoder> {
        self.encoders.of(dataset).clone()
    }

    /// Whether the default encoder stands in for the one that the dataset asks for.
    pub fn is_substituted(&self, dataset: &Dataset) -> bool {
        self.encoders.lacks(dataset)
    }

    /// The encoder that reads thousands of texts while somebody waits, if there is one.
    pub(crate) fn quick(&self) -> Option<Arc<dyn Encoder>> {
        self.encoders.quick().cloned()
    }

    /// The encoder of what belongs to no dataset.
    pub(crate) fn default_encoder(&self) -> Arc<dyn Encoder> {
        self.encoders.default().clone()
    }

    /// The last models of each dataset, for the next training.
    pub(crate) fn warm(&self) -> &WarmModels {
        &self.warm
    }

    /// The thread budget of one training or batch prediction.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Encodes texts off the async threads, in chunks, at most two chunks at a time in the process and one of a job that
    /// steps back; chunks of a few texts have places of their own, and the encoder's threads take them in between.
    /// Rows are rounded to half precision, as they would be when stored: a stored and a fresh vector are the same.
    pub async fn encode(&self, encoder: &Arc<dyn Encoder>, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        self.encode_and(encoder, texts, |_, vectors| vectors).await
    }

    /// The same, and what `then` makes of each chunk on the thread that encoded it: between threads a request may wait.
    pub(crate) async fn encode_and<T: Send + 'static>(
        &self,
        encoder: &Arc<dyn Encoder>,
        texts: Vec<String>,
        then: impl Fn(&[&str], Vec<Vec<f32>>) -> Vec<T> + Clone + Send + 'static,
    ) -> Result<Vec<T>> {
        let encode = {
            let encoder = encoder.clone();
            move |texts: &Vec<String>| encoder.encode(&texts.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let then = move |texts: Vec<String>, vectors: Vec<Vec<f32>>| {
            let rounded = vectors.iter().map(|vector| embeddings::rounded(vector)).collect();
            then(&texts.iter().map(String::as_str).collect::<Vec<_>>(), rounded)
        };
        self.in_turns(encoder, texts, String::len, encode, then).await
    }

    /// What `then` makes of chunks of items and of what `encode` has the encoder make of them; `n_bytes` says how much text
    /// an item holds.
    async fn in_turns<I: Send + Sync + 'static, E: Send, T: Send + 'static>(
        &self,
        encoder: &Arc<dyn Encoder>,
        items: Vec<I>,
        n_bytes: impl Fn(&I) -> usize,
        encode: impl Fn(&Vec<I>) -> E + Clone + Send + Sync + 'static,
        then: impl Fn(Vec<I>, E) -> Vec<T> + Clone + Send + 'static,
    ) -> Result<Vec<T>> {
        // What takes no time waits for no turn.
        let is_quick = self.encoders.quick().is_some_and(|quick| quick.digest() == encoder.digest());
        let steps_back = is_background() && !is_quick;
        let n_items = items.len();
        let mut items = items.into_iter().peekable();
        let mut chunks = std::iter::from_fn(|| {
            let most = match is_background() {
                true if self.urgent.is_near(JUST_NOW) => SMALL_ENCODE_CHUNK,
                true => BACKGROUND_ENCODE_CHUNK,
                false => ENCODE_CHUNK,
            };
            next_chunk(&mut items, most, &n_bytes)
        });
        let mut made = Vec::with_capacity(n_items);
        if steps_back {
            loop {
                self.make_way().await;
                let Some(chunk) = chunks.next() else { return Ok(made) };
                let permit = acquire(&self.background_permits).await?;
                let (encode, then) = (encode.clone(), then.clone());
                let (background, count) = (self.background_threads.clone(), self.threads);
                let work = move || {
                    let encoded = background.run(count, || encode(&chunk));
                    then(chunk, encoded)
                };
                made.extend(off_thread(work).await?);
                drop(permit);
            }
        }
        let made_of = |chunk: Vec<I>| async {
            let permits = if chunk.len() <= FEW_TEXTS { &self.few_permits } else { &self.permits };
            let _permit = if is_quick { None } else { Some(acquire(permits).await?) };
            let (encode, then) = (encode.clone(), then.clone());
            let work = move || {
                let encoded = encode(&chunk);
                then(chunk, encoded)
            };
            off_thread(work).await
        };
        let mut of_chunks = stream::iter(chunks.map(made_of)).buffered(CHUNKS_AT_ONCE);
        while let Some(of_chunk) = of_chunks.try_next().await? {
            made.extend(of_chunk);
        }
        Ok(made)
    }

    /// Vectors of what labels say, in their order. Few and asked for again at every training, they are kept in memory.
    pub(crate) async fn encode_labels(&self, encoder: &Arc<dyn Encoder>, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let key = |text: &String| (encoder.digest().to_owned(), text.clone());
        let missing: Vec<String> = {
            let kept = self.label_vectors.lock().unwrap_or_else(PoisonError::into_inner);
            texts.iter().filter(|text| !kept.contains_key(&key(text))).cloned().collect()
        };
        let vectors = self.encode(encoder, missing.clone()).await?;
        let mut kept = self.label_vectors.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() + missing.len() > CACHED_LABELS {
            // Labels of other datasets; they are computed again when those are trained.
            kept.retain(|(_, text), _| texts.contains(text));
        }
        kept.extend(missing.iter().map(key).zip(vectors));
        Ok(texts.iter().map(|text| kept.get(&key(text)).cloned().unwrap_or_default()).collect())
    }

    /// What reviewed comments tell about the others, if that was computed for this version.
    pub(crate) fn standing(&self, dataset: Id, version: u32) -> Option<Arc<Standing>> {
        let kept = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&dataset).filter(|(of, _)| *of == version).map(|(_, known)| known.clone())
    }

    pub(crate) fn remember_standing(&self, dataset: Id, version: u32, known: Arc<Standing>) {
        let mut kept = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CACHED_VERSIONS {
            kept.clear();
        }
        kept.insert(dataset, (version, known));
    }

    pub(crate) fn reviewed_counts(&self) -> &ReviewedCounts {
        &self.reviewed_counts
    }

    /// Notes that somebody looks at these comments.
    pub(crate) fn look_at(&self, dataset: Id, seqs: impl Iterator<Item = i64>) {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if looked_at.len() >= LOOKED_AT_DATASETS && !looked_at.contains_key(&dataset) {
            looked_at.clear();
        }
        let last = looked_at.entry(dataset).or_default();
        last.extend(seqs.take(LOOKED_AT));
        let n_old = last.len().saturating_sub(LOOKED_AT);
        last.drain(..n_old);
    }

    /// What somebody looked at last in a dataset, through this process.
    pub(crate) fn looked_at(&self, dataset: Id) -> HashSet<i64> {
        let looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        looked_at.get(&dataset).into_iter().flatten().copied().collect()
    }

    /// Notes that a training or a predict request is going on until the guard is dropped.
    pub fn urgent(&self) -> Urgent<'_> {
        self.urgent.begin()
    }

    /// Runs a job whose computations step back behind those of requests and trainings.
    pub(crate) async fn in_background<F: Future>(&self, job: F) -> F::Output {
        in_background(self.urgent.clone(), job).await
    }

    /// Waits while something urgent is going on or has just ended, but not forever: people wait for a new version
    /// and for the answer to a request first, then for what a version says about everything else.
    pub async fn make_way(&self) {
        self.urgent.make_way().await;
    }

    pub(crate) fn cached(&self, dataset: Id, version: u32) -> Option<Arc<Served>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).get(&(dataset, version)).cloned()
    }

    pub(crate) fn remember(&self, dataset: Id, served: Arc<Served>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED_VERSIONS {
            // The oldest version of the fullest dataset goes; any choice is right, this one is cheap and repeatable.
            if let Some(oldest) = cache.keys().min_by_key(|(_, version)| *version).copied() {
                cache.remove(&oldest);
            }
        }
        cache.insert((dataset, served.version), served);
    }
}

/// One loaded model version.
pub struct Served {
    /// The version.
    pub version: u32,
    /// When it was trained.
    pub trained_at: Timestamp,
    encoder: String,
    /// Nothing for a version that knows fields alone.
    model: Option<Arc<Model>>,
    fields: Arc<ServedFields>,
    sentiment: Arc<ServedSentiment>,
    label_ids: Vec<Id>,
    thresholds: BTreeMap<String, adit_ml::validation::OptimalThresholds>,
}

/// The probabilities of a text in the order of [`Served::labels`], with what the sentiment makes of it.
type RawJudged = (Vec<f32>, (Judgement, Vec<f32>));

/// Label names with probabilities, highest first.
pub type Scores = Vec<(String, f64)>;

impl Served {
    fn load(row: &ModelRow, bytes: &[u8], fields: ServedFields, sentiment: SentimentModel, has_sentiment: bool) -> Result<Self> {
        // A version without labels has its fields where others have their labels.
        let model = match row.label_ids.is_empty() {
            true => None,
            false => Some(Model::from_bytes(bytes).map_err(|e| Error::wrap("a stored model cannot be read", e))?),
        };
        let report: &Report = &row.report;
        let thresholds = report.labels.iter().filter_map(|label| Some((label.name.clone(), label.optimal?))).collect();
        let labels = model.as_ref().map_or(&[][..], |model| model.labels());
        let sentiment = Arc::new(ServedSentiment::new(sentiment, has_sentiment, labels));
        Ok(Self {
            version: row.version,
            trained_at: row.trained_at,
            encoder: row.encoder.clone(),
            model: model.map(Arc::new),
            fields: Arc::new(fields),
            sentiment,
            label_ids: row.label_ids.clone(),
            thresholds,
        })
    }

    /// The labels the version knows, by full name.
    pub fn labels(&self) -> &[String] {
        self.model.as_ref().map_or(&[], |model| model.labels())
    }

    /// Ids of the labels, aligned with [`Served::labels`].
    pub(crate) fn label_ids(&self) -> &[Id] {
        &self.label_ids
    }

    /// Which named thresholds a probability clears: `high_recall`, `balanced`, `high_precision`.
    pub fn names_met(&self, label: &str, probability: f64) -> Vec<String> {
        let optimal = self.thresholds.get(label);
        optimal.map_or_else(Vec::new, |t| t.names_met(probability as f32).into_iter().map(str::to_owned).collect())
    }

    /// Probabilities of every label for stored comments, highest first; missing vectors are computed.
    pub async fn predict_comments(&self, env: &Env, comments: &[StoredComment]) -> Result<Vec<Scores>> {
        let raw = self.raw_for_comments(env, comments).await?;
        Ok(raw.into_iter().map(|row| self.sorted(row)).collect())
    }

    /// Probabilities in the order of [`Served::labels`].
    pub(crate) async fn raw_for_comments(&self, env: &Env, comments: &[StoredComment]) -> Result<Vec<Vec<f32>>> {
        let encoder = self.encoder(env)?;
        let vectors = embeddings::of_comments(env, &encoder, comments).await?;
        self.raw_for_vectors(env, comments, vectors).await
    }

    /// The same, for comments whose vectors by [`Served::encoder`] are at hand.
    pub(crate) async fn raw_for_vectors(
        &self,
        env: &Env,
        comments: &[StoredComment],
        vectors: Vec<Vec<f32>>,
    ) -> Result<Vec<Vec<f32>>> {
        self.predict_rows(env, comments.iter().map(StoredComment::model_text).collect(), vectors).await
    }

    /// Probabilities of every label for texts, highest first. Nothing is stored.
    pub async fn predict_texts(&self, env: &Env, texts: Vec<String>) -> Result<Vec<Scores>> {
        let encoder = self.encoder(env)?;
        let engine = env.service::<Engine>()?;
        let _urgent = engine.urgent();
        let (model, threads) = (self.model.clone(), engine.threads());
        let predict = move |texts: &[&str], vectors: Vec<Vec<f32>>| rows_of(model.as_deref(), texts, &vectors, threads);
        let raw = engine.encode_and(&encoder, texts, predict).await?;
        Ok(raw.into_iter().map(|row| self.sorted(row)).collect())
    }

    /// Probabilities and sentiment for stored comments; missing vectors are computed.
    pub async fn judge_comments(&self, env: &Env, comments: &[StoredComment]) -> Result<Vec<Judged>> {
        let engine = env.service::<Engine>()?;
        let _urgent = engine.urgent();
        let vectors = embeddings::of_comments(env, &self.encoder(env)?, comments).await?;
        let raw = self.raw_for_vectors(env, comments, vectors.clone()).await?;
        let texts = comments.iter().map(StoredComment::model_text).collect();
        let judged = self.sentiment_for_vectors(env, texts, vectors, raw.clone()).await?;
        Ok(self.ordered(raw.into_iter().zip(judged).collect()))
    }

    /// Probabilities and sentiment for texts. Nothing is stored.
    pub async fn judge_texts(&self, env: &Env, texts: Vec<String>) -> Result<Vec<Judged>> {
        let encoder = self.encoder(env)?;
        let engine = env.service::<Engine>()?;
        let _urgent = engine.urgent();
        let (model, threads) = (self.model.clone(), engine.threads());
        let (sentiment, is_own_encoder) = (self.sentiment.clone(), encoder.digest() == self.encoder);
        let judge = move |texts: &[&str], vectors: Vec<Vec<f32>>| {
            let rows = rows_of(model.as_deref(), texts, &vectors, threads);
            let judged = judged_rows(&sentiment, is_own_encoder, texts, &vectors, &rows);
            rows.into_iter().zip(judged).collect()
        };
        Ok(self.ordered(engine.encode_and(&encoder, texts, judge).await?))
    }

    /// What was judged, with the labels of each text by their probability.
    fn ordered(&self, judged: Vec<RawJudged>) -> Vec<Judged> {
        let ordered = |(row, (judgement, own)): RawJudged| {
            let mut order: Vec<usize> = (0..row.len()).collect();
            let names = self.labels();
            order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then_with(|| names[a].cmp(&names[b])));
            let sentiments = order.iter().filter_map(|&label| own.get(label).copied().map(f64::from)).collect();
            let scores = order.iter().map(|&label| (names[label].clone(), f64::from(row[label]))).collect();
            Judged { scores, sentiments, judgement }
        };
        judged.into_iter().map(ordered).collect()
    }

    /// The sentiment of texts whose vectors and probabilities are at hand: of the whole, and of each label.
    pub(crate) async fn sentiment_for_vectors(
        &self,
        env: &Env,
        texts: Vec<String>,
        vectors: Vec<Vec<f32>>,
        raw: Vec<Vec<f32>>,
    ) -> Result<Vec<(Judgement, Vec<f32>)>> {
        let sentiment = self.sentiment.clone();
        let is_own_encoder = self.encoder(env)?.digest() == self.encoder;
        off_thread(move || {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            judged_rows(&sentiment, is_own_encoder, &texts, &vectors, &raw)
        })
        .await
    }

    /// What the version knows about fields.
    pub fn fields(&self) -> &ServedFields {
        &self.fields
    }

    /// The values of general fields in stored comments, in their order.
    pub async fn entities_of_comments(&self, env: &Env, comments: &[StoredComment]) -> Result<Vec<Vec<PredictedEntity>>> {
        self.entities(env, comments.iter().map(Document::of).collect()).await
    }

    /// The values of general fields in messages that are not stored, each written at a time.
    pub async fn entities_of_messages(
        &self,
        env: &Env,
        documents: impl ExactSizeIterator<Item = (Vec<Message>, Timestamp)>,
    ) -> Result<Vec<Vec<PredictedEntity>>> {
        if self.fields.finds_nothing() {
            return Ok(vec![Vec::new(); documents.len()]);
        }
        self.entities(env, documents.map(|(messages, at)| Document::new(messages, at)).collect()).await
    }

    async fn entities(&self, env: &Env, documents: Vec<Document>) -> Result<Vec<Vec<PredictedEntity>>> {
        if documents.is_empty() || self.fields.finds_nothing() {
            return Ok(vec![Vec::new(); documents.len()]);
        }
        let engine = env.service::<Engine>()?;
        let (fields, threads) = (self.fields.clone(), engine.threads());
        let threads = if documents.len() < FEW { 1 } else { threads };
        // Where the version's encoder is missing, fields go by words alone.
        let encoder = engine.encoders.named(&self.encoder).filter(|encoder| fields.reads(encoder.digest()));
        let Some(encoder) = encoder.cloned() else {
            return off_thread(move || fields.entities(&fields.read(documents), &States::default(), threads)).await;
        };
        let read = self.fields.read(documents);
        let (reading, by) = (fields.clone(), encoder.clone());
        let encode = move |comments: &Vec<(Vec<Part>, Context)>| reading.states(comments, by.as_ref());
        let n_bytes = |(parts, _): &(Vec<Part>, Context)| parts.iter().map(|part| part.text.len()).sum();
        let entities = move |comments: Vec<_>, states| fields.entities(&comments, &states, threads);
        engine.in_turns(&encoder, read, n_bytes, encode, entities).await
    }

    /// The records of labels in stored comments: for each comment, for each of its `forms`.
    pub async fn extract_from_comments(
        &self,
        comments: &[StoredComment],
        forms: Vec<Vec<usize>>,
    ) -> Result<Vec<Vec<Vec<Extraction>>>> {
        self.extract(comments.iter().map(Document::of).collect(), forms).await
    }

    /// The same, for messages that are not stored.
    pub async fn extract_from_messages(
        &self,
        documents: Vec<(Vec<Message>, Timestamp)>,
        forms: Vec<Vec<usize>>,
    ) -> Result<Vec<Vec<Vec<Extraction>>>> {
        self.extract(documents.into_iter().map(|(messages, at)| Document::new(messages, at)).collect(), forms).await
    }

    async fn extract(&self, documents: Vec<Document>, forms: Vec<Vec<usize>>) -> Result<Vec<Vec<Vec<Extraction>>>> {
        if forms.iter().all(Vec::is_empty) {
            return Ok(vec![Vec::new(); documents.len()]);
        }
        let fields = self.fields.clone();
        off_thread(move || documents.iter().zip(&forms).map(|(document, forms)| fields.extract(forms, document)).collect()).await
    }

    async fn predict_rows(&self, env: &Env, texts: Vec<String>, vectors: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        let Some(model) = self.model.clone() else { return Ok(vec![Vec::new(); texts.len()]) };
        let threads = env.service::<Engine>()?.threads();
        off_thread(move || {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            rows_of(Some(&model), &texts, &vectors, threads)
        })
        .await
    }

    fn sorted(&self, row: Vec<f32>) -> Scores {
        let mut scores: Scores = self.labels().iter().cloned().zip(row.into_iter().map(f64::from)).collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        scores
    }

    /// The classifier, for a training that goes on from it; `None` if it reads other vectors than `encoder` gives.
    pub(crate) fn classifier(&self, encoder: &str) -> Option<Arc<Model>> {
        self.model.clone().filter(|_| self.encoder == encoder)
    }

    /// The encoder whose vectors the version reads: the one it was trained with, whatever the dataset's is by now.
    pub(crate) fn encoder(&self, env: &Env) -> Result<Arc<dyn Encoder>> {
        let engine = env.service::<Engine>()?;
        match engine.encoders.named(&self.encoder) {
            Some(encoder) => Ok(encoder.clone()),
            None if self.model.is_none() => Ok(engine.default_encoder()),
            None => Err(Error::unprocessable(format!(
                "Model version `{}` was trained with the encoder `{}`, which this server does not have; retrain the dataset.",
                self.version, self.encoder
            ))),
        }
    }
}

/// The items to be worked on together next: at most so many, and no more text than [`CHUNK_BYTES`] unless it is one item.
fn next_chunk<I>(items: &mut Peekable<impl Iterator<Item = I>>, most: usize, n_bytes: &impl Fn(&I) -> usize) -> Option<Vec<I>> {
    let mut chunk = vec![items.next()?];
    let mut n_left = CHUNK_BYTES.saturating_sub(n_bytes(&chunk[0]));
    while chunk.len() < most
        && let Some(next) = items.next_if(|item| n_bytes(item) <= n_left)
    {
        n_left -= n_bytes(&next);
        chunk.push(next);
    }
    Some(chunk)
}

async fn acquire(permits: &Semaphore) -> Result<SemaphorePermit<'_>> {
    permits.acquire().await.map_err(|e| Error::wrap("the engine is closed", e))
}

/// The probabilities of each text; without a model there are none.
fn rows_of(model: Option<&Model>, texts: &[&str], vectors: &[Vec<f32>], threads: usize) -> Vec<Vec<f32>> {
    let Some(model) = model else { return vec![Vec::new(); texts.len()] };
    let rows: Vec<(&str, &[f32])> = texts.iter().copied().zip(vectors.iter().map(Vec::as_slice)).collect();
    model.predict_many(&rows, if rows.len() < FEW { 1 } else { threads })
}

/// What the sentiment of a version makes of each text; vectors of another encoder than the version's say nothing.
fn judged_rows(
    sentiment: &ServedSentiment,
    is_own_encoder: bool,
    texts: &[&str],
    vectors: &[Vec<f32>],
    rows: &[Vec<f32>],
) -> Vec<(Judgement, Vec<f32>)> {
    let vectors = vectors.iter().map(|vector| is_own_encoder.then_some(vector.as_slice()));
    texts.iter().zip(vectors).zip(rows).map(|((text, vector), row)| sentiment.judge(text, vector, row)).collect()
}

/// Loads a version, through the cache.
pub(crate) async fn load(env: &Env, dataset: Id, row: ModelRow) -> Result<Option<Arc<Served>>> {
    let engine = env.service::<Engine>()?;
    if let Some(served) = engine.cached(dataset, row.version) {
        return Ok(Some(served));
    }
    let Some(digest) = &row.blob else { return Ok(None) };
    let Some(bytes) = env.blobs.get(digest).await? else { return Ok(None) };
    let mut tx = env.read().await?;
    let known = field_store::of_version(&mut tx, dataset, row.version).await?.unwrap_or_default();
    let sentiment = sentiment_store::of_version(&mut tx, dataset, row.version).await?;
    let has_sentiment = adit_datasets::dataset_by_id(&mut tx, dataset).await?.is_some_and(|dataset| dataset.has_sentiment);
    drop(tx);
    let sentiment_bytes = match sentiment.and_then(|row| row.blob) {
        Some(digest) => env.blobs.get(&digest).await?,
        None => None,
    };
    let base = engine.base();
    let field_bytes = match &known.blob {
        Some(digest) => env.blobs.get(digest).await?,
        None => None,
    };
    let load = move || {
        let sentiment = match sentiment_bytes {
            Some(bytes) => SentimentModel::from_bytes(&bytes).map_err(|e| Error::wrap("stored sentiment cannot be read", e))?,
            None => SentimentModel::unlearned(base, &row.encoder),
        };
        Served::load(&row, &bytes, ServedFields::load(known, field_bytes.as_deref())?, sentiment, has_sentiment)
    };
    let served = Arc::new(off_thread(load).await??);
    engine.remember(dataset, served.clone());
    Ok(Some(served))
}

#[cfg(test)]
mod tests {
    use super::{CHUNK_BYTES, next_chunk};

    #[test]
    fn a_chunk_is_bounded_by_items_and_by_text() {
        let sizes = [1, 1, 1, CHUNK_BYTES, CHUNK_BYTES / 2, CHUNK_BYTES / 2, 1, 2 * CHUNK_BYTES, 0, 0, 0];
        let mut items = sizes.into_iter().peekable();
        let chunks: Vec<Vec<usize>> = std::iter::from_fn(|| next_chunk(&mut items, 2, &|size| *size)).collect();
        assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 2, 1, 2, 2]);
        assert_eq!(chunks.concat(), sizes);
    }
}
