//! Annotations as other rooms and areas read them.

use std::collections::{BTreeSet, HashMap};

use adit_kernel::{Id, Result, Timestamp};
use adit_store::{Tx, Value, args, placeholders};
use serde_json::Value as Json;

use crate::annotations::wire::{Entities, LabelRef, MoonFormGroup, UninformativeLabel};
use crate::labels::{labels_of, rules::ancestors};

/// Keys of one `IN (…)`.
const KEYS_AT_ONCE: usize = 512;

/// A label on a comment.
#[derive(Debug, Clone, PartialEq)]
pub struct AssignedLabel {
    /// The label.
    pub label_id: Id,
    /// Its full name today.
    pub name: String,
    /// `positive` or `negative`.
    pub sentiment: String,
    /// Who did it and when, as the client said.
    pub metadata: Option<Json>,
}

impl AssignedLabel {
    pub(crate) fn to_wire(&self) -> LabelRef {
        LabelRef { name: self.name.clone(), sentiment: self.sentiment.clone(), metadata: self.metadata.clone() }
    }
}

/// Everything decided about one comment in one dataset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Annotation {
    /// Whether this counts as a review.
    pub reviewed: bool,
    /// Counts changes.
    pub version: i64,
    /// When it last changed, in microseconds since 1970.
    pub updated_us: i64,
    /// What applies.
    pub assigned: Vec<AssignedLabel>,
    /// What does not.
    pub dismissed: Vec<AssignedLabel>,
    /// Somebody looked and found nothing to label.
    pub uninformative: Option<UninformativeLabel>,
    /// Entities; dropped when the comment's text changed since.
    pub entities: Option<Entities>,
    /// Forms; their captures are dropped when the comment's text changed since.
    pub moon_forms: Option<Vec<MoonFormGroup>>,
}

impl Annotation {
    /// When it last changed.
    pub fn updated_at(&self) -> Timestamp {
        Timestamp::from_micros(self.updated_us)
    }

    /// The names of the assigned labels.
    pub fn assigned_names(&self) -> Vec<String> {
        self.assigned.iter().map(|label| label.name.clone()).collect()
    }
}

/// The annotations of the comments at these positions; comments nobody decided anything about are left out.
/// The caller got `dataset_id` from a dataset of its tenant.
pub async fn annotations_of(tx: &mut Tx, dataset_id: Id, seqs: &[i64]) -> Result<HashMap<i64, Annotation>> {
    let mut found = HashMap::new();
    for chunk in seqs.chunks(KEYS_AT_ONCE) {
        let mut args = args![dataset_id];
        args.extend(chunk.iter().copied().map(Value::from));
        let list = placeholders(2, chunk.len());
        let sql = format!(
            "SELECT a.comment_seq, a.reviewed, a.uninformative, a.entities, a.entities_hash, a.moon_forms, a.version, a.updated_us,
                c.messages_hash
             FROM annotations a JOIN comments c ON c.seq = a.comment_seq
             WHERE a.dataset_id = $1 AND a.comment_seq IN ({list})"
        );
        for row in tx.all(&sql, args.clone()).await? {
            let is_current = row.opt_text(4)?.is_none_or(|hash| row.text(8).is_ok_and(|now| now == hash));
            let entities: Option<Entities> = decoded(row.opt_text(3)?)?;
            let mut moon_forms: Option<Vec<MoonFormGroup>> = decoded(row.opt_text(5)?)?;
            if !is_current {
                moon_forms.iter_mut().flatten().for_each(MoonFormGroup::drop_captures);
            }
            let annotation = Annotation {
                reviewed: row.flag(1)?,
                version: row.int(6)?,
                updated_us: row.int(7)?,
                assigned: Vec::new(),
                dismissed: Vec::new(),
                uninformative: decoded(row.opt_text(2)?)?,
                entities: entities.filter(|_| is_current),
                moon_forms,
            };
            found.insert(row.int(0)?, annotation);
        }
        let sql = format!(
            "SELECT al.comment_seq, al.label_id, l.name, al.state, al.sentiment, al.metadata
             FROM annotation_labels al JOIN labels l ON l.dataset_id = al.dataset_id AND l.id = al.label_id
             WHERE al.dataset_id = $1 AND al.comment_seq IN ({list}) ORDER BY al.comment_seq, al.ordinal, l.ordinal"
        );
        for row in tx.all(&sql, args).await? {
            let Some(annotation) = found.get_mut(&row.int(0)?) else { continue };
            let label = AssignedLabel {
                label_id: row.id(1)?,
                name: row.text(2)?,
                sentiment: row.text(4)?,
                metadata: decoded(row.opt_text(5)?)?,
            };
            if row.text(3)? == "assigned" { annotation.assigned.push(label) } else { annotation.dismissed.push(label) }
        }
    }
    if found.values().any(|annotation| annotation.moon_forms.is_some()) {
        let labels = labels_of(tx, dataset_id).await?;
        let names: HashMap<String, String> = labels.into_iter().map(|label| (label.id.to_string(), label.name)).collect();
        for group in found.values_mut().filter_map(|annotation| annotation.moon_forms.as_mut()).flatten() {
            group.name_labels(&names);
        }
    }
    Ok(found)
}

fn decoded<T: serde::de::DeserializeOwned>(text: Option<String>) -> Result<Option<T>> {
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// One reviewed comment as models learn from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingRow {
    /// The comment.
    pub seq: i64,
    /// Labels that apply, with their ancestors where these are defined: a child implies its parents.
    pub assigned: Vec<Id>,
    /// Labels that do not apply.
    pub dismissed: Vec<Id>,
}

/// The reviewed comments of the dataset's current sources, in ingestion order.
pub async fn training_rows(tx: &mut Tx, dataset_id: Id) -> Result<Vec<TrainingRow>> {
    let labels = labels_of(tx, dataset_id).await?;
    let by_name: HashMap<(&str, &str), Id> = labels.iter().map(|l| ((l.group.as_str(), l.name.as_str()), l.id)).collect();
    let lineages: HashMap<Id, Vec<Id>> = labels
        .iter()
        .map(|label| {
            let parents =
                ancestors(&label.name).into_iter().filter_map(|name| by_name.get(&(label.group.as_str(), name)).copied());
            (label.id, parents.chain([label.id]).collect())
        })
        .collect();
    let sql = "SELECT a.comment_seq FROM annotations a JOIN comments c ON c.seq = a.comment_seq
        JOIN dataset_sources s ON s.dataset_id = a.dataset_id AND s.source_id = c.source_id
        WHERE a.dataset_id = $1 AND a.reviewed = 1 ORDER BY a.comment_seq";
    let mut rows: Vec<(i64, BTreeSet<Id>, BTreeSet<Id>)> = Vec::new();
    for row in tx.all(sql, args![dataset_id]).await? {
        rows.push((row.int(0)?, BTreeSet::new(), BTreeSet::new()));
    }
    let sql = "SELECT comment_seq, label_id, state FROM annotation_labels WHERE dataset_id = $1";
    for row in tx.all(sql, args![dataset_id]).await? {
        let seq = row.int(0)?;
        let Ok(at) = rows.binary_search_by_key(&seq, |row| row.0) else { continue };
        let label = row.id(1)?;
        if row.text(2)? == "assigned" {
            rows[at].1.extend(lineages.get(&label).into_iter().flatten());
        } else {
            rows[at].2.insert(label);
        }
    }
    let row = |(seq, assigned, dismissed): (i64, BTreeSet<Id>, BTreeSet<Id>)| TrainingRow {
        seq,
        dismissed: dismissed.difference(&assigned).copied().collect(),
        assigned: assigned.into_iter().collect(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The sentiments of the labels that people assigned to reviewed comments of the dataset's current sources, by position:
/// label, and whether it was meant well. A label gives its sentiment to those above it, unless they were given one.
pub async fn assigned_signs(tx: &mut Tx, dataset_id: Id) -> Result<HashMap<i64, Vec<(Id, bool)>>> {
    let labels = labels_of(tx, dataset_id).await?;
    let by_name: HashMap<(&str, &str), Id> = labels.iter().map(|l| ((l.group.as_str(), l.name.as_str()), l.id)).collect();
    let above: HashMap<Id, Vec<Id>> = labels
        .iter()
        .map(|label| {
            let parents = ancestors(&label.name).into_iter();
            (label.id, parents.filter_map(|name| by_name.get(&(label.group.as_str(), name)).copied()).collect())
        })
        .collect();
    let sql = "SELECT al.comment_seq, al.label_id, al.sentiment FROM annotation_labels al
        JOIN annotations a ON a.dataset_id = al.dataset_id AND a.comment_seq = al.comment_seq
        JOIN comments c ON c.seq = al.comment_seq
        JOIN dataset_sources s ON s.dataset_id = al.dataset_id AND s.source_id = c.source_id
        WHERE al.dataset_id = $1 AND al.state = 'assigned' AND a.reviewed = 1 ORDER BY al.comment_seq, al.ordinal, al.label_id";
    let mut signs: HashMap<i64, Vec<(Id, bool)>> = HashMap::new();
    for row in tx.all(sql, args![dataset_id]).await? {
        signs.entry(row.int(0)?).or_default().push((row.id(1)?, row.text(2)? != "negative"));
    }
    for own in signs.values_mut() {
        for (label, is_well) in own.clone() {
            for parent in above.get(&label).into_iter().flatten() {
                if own.iter().all(|(known, _)| known != parent) {
                    own.push((*parent, is_well));
                }
            }
        }
    }
    Ok(signs)
}

/// The positions of comments of the dataset's current sources about whose fields somebody decided, in ingestion order.
pub async fn with_field_decisions(tx: &mut Tx, dataset_id: Id) -> Result<Vec<i64>> {
    let sql = "SELECT a.comment_seq FROM annotations a JOIN comments c ON c.seq = a.comment_seq
        JOIN dataset_sources s ON s.dataset_id = a.dataset_id AND s.source_id = c.source_id
        WHERE a.dataset_id = $1 AND (a.entities IS NOT NULL OR a.moon_forms IS NOT NULL) ORDER BY a.comment_seq";
    tx.all(sql, args![dataset_id]).await?.iter().map(|row| row.int(0)).collect()
}

/// The positions of reviewed comments of the dataset's current sources about whose fields nobody decided, in ingestion order.
pub async fn without_field_decisions(tx: &mut Tx, dataset_id: Id) -> Result<Vec<i64>> {
    let sql = "SELECT a.comment_seq FROM annotations a JOIN comments c ON c.seq = a.comment_seq
        JOIN dataset_sources s ON s.dataset_id = a.dataset_id AND s.source_id = c.source_id
        WHERE a.dataset_id = $1 AND a.reviewed = 1 AND a.entities IS NULL AND a.moon_forms IS NULL ORDER BY a.comment_seq";
    tx.all(sql, args![dataset_id]).await?.iter().map(|row| row.int(0)).collect()
}

/// The positions of reviewed comments of one source after a position, in ingestion order.
pub async fn reviewed_after(tx: &mut Tx, dataset_id: Id, source_id: Id, after_seq: i64, limit: usize) -> Result<Vec<i64>> {
    let sql = "SELECT a.comment_seq FROM annotations a JOIN comments c ON c.seq = a.comment_seq
        WHERE a.dataset_id = $1 AND a.reviewed = 1 AND c.source_id = $2 AND a.comment_seq > $3 ORDER BY a.comment_seq LIMIT $4";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.all(sql, args![dataset_id, source_id, after_seq, limit]).await?.iter().map(|row| row.int(0)).collect()
}

/// How many comments of the dataset's current sources are reviewed.
pub async fn count_reviewed(tx: &mut Tx, dataset_id: Id) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM annotations a JOIN comments c ON c.seq = a.comment_seq
        JOIN dataset_sources s ON s.dataset_id = a.dataset_id AND s.source_id = c.source_id
        WHERE a.dataset_id = $1 AND a.reviewed = 1";
    tx.one(sql, args![dataset_id]).await?.int(0)
}
