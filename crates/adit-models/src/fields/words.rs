//! The words by which filters ask for entities: ids, names and kinds.

use std::collections::HashMap;

use adit_datasets::wire::PredictedEntity;
use adit_datasets::{Annotation, Dataset};
use adit_kernel::Result;
use adit_store::Tx;

use super::{Definition, Slot, store};

fn words_of_slot(slot: &Slot) -> [String; 4] {
    [slot.field_id.clone(), slot.type_id.clone(), slot.name.clone(), slot.kind.clone()]
}

fn distinct(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words
}

/// The words for the entities that people assigned.
pub fn assigned_entities(annotation: &Annotation) -> Vec<String> {
    let assigned = annotation.entities.iter().flat_map(|entities| &entities.assigned);
    distinct(assigned.flat_map(|it| [it.id.clone(), it.field_id.clone(), it.name.clone(), it.kind.clone()]).collect())
}

/// The words for the fields that the newest version found in comments, by position.
pub async fn predicted_entities(tx: &mut Tx, dataset: &Dataset, seqs: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    let slots = Definition::of(dataset, &[]).slots;
    let found = store::predicted(tx, dataset.id, seqs).await?;
    let words = |ids: Vec<String>| {
        let of_id = |id: &String| slots.iter().find(|slot| slot.field_id == *id).map(words_of_slot);
        distinct(ids.iter().filter_map(of_id).flatten().collect())
    };
    Ok(found.into_iter().map(|(seq, ids)| (seq, words(ids))).collect())
}

/// The words for predicted entities at hand.
pub fn words_of(entities: &[PredictedEntity]) -> Vec<String> {
    let words = |it: &PredictedEntity| [Some(it.id.clone()), it.field_id.clone(), Some(it.name.clone()), Some(it.kind.clone())];
    distinct(entities.iter().flat_map(words).flatten().collect())
}
