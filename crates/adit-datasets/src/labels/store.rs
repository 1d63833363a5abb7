//! The tables of label groups and labels: every statement on them.

use std::collections::BTreeMap;

use adit_kernel::{Id, Result};
use adit_store::{Row, Tx, args};
use serde_json::Value as Json;

use super::rules;
use super::wire::{LabelDef, LabelGroup, MoonFormField};
use crate::usage;

/// A label definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its id in the dataset; survives renaming.
    pub id: Id,
    /// Its group.
    pub group: String,
    /// Its full name, levels joined by ` > `.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What annotators and models are told about it.
    pub instructions: String,
    /// The caller's own key for it.
    pub external_id: Option<String>,
    /// The built-in label it stands on.
    pub pretrained_id: Option<String>,
    /// Whether models learn it.
    pub trainable: bool,
    /// The same as the caller said it, absent when not said.
    pub trainable_as_sent: Option<bool>,
    /// The fields of its form.
    pub moon_form: Option<Vec<MoonFormField>>,
    /// Label properties, kept as sent.
    pub properties: Option<Json>,
    /// Its place in the order of creation.
    pub ordinal: i64,
}

impl Label {
    /// What the label adds to a label property (`tone`, `quality_of_service`) of a comment that surely has it, from -10 to
    /// 10: as it is defined, else as the built-in label does that it stands on.
    pub fn impact(&self, property: &str) -> f64 {
        match &self.properties {
            Some(properties) => rules::property(properties, property).unwrap_or(0.0),
            None => self.pretrained_id.as_deref().map_or(0.0, |id| rules::pretrained_impact(id, property)),
        }
    }

    /// The definition as callers see it.
    pub fn to_wire(&self) -> LabelDef {
        LabelDef {
            name: self.name.clone(),
            title: self.title.clone(),
            instructions: self.instructions.clone(),
            external_id: self.external_id.clone(),
            properties: self.properties.clone(),
            pretrained: self.pretrained_id.as_deref().and_then(rules::pretrained),
            trainable: self.trainable_as_sent,
            moon_form: self.moon_form.clone(),
        }
    }
}

/// A label group without its labels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) label_collection_name: Option<String>,
    pub(crate) trainable: bool,
    pub(crate) hidden: bool,
    pub(crate) instructions: String,
}

impl Group {
    /// The group with its labels as callers see it.
    pub(crate) fn to_wire(&self, labels: &[Label]) -> LabelGroup {
        LabelGroup {
            name: self.name.clone(),
            label_defs: labels.iter().filter(|label| label.group == self.name).map(Label::to_wire).collect(),
            label_collection_name: self.label_collection_name.clone(),
            trainable: self.trainable,
            hidden: self.hidden,
            instructions: self.instructions.clone(),
        }
    }
}

const COLUMNS: &str = "l.id, l.group_name, l.name, l.title, l.instructions, l.external_id, l.pretrained_id, l.trainable,
    l.moon_form, l.properties, l.ordinal";

fn label_in(row: &Row) -> Result<Label> {
    let trainable = row.opt_int(7)?.map(|flag| flag != 0);
    Ok(Label {
        id: row.id(0)?,
        group: row.text(1)?,
        name: row.text(2)?,
        title: row.text(3)?,
        instructions: row.text(4)?,
        external_id: row.opt_text(5)?,
        pretrained_id: row.opt_text(6)?,
        trainable: trainable.unwrap_or(true),
        trainable_as_sent: trainable,
        moon_form: row.opt_text(8)?.map(|text| serde_json::from_str(&text)).transpose()?,
        properties: row.opt_text(9)?.map(|text| serde_json::from_str(&text)).transpose()?,
        ordinal: row.int(10)?,
    })
}

/// All labels of a dataset, in the order of their creation.
pub async fn labels_of(tx: &mut Tx, dataset_id: Id) -> Result<Vec<Label>> {
    let sql = format!("SELECT {COLUMNS} FROM labels l WHERE l.dataset_id = $1 ORDER BY l.ordinal, l.id");
    tx.all(&sql, args![dataset_id]).await?.iter().map(label_in).collect()
}

/// All labels of the datasets of a tenant, by dataset.
pub(crate) async fn labels_by_dataset(tx: &mut Tx, tenant: Id) -> Result<BTreeMap<Id, Vec<Label>>> {
    let sql = format!(
        "SELECT {COLUMNS}, l.dataset_id FROM labels l JOIN datasets d ON d.id = l.dataset_id
         WHERE d.tenant_id = $1 ORDER BY l.dataset_id, l.ordinal, l.id"
    );
    let mut found = BTreeMap::<Id, Vec<Label>>::new();
    for row in tx.all(&sql, args![tenant]).await? {
        found.entry(row.id(11)?).or_default().push(label_in(&row)?);
    }
    Ok(found)
}

/// All groups of the datasets of a tenant, by dataset.
pub(crate) async fn groups_by_dataset(tx: &mut Tx, tenant: Id) -> Result<BTreeMap<Id, Vec<Group>>> {
    let sql = "SELECT g.name, g.label_collection_name, g.trainable, g.hidden, g.instructions, g.dataset_id
         FROM label_groups g JOIN datasets d ON d.id = g.dataset_id WHERE d.tenant_id = $1 ORDER BY g.dataset_id, g.ordinal, g.name";
    let mut found = BTreeMap::<Id, Vec<Group>>::new();
    for row in tx.all(sql, args![tenant]).await? {
        found.entry(row.id(5)?).or_default().push(group_in(&row)?);
    }
    Ok(found)
}

fn group_in(row: &Row) -> Result<Group> {
    Ok(Group {
        name: row.text(0)?,
        label_collection_name: row.opt_text(1)?,
        trainable: row.flag(2)?,
        hidden: row.flag(3)?,
        instructions: row.text(4)?,
    })
}

/// All groups of a dataset, in the order of their creation.
pub(crate) async fn groups_of(tx: &mut Tx, dataset_id: Id) -> Result<Vec<Group>> {
    let sql = "SELECT g.name, g.label_collection_name, g.trainable, g.hidden, g.instructions
        FROM label_groups g WHERE g.dataset_id = $1 ORDER BY g.ordinal, g.name";
    tx.all(sql, args![dataset_id]).await?.iter().map(group_in).collect()
}

/// Stores a group at the end; an existing one of that name gets the new settings.
pub(crate) async fn put_group(tx: &mut Tx, dataset_id: Id, group: &Group) -> Result<()> {
    let sql = "INSERT INTO label_groups (dataset_id, name, label_collection_name, trainable, hidden, instructions, ordinal)
        VALUES ($1, $2, $3, $4, $5, $6,
            (SELECT CAST(COALESCE(MAX(g.ordinal) + 1, 0) AS BIGINT) FROM label_groups g WHERE g.dataset_id = $1))
        ON CONFLICT (dataset_id, name) DO UPDATE SET label_collection_name = excluded.label_collection_name,
            trainable = excluded.trainable, hidden = excluded.hidden, instructions = excluded.instructions";
    let args =
        args![dataset_id, &group.name, group.label_collection_name.clone(), group.trainable, group.hidden, &group.instructions];
    tx.execute(sql, args).await?;
    Ok(())
}

/// Deletes a group with its labels; false when there is none.
pub(crate) async fn delete_group(tx: &mut Tx, dataset_id: Id, name: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM label_groups WHERE dataset_id = $1 AND name = $2", args![dataset_id, name]).await? == 1)
}

/// Stores labels; one that exists already, by its id, gets the new content.
pub(crate) async fn put_labels(tx: &mut Tx, dataset_id: Id, labels: &[Label]) -> Result<()> {
    let n_before = usage::n_labels(tx, dataset_id).await?;
    let mut rows = Vec::with_capacity(labels.len());
    for label in labels {
        rows.push(args![
            dataset_id,
            label.id,
            &label.group,
            &label.name,
            &label.title,
            &label.instructions,
            label.external_id.clone(),
            label.pretrained_id.clone(),
            label.trainable_as_sent,
            label.moon_form.as_ref().map(serde_json::to_string).transpose()?,
            label.properties.as_ref().map(serde_json::to_string).transpose()?,
            label.ordinal,
        ]);
    }
    let head = "INSERT INTO labels (dataset_id, id, group_name, name, title, instructions, external_id, pretrained_id, trainable,
        moon_form, properties, ordinal) VALUES";
    let tail = "ON CONFLICT (dataset_id, id) DO UPDATE SET name = excluded.name, title = excluded.title,
        instructions = excluded.instructions, external_id = excluded.external_id, pretrained_id = excluded.pretrained_id,
        trainable = excluded.trainable, moon_form = excluded.moon_form, properties = excluded.properties";
    tx.insert_many(head, rows, tail).await?;
    usage::admit_labels(tx, dataset_id, n_before).await
}

/// Deletes a label and its assignments.
pub(crate) async fn delete_label(tx: &mut Tx, dataset_id: Id, label_id: Id) -> Result<()> {
    tx.execute("DELETE FROM labels WHERE dataset_id = $1 AND id = $2", args![dataset_id, label_id]).await?;
    Ok(())
}

/// The labels of `parent` that annotations of comments in the sources of `child` use, in the order of their creation.
pub(crate) async fn labels_used(tx: &mut Tx, parent: Id, child: Id) -> Result<Vec<Label>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM labels l WHERE l.dataset_id = $1 AND EXISTS (
            SELECT 1 FROM annotation_labels al JOIN comments c ON c.seq = al.comment_seq
            JOIN dataset_sources s ON s.source_id = c.source_id AND s.dataset_id = $2
            WHERE al.dataset_id = l.dataset_id AND al.label_id = l.id)
         ORDER BY l.ordinal, l.id"
    );
    tx.all(&sql, args![parent, child]).await?.iter().map(label_in).collect()
}

/// Gives a label another name.
pub(crate) async fn rename_label(tx: &mut Tx, dataset_id: Id, label_id: Id, name: &str) -> Result<()> {
    tx.execute("UPDATE labels SET name = $3 WHERE dataset_id = $1 AND id = $2", args![dataset_id, label_id, name]).await?;
    Ok(())
}
