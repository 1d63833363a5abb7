//! What people decided about fields, as the engine learns it.

use std::collections::HashMap;

use adit_corpus::StoredComment;
use adit_datasets::wire::{Entity, MoonForm};
use adit_datasets::{Annotation, Dataset};
use adit_jobs::JobCtx;
use adit_kernel::{Id, Result};
use adit_ml::fields::{Captures, FieldCorpus, FieldExample, FieldSpec, Mark, Part, Place, Unmarked};

use super::Definition;
use super::document::{Document, place_of};

/// Comments read in one go.
const CHUNK: usize = 1000;
/// Comments at most that were reviewed without a decision about fields and are learnt from all the same, evenly spaced.
const SILENT_SAMPLE: usize = 1000;

/// The fields of a dataset with everything decided about them; `None` when the dataset is gone.
pub(crate) async fn gather(ctx: &JobCtx, dataset_id: Id) -> Result<Option<(Definition, FieldCorpus)>> {
    let mut tx = ctx.read().await?;
    let Some(dataset) = adit_datasets::dataset_by_id(&mut tx, dataset_id).await? else { return Ok(None) };
    let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
    let definition = Definition::of(&dataset, &labels);
    let mut corpus = corpus_without_examples(&definition, &dataset);
    if corpus.fields.is_empty() && corpus.forms.is_empty() {
        return Ok(Some((definition, corpus)));
    }
    let seqs = adit_datasets::with_field_decisions(&mut tx, dataset.id).await?;
    for chunk in seqs.chunks(CHUNK) {
        let annotations = adit_datasets::annotations_of(&mut tx, dataset.id, chunk).await?;
        let comments = adit_corpus::comments_by_seqs(&mut tx, chunk).await?;
        let by_seq: HashMap<i64, &StoredComment> = comments.iter().map(|comment| (comment.seq, comment)).collect();
        for seq in chunk {
            let (Some(comment), Some(annotation)) = (by_seq.get(seq), annotations.get(seq)) else { continue };
            let example = example(comment, annotation, &definition);
            if !example.marks.is_empty() || !example.captures.is_empty() {
                corpus.examples.push(example);
            }
        }
    }
    let is_decided = corpus.examples.iter().any(|example| !example.marks.is_empty());
    if is_decided && corpus.fields.iter().any(FieldSpec::is_from_scratch) {
        let seqs = adit_datasets::without_field_decisions(&mut tx, dataset.id).await?;
        let seqs: Vec<i64> = seqs.iter().copied().step_by(seqs.len().div_ceil(SILENT_SAMPLE).max(1)).collect();
        let comments = adit_corpus::comments_by_seqs(&mut tx, &seqs).await?;
        corpus.examples.extend(comments.iter().map(|comment| silent(comment, &definition)));
    }
    Ok(Some((definition, corpus)))
}

/// Somebody read the message and said nothing about fields.
fn silent(comment: &StoredComment, definition: &Definition) -> FieldExample {
    let document = Document::of(comment);
    FieldExample {
        uid: comment.uid(),
        context: document.context(definition),
        parts: document.parts(definition),
        marks: Vec::new(),
        unmarked: Unmarked::LikelyEmpty,
        captures: Vec::new(),
    }
}

/// The specifications alone.
pub(crate) fn corpus_without_examples(definition: &Definition, dataset: &Dataset) -> FieldCorpus {
    let defs = &dataset.settings.entity_defs;
    FieldCorpus { fields: definition.field_specs(defs), forms: definition.form_specs(defs), examples: Vec::new() }
}

fn example(comment: &StoredComment, annotation: &Annotation, definition: &Definition) -> FieldExample {
    let document = Document::of(comment);
    let parts = document.parts(definition);
    let mut marks = Vec::new();
    if let Some(entities) = &annotation.entities {
        for (list, is_assigned) in [(&entities.assigned, true), (&entities.dismissed, false)] {
            list.iter().for_each(|entity| marks.extend(marks_of(entity, is_assigned, &parts, definition)));
        }
    }
    let forms = annotation.moon_forms.iter().flatten().flat_map(|group| &group.assigned);
    let mut captures: Vec<Captures> = Vec::new();
    for form in forms {
        let Some(found) = captures_of(form, &parts, definition) else { continue };
        match captures.iter_mut().find(|known| known.form == found.form) {
            Some(known) => known.records.extend(found.records),
            None => captures.push(found),
        }
    }
    let unmarked = Unmarked::Unknown;
    FieldExample { uid: comment.uid(), context: document.context(definition), parts, marks, unmarked, captures }
}

fn marks_of(entity: &Entity, is_assigned: bool, parts: &[Part], definition: &Definition) -> Vec<Mark> {
    let slots = &definition.slots;
    let field = slots
        .iter()
        .position(|slot| slot.field_id == entity.field_id)
        .or_else(|| slots.iter().position(|slot| slot.name == entity.name))
        .or_else(|| slots.iter().position(|slot| slot.type_id == entity.id));
    let Some(field) = field else { return Vec::new() };
    let places = entity.spans.iter().filter_map(|span| place_of(parts, span));
    places.map(|(part, start, end)| Mark { field, part, start, end, is_assigned }).collect()
}

/// The records of a form; `None` when the label has no fields or nobody filled in any.
fn captures_of(form: &MoonForm, parts: &[Part], definition: &Definition) -> Option<Captures> {
    let number = definition.forms.iter().position(|known| known.label == form.label.name)?;
    let fields = &definition.forms[number].fields;
    let mut records = Vec::new();
    for capture in &form.captures {
        let mut record = Vec::new();
        for value in &capture.fields {
            let field = fields.iter().position(|field| field.field_id == value.field_id);
            let field = field.or_else(|| fields.iter().position(|field| field.name == value.name));
            let place = value.spans.iter().find_map(|span| place_of(parts, span));
            if let (Some(field), Some((part, start, end))) = (field, place)
                && record.iter().all(|place: &Place| place.field != field)
            {
                record.push(Place { field, part, start, end });
            }
        }
        records.push(record);
    }
    (!records.is_empty()).then_some(Captures { form: number, records })
}
