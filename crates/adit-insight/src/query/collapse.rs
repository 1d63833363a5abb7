//! One comment of each conversation: the one that comes first in the order among those that pass the filters.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use adit_kernel::{Id, Result};
use adit_store::{Env, Tx};

use super::walk::{Place, Walk};
use crate::facts::{Scope, Seen};

/// Those of `candidates` that stand for their conversation. Pages need not know of each other for it.
pub(super) async fn representatives(
    env: &Env,
    tx: &mut Tx,
    scope: &Scope,
    walk: &Walk<'_>,
    candidates: &[Seen],
) -> Result<HashSet<i64>> {
    let mut threads: BTreeMap<Id, BTreeSet<&str>> = BTreeMap::new();
    for one in candidates {
        if let Some(thread) = one.comment.thread_id.as_deref() {
            threads.entry(one.comment.source_id).or_default().insert(thread);
        }
    }
    let mut siblings = Vec::new();
    for (source, ids) in threads {
        siblings.extend(adit_corpus::comments_of_threads(tx, source, &ids.into_iter().collect::<Vec<_>>()).await?);
    }
    let siblings = scope.passing(env, tx, siblings).await?;
    let views: Vec<&Seen> = siblings.iter().collect();
    let places = walk.places(tx, scope, &views).await?;
    let mut first: HashMap<(Id, &str), (Place, i64)> = HashMap::new();
    for (one, place) in siblings.iter().zip(places) {
        let (Some(thread), Some(place)) = (one.comment.thread_id.as_deref(), place) else { continue };
        let best = first.entry((one.comment.source_id, thread)).or_insert((place, one.comment.seq));
        if place.compare(&best.0).is_lt() {
            *best = (place, one.comment.seq);
        }
    }
    let stands_for = |one: &&Seen| match one.comment.thread_id.as_deref() {
        None => true,
        Some(thread) => first.get(&(one.comment.source_id, thread)).is_none_or(|(_, seq)| *seq == one.comment.seq),
    };
    Ok(candidates.iter().filter(stands_for).map(|one| one.comment.seq).collect())
}
