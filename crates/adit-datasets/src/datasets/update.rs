//! `POST /api/v1/datasets/{owner}/{dataset_name}`
//!
//! Changes what was sent and leaves the rest; an empty update changes nothing.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Error, Permission, Result, names};
use http::Method;
use serde::Deserialize;

use super::create::check_sources;
use super::store::{self, dataset_of};
use super::wire::DatasetUpdate;
use super::{get, rules};
use crate::labels::DEFAULT_GROUP;
use crate::labels::rules::plain_group;
use crate::labels::store::{groups_of, put_group};
use crate::usage::admit_change;
use crate::{DatasetSourcesChanged, TaxonomyChanged};

pub(super) const OPERATION: Operation = Operation {
    id: "update_dataset",
    method: Method::POST,
    path: "/api/v1/datasets/{owner}/{dataset_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Deserialize)]
struct UpdateDatasetRequest {
    dataset: DatasetUpdate,
}

async fn handle(call: Call) -> Result<Reply> {
    let update = call.json::<UpdateDatasetRequest>()?.dataset;
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let old = dataset_of(&mut tx, &call).await?;
    if update.model_family.as_ref().is_some_and(|family| *family != old.model_family) {
        return Err(Error::unprocessable(format!("`model_family` is fixed at creation: it is '{}'.", old.model_family)));
    }
    let mut new = old.clone();
    if let Some(title) = &update.title {
        names::check_title(title)?;
        new.title.clone_from(title);
    }
    if let Some(description) = &update.description {
        names::check_description(description)?;
        new.description.clone_from(description);
    }
    new.settings = rules::updated_settings(new.settings, &update, call.env.random.as_ref())?;
    if new.settings.label_properties != old.settings.label_properties {
        // Tone and quality of service are for administrators of datasets (BEHAVIOUR 3.1).
        call.caller.require(Permission::DATASETS_ADMIN, &old.owner)?;
    }
    if let Some(source_ids) = &update.source_ids {
        new.source_ids = rules::source_ids(source_ids)?;
        // Sources that are in the dataset already need no second permission: a client may send the whole list back.
        let added: Vec<_> = new.source_ids.iter().copied().filter(|id| !old.source_ids.contains(id)).collect();
        check_sources(&mut tx, &call, &added).await?;
    }
    admit_change(&mut tx, Some(&old), &new).await?;
    let mut is_changed = new != old;
    if let Some(instructions) = update._default_label_group_instructions {
        names::check_text(&instructions, "_default_label_group_instructions", 16_384)?;
        let groups = groups_of(&mut tx, new.id).await?;
        let mut group = groups.into_iter().find(|g| g.name == DEFAULT_GROUP).unwrap_or_else(|| plain_group(DEFAULT_GROUP));
        if group.instructions != instructions {
            group.instructions = instructions;
            put_group(&mut tx, new.id, &group).await?;
            is_changed = true;
        }
    }
    if is_changed {
        new.last_modified = now;
        store::save(&mut tx, &new).await?;
    }
    if new.source_ids != old.source_ids {
        store::set_sources(&mut tx, new.id, &new.source_ids).await?;
        emit(&mut tx, &DatasetSourcesChanged { dataset_id: new.id }, now).await?;
    }
    if is_changed && new.settings != old.settings {
        emit(&mut tx, &TaxonomyChanged { dataset_id: new.id }, now).await?;
    }
    let reply = get::shown(&mut tx, &call, &new).await?;
    tx.commit().await?;
    Reply::ok(reply)
}
