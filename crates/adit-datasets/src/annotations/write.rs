//! Carries out planned annotations: creates unknown labels, stores what changed, tells others.

use std::collections::{BTreeMap, HashMap, HashSet};

use adit_corpus::StoredComment;
use adit_http::Call;
use adit_jobs::emit;
use adit_kernel::{Error, Id, Result};
use adit_store::Tx;

use super::rules::Plan;
use super::store::read::Annotation;
use super::store::{self, AnnotationRow, LabelRow};
use super::wire::MoonFormGroup;
use crate::labels::rules::{ancestors, check_total, next_ordinal, plain_label};
use crate::labels::store::put_labels;
use crate::labels::{DEFAULT_GROUP, Label};
use crate::usage::admit_reviewed;
use crate::{AnnotationsChanged, Dataset, TaxonomyChanged};

/// What one comment is to say, next to what it says.
pub(super) struct Change<'a> {
    pub(super) comment: &'a StoredComment,
    pub(super) old: Option<&'a Annotation>,
    pub(super) plan: Plan,
}

/// Stores the changes; external ids go to labels that have none yet. Returns whether anything changed.
pub(super) async fn carry_out(
    tx: &mut Tx,
    call: &Call,
    dataset: &Dataset,
    labels: &[Label],
    changes: Vec<Change<'_>>,
    external_ids: &BTreeMap<String, String>,
) -> Result<bool> {
    let now = call.env.now();
    let changes: Vec<Change<'_>> = changes.into_iter().filter(|change| change.plan != Plan::of(change.old)).collect();
    let ids = label_ids(tx, call, dataset, labels, &changes, external_ids).await?;
    if changes.is_empty() {
        return Ok(false);
    }
    let mut rows = Vec::with_capacity(changes.len());
    let mut label_rows = Vec::new();
    for change in &changes {
        let plan = &change.plan;
        let seq = change.comment.seq;
        let points_into_text = plan.entities.is_some() || plan.moon_forms.is_some();
        rows.push(AnnotationRow {
            seq,
            is_reviewed: plan.is_review(),
            uninformative: plan.uninformative.as_ref().map(serde_json::to_string).transpose()?,
            entities: plan.entities.as_ref().map(serde_json::to_string).transpose()?,
            entities_hash: points_into_text.then(|| change.comment.messages_hash.clone()),
            moon_forms: plan.moon_forms.as_ref().map(|forms| stored_forms(forms, &ids)).transpose()?,
        });
        let states = [("assigned", &plan.assigned), ("dismissed", &plan.dismissed)];
        for (state, list) in states {
            for (ordinal, label) in (0i64..).zip(list) {
                label_rows.push(LabelRow {
                    seq,
                    label_id: id_of(&ids, &label.name)?,
                    state,
                    sentiment: label.sentiment.clone(),
                    metadata: label.metadata.as_ref().map(serde_json::to_string).transpose()?,
                    ordinal,
                });
            }
        }
    }
    store::put(tx, dataset.id, rows, label_rows, call.caller.user_id, now).await?;
    let mut n_added = 0;
    for change in &changes {
        let was_reviewed = change.old.is_some_and(|old| old.reviewed);
        let delta = i64::from(change.plan.is_review()) - i64::from(was_reviewed);
        n_added += delta;
        if delta != 0 {
            adit_corpus::note_reviewed(tx, change.comment.seq, delta).await?;
        }
    }
    admit_reviewed(tx, dataset.tenant_id, dataset.id, n_added).await?;
    emit(tx, &AnnotationsChanged { dataset_id: dataset.id }, now).await?;
    Ok(true)
}

fn id_of(ids: &HashMap<String, Id>, name: &str) -> Result<Id> {
    ids.get(name).copied().ok_or_else(|| Error::internal(format!("label `{name}` was not created")))
}

/// Stored forms name labels by id, so that renaming a label needs no rewriting.
fn stored_forms(forms: &[MoonFormGroup], ids: &HashMap<String, Id>) -> Result<String> {
    let mut forms = forms.to_vec();
    for form in forms.iter_mut().flat_map(MoonFormGroup::forms_mut) {
        form.label.name = id_of(ids, &form.label.name)?.to_string();
    }
    Ok(serde_json::to_string(&forms)?)
}

/// The ids of all labels of the default group by name, after the unknown ones and their ancestors were created.
async fn label_ids(
    tx: &mut Tx,
    call: &Call,
    dataset: &Dataset,
    labels: &[Label],
    changes: &[Change<'_>],
    external_ids: &BTreeMap<String, String>,
) -> Result<HashMap<String, Id>> {
    let default = labels.iter().filter(|label| label.group == DEFAULT_GROUP);
    let mut ids: HashMap<String, Id> = default.map(|label| (label.name.clone(), label.id)).collect();
    let mut next = next_ordinal(labels);
    let mut put: Vec<Label> = Vec::new();
    let mut seen = HashSet::new();
    for name in changes.iter().flat_map(|change| names_in(&change.plan)) {
        if !seen.insert(name) {
            continue;
        }
        for level in ancestors(name).into_iter().chain([name]) {
            if ids.contains_key(level) {
                continue;
            }
            let mut label = plain_label(DEFAULT_GROUP, level, call.env.random.id(), next);
            label.external_id = external_ids.get(level).cloned();
            next += 1;
            ids.insert(level.to_owned(), label.id);
            put.push(label);
        }
    }
    check_total(labels.len() + put.len())?;
    for label in labels.iter().filter(|label| label.group == DEFAULT_GROUP && label.external_id.is_none()) {
        if let Some(external_id) = external_ids.get(&label.name) {
            put.push(Label { external_id: Some(external_id.clone()), ..label.clone() });
        }
    }
    if !put.is_empty() {
        put_labels(tx, dataset.id, &put).await?;
        emit(tx, &TaxonomyChanged { dataset_id: dataset.id }, call.env.now()).await?;
    }
    Ok(ids)
}

fn names_in(plan: &Plan) -> impl Iterator<Item = &str> {
    let in_forms = plan.moon_forms.iter().flatten().flat_map(MoonFormGroup::forms).map(|form| form.label.name.as_str());
    plan.assigned.iter().chain(&plan.dismissed).map(|label| label.name.as_str()).chain(in_forms)
}
