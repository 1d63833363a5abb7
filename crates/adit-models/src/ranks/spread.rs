//! Keeps the order `learning` from asking the same thing again and again on one page.

use adit_jobs::JobCtx;
use adit_kernel::{Id, Result};
use adit_ml::selection;

use super::store::{self, Rank, ranked};
use crate::predictions::{embeddings, store as vectors};

/// Comments at the front of the order that are looked at, reviewed ones included.
const FRONT: i64 = 1_000;
/// Unreviewed ones of these: twenty pages, and far more than anybody reviews before the next version.
const ASKED: usize = 400;

/// Postpones what repeats a comment further in front. The encoder is the one of the newest version.
pub(crate) async fn spread(ctx: &JobCtx, dataset: Id, encoder: &str) -> Result<()> {
    let mut tx = ctx.read().await?;
    let front = ranked(&mut tx, dataset, Rank::Sureness, false, None, FRONT).await?;
    let seqs: Vec<i64> = front.iter().map(|(_, seq)| *seq).collect();
    let annotations = adit_datasets::annotations_of(&mut tx, dataset, &seqs).await?;
    let is_open = |seq: &i64| annotations.get(seq).is_none_or(|annotation| !annotation.reviewed);
    let open: Vec<(f64, i64)> = front.into_iter().filter(|(_, seq)| is_open(seq)).take(ASKED).collect();
    let seqs: Vec<i64> = open.iter().map(|(_, seq)| *seq).collect();
    let kept = vectors::vectors(&mut tx, encoder, &seqs).await?;
    drop(tx);
    let known: Vec<(f64, i64, Vec<f32>)> =
        open.into_iter().filter_map(|(sureness, seq)| Some((sureness, seq, embeddings::from_half(&kept.get(&seq)?.1)))).collect();
    let rows: Vec<&[f32]> = known.iter().map(|(.., vector)| vector.as_slice()).collect();
    let postponed = |at: usize| (known[at].1, selection::postponed(known[at].0 as f32));
    let postponed: Vec<(i64, f32)> = selection::repetitions(&rows).into_iter().map(postponed).collect();
    let mut tx = ctx.begin().await?;
    ctx.fence(&mut tx).await?;
    store::set_sureness(&mut tx, dataset, &postponed).await?;
    tx.commit().await
}
