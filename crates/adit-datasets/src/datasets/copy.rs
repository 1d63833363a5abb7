//! Forking: taking over another dataset's definitions and annotations.

use adit_http::{Address, Call};
use adit_jobs::emit;
use adit_kernel::{Error, Permission, Result};
use adit_store::Tx;

use super::store::{Dataset, dataset_at};
use crate::AnnotationsChanged;
use crate::annotations::copy_annotations;
use crate::labels::rules::{check_total, is_in_subtree, next_ordinal, plain_group};
use crate::labels::store::{Group, Label, groups_of, labels_used, put_group, put_labels};
use crate::labels::{DEFAULT_GROUP, labels_of};

/// The dataset to fork, if the request names one.
pub(super) async fn parent(tx: &mut Tx, call: &Call, id: Option<&str>) -> Result<Option<Dataset>> {
    let Some(text) = id else { return Ok(None) };
    let absent = || Error::unprocessable(format!("No such dataset: '{text}' in `copy_annotations_from`."));
    let id = text.parse().map_err(|_| absent())?;
    let found = dataset_at(tx, call.caller.tenant_id, &Address::Id(id)).await?.ok_or_else(absent)?;
    call.caller.require(Permission::DATASETS_READ, &found.owner)?;
    Ok(Some(found))
}

/// The parent's groups and labels, with new ids.
pub(super) async fn taxonomy(tx: &mut Tx, call: &Call, parent: &Dataset) -> Result<(Vec<Group>, Vec<Label>)> {
    let groups = groups_of(tx, parent.id).await?;
    let mut labels = labels_of(tx, parent.id).await?;
    for label in &mut labels {
        label.id = call.env.random.id();
    }
    Ok((groups, labels))
}

/// Copies the annotations of comments in the new dataset's sources; labels they use are created where they are unknown.
/// Returns how many comments got annotations.
pub(super) async fn annotations(tx: &mut Tx, call: &Call, parent: &Dataset, dataset: &Dataset) -> Result<i64> {
    let existing = labels_of(tx, dataset.id).await?;
    let mut next = next_ordinal(&existing);
    let mut missing = Vec::new();
    let mut groups: Vec<String> = groups_of(tx, dataset.id).await?.into_iter().map(|group| group.name).collect();
    let used = labels_used(tx, parent.id, dataset.id).await?;
    for mut label in labels_of(tx, parent.id).await? {
        // The ancestors come along: a child implies its parents.
        let is_needed = used.iter().any(|other| other.group == label.group && is_in_subtree(&other.name, &label.name));
        if !is_needed || existing.iter().any(|other| other.group == label.group && other.name == label.name) {
            continue;
        }
        if label.group != DEFAULT_GROUP && !groups.contains(&label.group) {
            put_group(tx, dataset.id, &plain_group(&label.group)).await?;
            groups.push(label.group.clone());
        }
        label.id = call.env.random.id();
        label.ordinal = next;
        next += 1;
        missing.push(label);
    }
    check_total(existing.len() + missing.len())?;
    put_labels(tx, dataset.id, &missing).await?;
    let n_copied = copy_annotations(tx, parent.id, dataset.id).await?;
    if n_copied > 0 {
        emit(tx, &AnnotationsChanged { dataset_id: dataset.id }, call.env.now()).await?;
    }
    Ok(n_copied)
}
