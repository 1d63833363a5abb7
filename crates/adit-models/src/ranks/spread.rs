//! Keeps the order `learning` from asking the same thing again and again on one page.

use std::collections::HashMap;

use adit_datasets::Dataset;
use adit_jobs::JobCtx;
use adit_kernel::Result;
use adit_ml::selection::{self, Doubtful, Sureness};

use super::store::{self, Rank, rank_of, ranked};
use crate::precedence::off_thread;
use crate::predictions::{embeddings, store as vectors};
use crate::training;

/// Comments at the front of the order that are looked at, reviewed ones included.
const FRONT: i64 = 1_000;
/// Unreviewed ones of these: twenty pages, and far more than anybody reviews before the next version.
const ASKED: usize = 400;

/// A comment's position, how sure the newest version is of it, and its vector.
type Asked = (i64, f32, Vec<f32>);

/// Puts the front of the order into turns: where comments have one label, by how much an answer says about what is alike;
/// else what repeats a comment further in front waits. The encoder is the one of the newest version.
pub(crate) async fn spread(ctx: &JobCtx, dataset: &Dataset, encoder: &str, sureness: &Sureness, version: u32) -> Result<()> {
    let mut tx = ctx.read().await?;
    let front = ranked(&mut tx, dataset.id, Rank::Sureness, false, None, FRONT).await?;
    let seqs: Vec<i64> = front.iter().map(|(_, seq)| *seq).collect();
    let annotations = adit_datasets::annotations_of(&mut tx, dataset.id, &seqs).await?;
    let is_open = |seq: &i64| annotations.get(seq).is_none_or(|annotation| !annotation.reviewed);
    let open: Vec<(f64, i64)> = front.into_iter().filter(|(_, seq)| is_open(seq)).take(ASKED).collect();
    let seqs: Vec<i64> = open.iter().map(|(_, seq)| *seq).collect();
    let kept = vectors::vectors(&mut tx, encoder, &seqs).await?;
    drop(tx);
    let asked: Vec<Asked> = open
        .into_iter()
        .filter_map(|(sureness, seq)| Some((seq, sureness as f32, embeddings::from_half(&kept.get(&seq)?.1))))
        .collect();
    let mut changed = match sureness {
        Sureness::Lead(_) => {
            let around = around(ctx, dataset, encoder, i64::from(version)).await?;
            off_thread(move || in_turn(&asked, &around)).await?
        }
        Sureness::Each(_) => postponed(&asked),
    };
    // Everybody writes in the order of positions, so that nobody waits in a circle.
    changed.sort_unstable_by_key(|(seq, _)| *seq);
    let Some(mut tx) = adit_datasets::begin_for(ctx, dataset).await? else { return Ok(()) };
    store::set_sureness(&mut tx, dataset.id, &changed).await?;
    tx.commit().await
}

/// A sample of what nobody has reviewed, another one for each version: who is in it also tells of itself and comes sooner, so
/// that the same sample every time would be all that anybody is asked about.
async fn around(ctx: &JobCtx, dataset: &Dataset, encoder: &str, turn: i64) -> Result<Vec<Asked>> {
    let mut tx = ctx.read().await?;
    let sample = training::unreviewed_vectors(&mut tx, dataset, encoder, turn).await?;
    let seqs: Vec<i64> = sample.iter().map(|(seq, _)| *seq).collect();
    let ranks: HashMap<i64, f64> = rank_of(&mut tx, dataset.id, Rank::Sureness, &seqs).await?;
    let known = sample.into_iter().filter_map(|(seq, vector)| Some((seq, *ranks.get(&seq)? as f32, vector)));
    Ok(known.map(|(seq, sureness, vector)| (seq, sureness, embeddings::from_half(&vector))).collect())
}

/// The same values of sureness, dealt out in the order of the turns.
fn in_turn(asked: &[Asked], around: &[Asked]) -> Vec<(i64, f32)> {
    let order = selection::in_turn(&doubtful(asked), &doubtful(around));
    asked.iter().zip(order).map(|((_, sureness, _), place)| (asked[place].0, *sureness)).collect()
}

fn doubtful(list: &[Asked]) -> Vec<Doubtful<'_>> {
    list.iter().map(|(_, sureness, vector)| Doubtful { doubt: 1.0 - sureness, vector }).collect()
}

fn postponed(asked: &[Asked]) -> Vec<(i64, f32)> {
    let rows: Vec<&[f32]> = asked.iter().map(|(.., vector)| vector.as_slice()).collect();
    let postponed = |at: usize| (asked[at].0, selection::postponed(asked[at].1));
    selection::repetitions(&rows).into_iter().map(postponed).collect()
}
