//! What people said about the sentiment of labels, with the texts they said it about.

use std::collections::HashMap;

use adit_datasets::Dataset;
use adit_jobs::JobCtx;
use adit_kernel::{Id, Result};
use adit_ml::Encoder;
use adit_ml::sentiment::{SignedExample, train_sentiment};
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::precedence::off_thread;
use crate::sentiment::store::SentimentRow;
use crate::training::Gathered;

/// The signs of a dataset and the name of what they say.
pub(crate) struct SignedComments {
    pub(crate) examples: Vec<SignedExample>,
    pub(crate) fingerprint: String,
}

/// The signs on what was gathered for labels; none in datasets without sentiment.
pub(crate) async fn gather(
    ctx: &JobCtx,
    dataset: &Dataset,
    encoder: &dyn Encoder,
    gathered: Option<&Gathered>,
) -> Result<SignedComments> {
    let mut tx = ctx.read().await?;
    let mut signs = match dataset.has_sentiment {
        true => adit_datasets::assigned_signs(&mut tx, dataset.id).await?,
        false => HashMap::new(),
    };
    drop(tx);
    let mut hasher = Sha256::new();
    hasher.update(encoder.digest());
    let mut examples = Vec::new();
    let Some(gathered) = gathered else { return Ok(SignedComments { examples, fingerprint: named(hasher) }) };
    let index: HashMap<Id, usize> = gathered.label_ids.iter().enumerate().map(|(n, id)| (*id, n)).collect();
    for (seq, example) in gathered.seqs.iter().zip(&gathered.corpus.examples) {
        let own = signs.remove(seq).unwrap_or_default();
        let mut own: Vec<(usize, bool)> =
            own.into_iter().filter_map(|(label, is_well)| Some((*index.get(&label)?, is_well))).collect();
        if own.is_empty() {
            continue;
        }
        own.sort_unstable();
        hasher.update(format!("{} {} {own:?}", example.uid, example.text));
        let (uid, text, embedding) = (example.uid.clone(), example.text.clone(), example.embedding.clone());
        examples.push(SignedExample { uid, text, embedding, signs: own });
    }
    Ok(SignedComments { examples, fingerprint: named(hasher) })
}

/// Learns the sentiment of labels off the async threads.
pub(crate) async fn learn(ctx: &JobCtx, encoder: &dyn Encoder, signed: SignedComments, n_labels: usize) -> Result<SentimentRow> {
    let SignedComments { examples, fingerprint } = signed;
    if examples.is_empty() {
        return Ok(SentimentRow { fingerprint, blob: None });
    }
    let engine = ctx.service::<Engine>()?;
    let (base, encoder, threads) = (engine.base(), encoder.digest().to_owned(), engine.threads());
    let model = off_thread(move || train_sentiment(base, &encoder, n_labels, &examples, threads)).await?;
    let blob = if model.is_learnt() { Some(ctx.blobs.put(model.to_bytes()).await?) } else { None };
    Ok(SentimentRow { fingerprint, blob })
}

fn named(hasher: Sha256) -> String {
    hex::encode(&hasher.finalize()[..16])
}
