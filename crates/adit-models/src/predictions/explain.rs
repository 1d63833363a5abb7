//! Why the newest version of a dataset expects a label of a comment, for people at the command line.

use adit_corpus::StoredComment;
use adit_datasets::Dataset;
use adit_kernel::{Error, Result, catalogue};
use adit_ml::explanation::explain;
use adit_store::Env;

use super::{embeddings, store};
use crate::engine;
use crate::models;
use crate::precedence::off_thread;

/// Reviewed comments that are compared, at most.
const MAX_REVIEWED: usize = 20_000;
const N_NEAREST: usize = 5;

/// Words with their weights in log-odds, heaviest first, and the positions of the most alike reviewed comments that
/// have the label.
pub struct Explained {
    /// The version that was asked.
    pub version: u32,
    /// The probability of the label.
    pub probability: f32,
    /// Words and how much the label loses without them.
    pub words: Vec<(String, f32)>,
    /// Positions of comments with the label, and their likeness.
    pub nearest: Vec<(i64, f32)>,
}

/// Explains one label on one stored comment.
///
/// # Errors
/// Without a model, or when it does not know the label.
pub async fn explained(env: &Env, dataset: &Dataset, comment: &StoredComment, label: &str) -> Result<Explained> {
    let mut tx = env.read().await?;
    let row = models::store::latest(&mut tx, dataset.id).await?.ok_or_else(|| catalogue::no_model("latest"))?;
    let version = row.version;
    let ids = row.label_ids.clone();
    let reviewed = adit_datasets::training_rows(&mut tx, dataset.id).await?;
    drop(tx);
    let served = engine::load(env, dataset.id, row).await?.ok_or_else(|| catalogue::no_model("latest"))?;
    let no_label = || Error::unprocessable(format!("Model version `{version}` does not know the label `{label}`."));
    let at = served.labels().iter().position(|known| known == label).ok_or_else(no_label)?;
    let id = ids.get(at).copied().ok_or_else(no_label)?;
    let encoder = served.encoder(env)?;
    let model = served.classifier(encoder.digest()).ok_or_else(no_label)?;
    let with_label = reviewed.into_iter().filter(|row| row.assigned.contains(&id) && row.seq != comment.seq);
    let seqs: Vec<i64> = with_label.map(|row| row.seq).take(MAX_REVIEWED).collect();
    let mut tx = env.read().await?;
    let mut kept = store::vectors(&mut tx, encoder.digest(), &seqs).await?;
    drop(tx);
    let known: Vec<(i64, Vec<f32>)> =
        seqs.iter().filter_map(|seq| Some((*seq, embeddings::from_half(&kept.remove(seq)?.1)))).collect();
    let text = comment.model_text();
    let found = off_thread(move || {
        let vectors: Vec<&[f32]> = known.iter().map(|(_, vector)| vector.as_slice()).collect();
        let found = explain(&model, encoder.as_ref(), &text, at, &vectors, N_NEAREST)?;
        Some(Explained {
            version,
            probability: found.probability,
            words: found.words.iter().map(|word| (text[word.start..word.end].to_owned(), word.weight)).collect(),
            nearest: found.nearest.iter().map(|(n, cosine)| (known[*n].0, *cosine)).collect(),
        })
    })
    .await?;
    found.ok_or_else(no_label)
}
