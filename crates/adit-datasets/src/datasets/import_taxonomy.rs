//! `POST /api/_private/ixp/projects/{owner}/{dataset_name}/import-taxonomy`
//!
//! Puts label groups, labels and field types into a dataset. What is there already under the same name stays as it is
//! unless `overwrite_duplicates` says otherwise; nothing is ever removed.

use std::collections::{HashMap, HashSet};

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Error, Permission, Result, catalogue, names};
use adit_store::Tx;
use http::Method;
use serde::Deserialize;

use super::rules;
use super::store::{self, Dataset, Settings, dataset_of, touch};
use super::wire::{DatasetUpdate, EntityDef, EntityDefNew};
use crate::TaxonomyChanged;
use crate::labels::rules::{plain_group, put_defs};
use crate::labels::store::{Label, groups_of, put_group, put_labels};
use crate::labels::wire::{LabelDefNew, LabelGroupNew};
use crate::labels::{DEFAULT_GROUP, labels_of};

pub(super) const OPERATION: Operation = Operation {
    id: "import_taxonomy",
    method: Method::POST,
    path: "/api/_private/ixp/projects/{owner}/{dataset_name}/import-taxonomy",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

/// The most groups in one import.
const MAX_GROUPS: usize = 128;

#[derive(Deserialize)]
struct ImportTaxonomyRequest {
    entity_defs: Vec<EntityDefNew>,
    label_groups: Vec<LabelGroupNew>,
    overwrite_duplicates: bool,
}

/// The ids that the sender gave to field types, and those they have here.
type TypeIds = HashMap<String, String>;

async fn handle(call: Call) -> Result<Reply> {
    let request: ImportTaxonomyRequest = call.json()?;
    if request.label_groups.len() > MAX_GROUPS {
        return Err(catalogue::too_many("label_groups", MAX_GROUPS));
    }
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let mut dataset = dataset_of(&mut tx, &call).await?;
    touch(&mut tx, &dataset, now).await?;
    let sent_types: Vec<(Option<String>, String)> =
        request.entity_defs.iter().map(|def| (def.id.clone(), def.name.clone())).collect();
    if let Some(twice) = twice(sent_types.iter().map(|(_, name)| name)) {
        return Err(Error::unprocessable(format!("Entity `{twice}` is defined more than once.")));
    }
    if let Some(twice) = twice(request.label_groups.iter().map(|group| &group.name)) {
        return Err(Error::unprocessable(format!("Label group `{twice}` is sent more than once.")));
    }
    if !request.entity_defs.is_empty() {
        let update = DatasetUpdate {
            entity_defs: Some(merged(&dataset.settings, request.entity_defs, request.overwrite_duplicates)),
            ..DatasetUpdate::default()
        };
        dataset.settings = rules::updated_settings(dataset.settings, &update, call.env.random.as_ref())?;
        dataset.last_modified = now;
        store::save(&mut tx, &dataset).await?;
    }
    let type_ids = type_ids(&sent_types, &dataset.settings.entity_defs);
    let mut labels = labels_of(&mut tx, dataset.id).await?;
    for group in request.label_groups {
        let changed = import_group(&mut tx, &call, &dataset, group, &labels, &type_ids, request.overwrite_duplicates).await?;
        labels.retain(|label| changed.iter().all(|other| other.id != label.id));
        labels.extend(changed);
    }
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, now).await?;
    tx.commit().await?;
    Reply::done()
}

fn twice<'a>(names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let mut seen = HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

/// The field types of a dataset together with those that were sent.
fn merged(settings: &Settings, sent: Vec<EntityDefNew>, overwrite: bool) -> Vec<EntityDefNew> {
    let mut defs: Vec<EntityDefNew> = settings.entity_defs.iter().map(as_sent).collect();
    for mut new in sent {
        let twin = defs.iter_mut().find(|def| def.name == new.name);
        match twin {
            Some(known) if overwrite => {
                new.id = known.id.clone();
                *known = new;
            }
            Some(_) => {}
            None => {
                // Ids are given out here; the sender's only tie its fields to its types.
                new.id = None;
                defs.push(new);
            }
        }
    }
    defs
}

fn as_sent(def: &EntityDef) -> EntityDefNew {
    EntityDefNew {
        id: Some(def.id.clone()),
        color: Some(def.color),
        name: def.name.clone(),
        title: def.title.clone(),
        inherits_from: def.inherits_from.clone(),
        trainable: def.trainable,
        rules: def.rules.clone(),
        _entity_def_flags: Some(def._entity_def_flags.clone()),
        instructions: def.instructions.clone(),
    }
}

fn type_ids(sent: &[(Option<String>, String)], known: &[EntityDef]) -> TypeIds {
    let named = |name: &str| rules::entity_named(known, name).map(|def| def.id.clone());
    sent.iter().filter_map(|(id, name)| Some((id.clone()?, named(name)?))).collect()
}

/// Puts one group with its labels into the dataset; returns the labels that are new or changed.
async fn import_group(
    tx: &mut Tx,
    call: &Call,
    dataset: &Dataset,
    sent: LabelGroupNew,
    labels: &[Label],
    type_ids: &TypeIds,
    overwrite: bool,
) -> Result<Vec<Label>> {
    names::check_resource(&sent.name, "label group name")?;
    let known = groups_of(tx, dataset.id).await?.into_iter().find(|group| group.name == sent.name);
    // The default group is always there; until somebody described it, a description overwrites nothing.
    let is_blank = known.as_ref().is_none_or(|group| group.name == DEFAULT_GROUP && group.instructions.is_empty());
    if is_blank || overwrite {
        let mut group = known.unwrap_or_else(|| plain_group(&sent.name));
        let instructions = sent.instructions.unwrap_or_default();
        names::check_text(&instructions, "instructions", 16_384)?;
        if let Some(collection) = &sent.label_collection_name {
            names::check_text(collection, "label_collection_name", 256)?;
        }
        group.instructions = instructions;
        group.label_collection_name = sent.label_collection_name.or(group.label_collection_name);
        group.trainable = sent.trainable.unwrap_or(group.trainable);
        group.hidden = sent.hidden.unwrap_or(group.hidden);
        put_group(tx, dataset.id, &group).await?;
    }
    let is_known = |name: &str| labels.iter().any(|label| label.group == sent.name && label.name == name);
    let mut defs = Vec::new();
    for def in sent.label_defs.unwrap_or_default() {
        if overwrite || !is_known(&def.name) {
            defs.push(with_types(def, type_ids, &dataset.settings.entity_defs)?);
        }
    }
    let changed = put_defs(&sent.name, labels, defs, &dataset.settings.entity_defs, call.env.random.as_ref())?;
    put_labels(tx, dataset.id, &changed).await?;
    Ok(changed)
}

/// A label whose fields point at the field types as they are known here.
fn with_types(mut def: LabelDefNew, type_ids: &TypeIds, known: &[EntityDef]) -> Result<LabelDefNew> {
    for field in def.moon_form.iter_mut().flatten() {
        let sent = field.field_type_id.take();
        let by_id =
            sent.as_ref().and_then(|id| type_ids.get(id)).or(sent.as_ref()).filter(|id| known.iter().any(|def| def.id == **id));
        let by_kind = field.kind.as_ref().and_then(|kind| rules::entity_named(known, kind)).map(|def| &def.id);
        let Some(id) = by_id.or(by_kind) else {
            return Err(Error::unprocessable(format!(
                "`label_groups.label_defs.moon_form`: field `{}` of label `{}` has a type that neither the import nor the dataset defines.",
                field.name, def.name
            )));
        };
        field.field_type_id = Some(id.clone());
        field.kind = known.iter().find(|def| def.id == *id).map(|def| def.name.clone());
        field.id = None;
    }
    Ok(def)
}
