//! The tables of annotations: every statement that changes them.

pub(super) mod methods;
pub(super) mod read;

use std::collections::HashMap;

use adit_kernel::{Error, Id, Result, Timestamp};
use adit_store::{Tx, Value, args, placeholders};

use crate::Dataset;
use crate::labels::{Label, labels_of};

/// One annotation as it is stored.
pub(super) struct AnnotationRow {
    pub(super) seq: i64,
    pub(super) is_reviewed: bool,
    pub(super) uninformative: Option<String>,
    pub(super) entities: Option<String>,
    pub(super) entities_hash: Option<String>,
    pub(super) moon_forms: Option<String>,
}

/// One label on one comment as it is stored.
pub(super) struct LabelRow {
    pub(super) seq: i64,
    pub(super) label_id: Id,
    pub(super) state: &'static str,
    pub(super) sentiment: String,
    pub(super) metadata: Option<String>,
    pub(super) ordinal: i64,
}

/// One transaction at a time changes annotations of a dataset; the others wait here.
pub(super) async fn lock(tx: &mut Tx, dataset: &Dataset) -> Result<()> {
    let sql = "UPDATE datasets SET modified_us = modified_us WHERE tenant_id = $1 AND id = $2";
    let locked = tx.execute(sql, args![dataset.tenant_id, dataset.id]).await?;
    if locked == 1 { Ok(()) } else { Err(Error::conflict("The dataset was deleted at the same time.")) }
}

/// Stores annotations and replaces the labels on their comments.
pub(super) async fn put(
    tx: &mut Tx,
    dataset_id: Id,
    rows: Vec<AnnotationRow>,
    labels: Vec<LabelRow>,
    by: Id,
    now: Timestamp,
) -> Result<()> {
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let rows = rows.into_iter().map(|row| {
        args![
            dataset_id,
            row.seq,
            row.is_reviewed,
            row.uninformative,
            row.entities,
            row.entities_hash,
            row.moon_forms,
            1i64,
            now,
            by
        ]
    });
    let head = "INSERT INTO annotations (dataset_id, comment_seq, reviewed, uninformative, entities, entities_hash, moon_forms,
        version, updated_us, updated_by) VALUES";
    let tail = "ON CONFLICT (dataset_id, comment_seq) DO UPDATE SET reviewed = excluded.reviewed,
        uninformative = excluded.uninformative, entities = excluded.entities, entities_hash = excluded.entities_hash,
        moon_forms = excluded.moon_forms, version = annotations.version + 1, updated_us = excluded.updated_us,
        updated_by = excluded.updated_by";
    tx.insert_many(head, rows.collect(), tail).await?;
    for chunk in seqs.chunks(512) {
        let sql =
            format!("DELETE FROM annotation_labels WHERE dataset_id = $1 AND comment_seq IN ({})", placeholders(2, chunk.len()));
        let mut args = args![dataset_id];
        args.extend(chunk.iter().copied().map(Value::from));
        tx.execute(&sql, args).await?;
    }
    let labels = labels
        .into_iter()
        .map(|label| args![dataset_id, label.seq, label.label_id, label.state, label.sentiment, label.metadata, label.ordinal]);
    let head = "INSERT INTO annotation_labels (dataset_id, comment_seq, label_id, state, sentiment, metadata, ordinal) VALUES";
    tx.insert_many(head, labels.collect(), "").await?;
    Ok(())
}

/// Takes a dataset's reviews out of what comments say about themselves, before it is deleted.
pub(crate) async fn forget_reviews(tx: &mut Tx, dataset_id: Id) -> Result<()> {
    let sql = "SELECT comment_seq FROM annotations WHERE dataset_id = $1 AND reviewed = 1 ORDER BY comment_seq";
    for row in tx.all(sql, args![dataset_id]).await? {
        adit_corpus::note_reviewed(tx, row.int(0)?, -1).await?;
    }
    Ok(())
}

/// How many comments have one of these labels, assigned or dismissed.
pub(crate) async fn n_comments_with(tx: &mut Tx, dataset_id: Id, label_ids: &[Id]) -> Result<i64> {
    if label_ids.is_empty() {
        return Ok(0);
    }
    let sql = format!(
        "SELECT COUNT(DISTINCT comment_seq) FROM annotation_labels WHERE dataset_id = $1 AND label_id IN ({})",
        placeholders(2, label_ids.len())
    );
    let mut args = args![dataset_id];
    args.extend(label_ids.iter().copied().map(Value::from));
    tx.one(&sql, args).await?.int(0)
}

async fn touch_comments_with(tx: &mut Tx, dataset_id: Id, label_id: Id, now: Timestamp) -> Result<()> {
    let sql = "UPDATE annotations SET version = version + 1, updated_us = $3 WHERE dataset_id = $1 AND comment_seq IN
        (SELECT comment_seq FROM annotation_labels WHERE dataset_id = $1 AND label_id = $2)";
    tx.execute(sql, args![dataset_id, label_id, now]).await?;
    Ok(())
}

/// Takes labels off all comments; comments that nothing else is decided about are unreviewed again.
/// Returns how many comments had one of them.
pub(crate) async fn forget_labels(tx: &mut Tx, dataset: &Dataset, labels: &[Label], now: Timestamp) -> Result<i64> {
    let ids: Vec<Id> = labels.iter().map(|label| label.id).collect();
    let n_modified = n_comments_with(tx, dataset.id, &ids).await?;
    for id in ids {
        touch_comments_with(tx, dataset.id, id, now).await?;
        tx.execute("DELETE FROM annotation_labels WHERE dataset_id = $1 AND label_id = $2", args![dataset.id, id]).await?;
    }
    let sql = "UPDATE annotations SET reviewed = 0 WHERE dataset_id = $1 AND reviewed = 1 AND uninformative IS NULL
        AND entities IS NULL AND NOT EXISTS (SELECT 1 FROM annotation_labels al
            WHERE al.dataset_id = annotations.dataset_id AND al.comment_seq = annotations.comment_seq)
        RETURNING comment_seq";
    for row in tx.all(sql, args![dataset.id]).await? {
        adit_corpus::note_reviewed(tx, row.int(0)?, -1).await?;
    }
    Ok(n_modified)
}

/// Turns every `from` into `into`; where a comment has both, one is enough, and assigned beats dismissed.
pub(crate) async fn merge_labels(tx: &mut Tx, dataset: &Dataset, from: Id, into: Id, now: Timestamp) -> Result<()> {
    touch_comments_with(tx, dataset.id, from, now).await?;
    let sql = "DELETE FROM annotation_labels WHERE dataset_id = $1 AND label_id = $3 AND state = 'dismissed' AND comment_seq IN
        (SELECT comment_seq FROM annotation_labels WHERE dataset_id = $1 AND label_id = $2 AND state = 'assigned')";
    tx.execute(sql, args![dataset.id, from, into]).await?;
    let sql = "DELETE FROM annotation_labels WHERE dataset_id = $1 AND label_id = $2 AND comment_seq IN
        (SELECT comment_seq FROM annotation_labels WHERE dataset_id = $1 AND label_id = $3)";
    tx.execute(sql, args![dataset.id, from, into]).await?;
    let sql = "UPDATE annotation_labels SET label_id = $3 WHERE dataset_id = $1 AND label_id = $2";
    tx.execute(sql, args![dataset.id, from, into]).await?;
    let sql = "UPDATE annotations SET moon_forms = REPLACE(moon_forms, $2, $3) WHERE dataset_id = $1 AND moon_forms IS NOT NULL";
    tx.execute(sql, args![dataset.id, from.to_string(), into.to_string()]).await?;
    Ok(())
}

/// Copies the annotations of comments in the sources of `child`, whose labels exist already.
/// Returns how many comments got annotations.
pub(crate) async fn copy_annotations(tx: &mut Tx, parent: Id, child: Id) -> Result<i64> {
    let sql = "INSERT INTO annotations (dataset_id, comment_seq, reviewed, uninformative, entities, entities_hash, moon_forms,
            version, updated_us, updated_by)
        SELECT s.dataset_id, a.comment_seq, a.reviewed, a.uninformative, a.entities, a.entities_hash, a.moon_forms,
            1, a.updated_us, a.updated_by
        FROM annotations a JOIN comments c ON c.seq = a.comment_seq JOIN dataset_sources s ON s.source_id = c.source_id
        WHERE a.dataset_id = $1 AND s.dataset_id = $2 AND a.reviewed = 1
        RETURNING comment_seq, moon_forms";
    let copied = tx.all(sql, args![parent, child]).await?;
    let sql = "INSERT INTO annotation_labels (dataset_id, comment_seq, label_id, state, sentiment, metadata, ordinal)
        SELECT n.dataset_id, al.comment_seq, n.id, al.state, al.sentiment, al.metadata, al.ordinal
        FROM annotation_labels al
        JOIN annotations a ON a.dataset_id = $2 AND a.comment_seq = al.comment_seq
        JOIN labels o ON o.dataset_id = al.dataset_id AND o.id = al.label_id
        JOIN labels n ON n.dataset_id = $2 AND n.group_name = o.group_name AND n.name = o.name
        WHERE al.dataset_id = $1";
    tx.execute(sql, args![parent, child]).await?;
    let new_ids: HashMap<_, _> =
        labels_of(tx, child).await?.into_iter().map(|label| ((label.group, label.name), label.id)).collect();
    let mut pairs = Vec::new();
    for old in labels_of(tx, parent).await? {
        if let Some(new) = new_ids.get(&(old.group, old.name)) {
            pairs.push((old.id.to_string(), new.to_string()));
        }
    }
    for row in &copied {
        let seq = row.int(0)?;
        adit_corpus::note_reviewed(tx, seq, 1).await?;
        let Some(mut forms) = row.opt_text(1)? else { continue };
        for (old, new) in &pairs {
            forms = forms.replace(old, new);
        }
        let sql = "UPDATE annotations SET moon_forms = $3 WHERE dataset_id = $1 AND comment_seq = $2";
        tx.execute(sql, args![child, seq, forms]).await?;
    }
    Ok(i64::try_from(copied.len()).unwrap_or(i64::MAX))
}
