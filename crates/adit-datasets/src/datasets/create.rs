//! `PUT /api/v1/datasets/{owner}/{dataset_name}`
//!
//! Creates a dataset; with `copy_annotations_from` as a fork of another one.

use adit_http::{Address, AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Error, Id, Permission, Result, catalogue, names};
use adit_store::Tx;
use http::Method;
use serde::Deserialize;

use super::store::{self, Dataset};
use super::wire::DatasetNew;
use super::{copy, get, rules};
use crate::TaxonomyChanged;
use crate::labels::DEFAULT_GROUP;
use crate::labels::rules::{plain_group, put_defs};
use crate::labels::store::{Group, Label, put_group, put_labels};
use crate::labels::wire::LabelGroupNew;
use crate::usage::admit_dataset;

pub(super) const OPERATION: Operation = Operation {
    id: "create_dataset",
    method: Method::PUT,
    path: "/api/v1/datasets/{owner}/{dataset_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_ADMIN]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Deserialize)]
struct CreateDatasetRequest {
    dataset: DatasetNew,
}

async fn handle(call: Call) -> Result<Reply> {
    let new = call.json::<CreateDatasetRequest>()?.dataset;
    let address = call.address()?;
    let Address::Name { owner, name } = &address else { return Err(call.no_dataset()) };
    names::check_resource(name, "dataset name")?;
    let mut tx = call.env.begin().await?;
    if store::dataset_at(&mut tx, call.caller.tenant_id, &address).await?.is_some() {
        return Err(Error::conflict(format!("Dataset `{owner}/{name}` already exists.")));
    }
    let parent = copy::parent(&mut tx, &call, new.copy_annotations_from.as_deref()).await?;
    let dataset = planned(&call, owner, name, &new, parent.as_ref())?;
    check_sources(&mut tx, &call, &dataset.source_ids).await?;
    let (groups, labels) = taxonomy(&mut tx, &call, &dataset, new, parent.as_ref()).await?;
    admit_dataset(&mut tx, &dataset).await?;
    store::insert(&mut tx, &dataset).await?;
    for group in &groups {
        put_group(&mut tx, dataset.id, group).await?;
    }
    put_labels(&mut tx, dataset.id, &labels).await?;
    let num_copied = match &parent {
        Some(parent) => Some(copy::annotations(&mut tx, &call, parent, &dataset).await?),
        None => None,
    };
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, call.env.now()).await?;
    let reply = get::One { num_copied, ..get::shown(&mut tx, &call, &dataset).await? };
    tx.commit().await?;
    Reply::ok(reply)
}

fn planned(call: &Call, owner: &str, name: &str, new: &DatasetNew, parent: Option<&Dataset>) -> Result<Dataset> {
    let title = new.title.clone().unwrap_or_default();
    let description = new.description.clone().unwrap_or_default();
    names::check_title(&title)?;
    names::check_description(&description)?;
    let mut settings = rules::new_settings(new, call.env.random.as_ref())?;
    if let Some(parent) = parent {
        if new.entity_defs.is_none() && new.entity_kinds.is_none() {
            settings.entity_defs.clone_from(&parent.settings.entity_defs);
        }
        if new.general_fields.is_none() && new.entity_defs.is_none() {
            settings.general_fields.clone_from(&parent.settings.general_fields);
        }
    }
    let now = call.env.now();
    Ok(Dataset {
        id: call.env.random.id(),
        tenant_id: call.caller.tenant_id,
        owner: owner.to_owned(),
        name: name.to_owned(),
        title,
        description,
        created_at: now,
        last_modified: now,
        model_family: rules::model_family(new.model_family.as_deref())?,
        has_sentiment: new.has_sentiment.unwrap_or(true),
        source_ids: rules::source_ids(new.source_ids.as_deref().unwrap_or_default())?,
        settings,
    })
}

/// Fails unless every source exists in the tenant and the caller may read it.
pub(super) async fn check_sources(tx: &mut Tx, call: &Call, ids: &[Id]) -> Result<()> {
    let sources = adit_corpus::sources_by_ids(tx, call.caller.tenant_id, ids).await?;
    for id in ids {
        let source = sources.iter().find(|source| source.id == *id).ok_or_else(|| rules::no_such_source(&id.to_string()))?;
        call.caller.require(Permission::SOURCES_READ, &source.owner)?;
    }
    Ok(())
}

async fn taxonomy(
    tx: &mut Tx,
    call: &Call,
    dataset: &Dataset,
    new: DatasetNew,
    parent: Option<&Dataset>,
) -> Result<(Vec<Group>, Vec<Label>)> {
    if let (Some(parent), None, None) = (parent, &new.label_groups, &new.label_defs) {
        return copy::taxonomy(tx, call, parent).await;
    }
    let mut sent = new.label_groups.unwrap_or_default();
    if let Some(defs) = new.label_defs {
        match sent.iter_mut().find(|group| group.name == DEFAULT_GROUP) {
            Some(group) if group.label_defs.as_ref().is_none_or(Vec::is_empty) => group.label_defs = Some(defs),
            Some(_) => {}
            None => {
                sent.push(LabelGroupNew { name: DEFAULT_GROUP.to_owned(), label_defs: Some(defs), ..LabelGroupNew::default() })
            }
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut labels: Vec<Label> = Vec::new();
    if sent.iter().all(|group| group.name != DEFAULT_GROUP) {
        groups.push(plain_group(DEFAULT_GROUP));
    }
    for group in sent {
        if groups.iter().any(|other| other.name == group.name) {
            return Err(Error::unprocessable(format!("Label group `{}` is defined more than once.", group.name)));
        }
        names::check_resource(&group.name, "label group name")?;
        let instructions = group.instructions.unwrap_or_default();
        names::check_text(&instructions, "instructions", 16_384)?;
        names::check_text(group.label_collection_name.as_deref().unwrap_or_default(), "label_collection_name", 256)?;
        let defs = group.label_defs.unwrap_or_default();
        let added = put_defs(&group.name, &labels, defs, &dataset.settings.entity_defs, call.env.random.as_ref())?;
        labels.extend(added);
        groups.push(Group {
            name: group.name,
            label_collection_name: group.label_collection_name,
            trainable: group.trainable.unwrap_or(true),
            hidden: group.hidden.unwrap_or(false),
            instructions,
        });
    }
    if groups.len() > 128 {
        return Err(catalogue::too_many("label_groups", 128));
    }
    Ok((groups, labels))
}
