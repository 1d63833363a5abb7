//! `POST /api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}`
//!
//! Changes one label. A new name moves everything below it too; a name that is taken merges the two labels.

use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_jobs::emit;
use adit_kernel::{Error, Id, Permission, Result, Timestamp};
use adit_store::Tx;
use http::Method;
use serde::{Deserialize, Serialize};

use super::get::label_of;
use super::rules::{self, Move};
use super::store::{self, labels_of, put_labels};
use super::wire::{LabelDef, LabelDefUpdate};
use crate::annotations::{merge_labels, n_comments_with};
use crate::datasets::{dataset_of, touch};
use crate::{AnnotationsChanged, Dataset, TaxonomyChanged};

pub(super) const OPERATION: Operation = Operation {
    id: "update_label_def",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/labels/{label_group_name}",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_WRITE]),
    serve: |call| Box::pin(handle(call)),
};

#[derive(Deserialize)]
struct LabelDefUpdateRequest {
    label: LabelDefUpdate,
}

#[derive(Serialize)]
struct UpdateLabelDefResponse {
    num_modified: i64,
    label: LabelDef,
}

async fn handle(call: Call) -> Result<Reply> {
    let mut update = call.json::<LabelDefUpdateRequest>()?.label;
    let now = call.env.now();
    let mut tx = call.env.begin().await?;
    let dataset = dataset_of(&mut tx, &call).await?;
    touch(&mut tx, &dataset, now).await?;
    let (mut label, labels) = label_of(&mut tx, &call, dataset.id).await?;
    let moves = match update.name.take() {
        Some(name) => rules::moves(&labels, &label.group, &label.name, &name)?,
        None => Vec::new(),
    };
    let kept = moves.iter().find_map(|step| match step {
        Move::Merge(from, into) if *from == label.id => Some(*into),
        Move::Merge(..) | Move::Rename(..) => None,
    });
    rules::apply(&mut label, update, &dataset.settings.entity_defs, call.env.random.as_ref())?;
    put_labels(&mut tx, dataset.id, std::slice::from_ref(&label)).await?;
    let num_modified = make(&mut tx, &dataset, &moves, now).await?;
    let id = kept.unwrap_or(label.id);
    let label = labels_of(&mut tx, dataset.id).await?.into_iter().find(|label| label.id == id);
    let label = label.ok_or_else(|| Error::internal("the updated label is gone"))?.to_wire();
    emit(&mut tx, &TaxonomyChanged { dataset_id: dataset.id }, now).await?;
    if num_modified > 0 {
        emit(&mut tx, &AnnotationsChanged { dataset_id: dataset.id }, now).await?;
    }
    tx.commit().await?;
    Reply::ok(UpdateLabelDefResponse { num_modified, label })
}

/// Carries out the moves; returns on how many comments a label has another name now.
pub(super) async fn make(tx: &mut Tx, dataset: &Dataset, moves: &[Move], now: Timestamp) -> Result<i64> {
    let moved = moves.iter().map(|step| match step {
        Move::Rename(id, _) | Move::Merge(id, _) => *id,
    });
    let moved: Vec<Id> = moved.collect();
    let n_modified = n_comments_with(tx, dataset.id, &moved).await?;
    for step in moves {
        if let Move::Merge(from, into) = step {
            merge_labels(tx, dataset, *from, *into, now).await?;
            store::delete_label(tx, dataset.id, *from).await?;
        }
    }
    // A new name may be another label's old name: all old names go first.
    for step in moves {
        if let Move::Rename(id, _) = step {
            store::rename_label(tx, dataset.id, *id, &format!("{id} > {id} is moving")).await?;
        }
    }
    for step in moves {
        if let Move::Rename(id, name) = step {
            store::rename_label(tx, dataset.id, *id, name).await?;
        }
    }
    Ok(n_modified)
}
