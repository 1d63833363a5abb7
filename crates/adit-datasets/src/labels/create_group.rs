//! `POST /api/_private/datasets/{owner}/{dataset_name}/label-groups/{label_group_name}`
//!
//! Creates a label group; of an existing one it changes the settings that were sent.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Permission, Result, names};
use http::Method;

use super::get_group::One;
use super::rules::plain_group;
use super::store::{groups_of, labels_of, put_group};
use super::wire::CreateLabelGroupRequest;
use crate::TaxonomyChanged;
use crate::datasets::{dataset_of, touch};

pub(super) const OPERATION: Operation = Operation {
    id: "create_label_group",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/label-groups/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

async fn handle(call: Call) -> Result<Reply> {
    let request: CreateLabelGroupRequest = call.json()?;
    let name = call.param("label_group_name")?;
    names::check_resource(name, "label group name")?;
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    touch(&mut tx, &dataset, now).await?;
    let known = groups_of(&mut tx, dataset.id).await?;
    let mut group = known.into_iter().find(|group| group.name == name).unwrap_or_else(|| plain_group(name));
    if let Some(instructions) = request.instructions {
        names::check_text(&instructions, "instructions", 16_384)?;
        group.instructions = instructions;
    }
    if let Some(collection) = &request.label_collection_name {
        names::check_text(collection, "label_collection_name", 256)?;
    }
    group.label_collection_name = request.label_collection_name.or(group.label_collection_name);
    group.trainable = request.trainable.unwrap_or(group.trainable);
    group.hidden = request.hidden.unwrap_or(group.hidden);
    put_group(&mut tx, dataset.id, &group).await?;
    let labels = labels_of(&mut tx, dataset.id).await?;
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, now).await?;
    tx.commit().await?;
    Reply::ok(One { label_group: group.to_wire(&labels) })
}
