//! SQL that answers questions of higher areas.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, Value, args, placeholders};

/// How many datasets a project has.
pub async fn count_datasets(tx: &mut Tx, tenant: Id, owner: &str) -> Result<i64> {
    tx.one("SELECT COUNT(*) FROM datasets WHERE tenant_id = $1 AND owner = $2", args![tenant, owner]).await?.int(0)
}

/// How many datasets of all tenants are of one of the model families.
pub async fn count_of_families(tx: &mut Tx, families: &[&str]) -> Result<usize> {
    let list = placeholders(1, families.len());
    let sql = format!("SELECT COUNT(*) FROM datasets WHERE model_family IN ({list})");
    let count = tx.one(&sql, families.iter().map(|family| Value::from(*family)).collect()).await?.int(0)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Reviewed comments that have the label or one below it, newest position first, before a position.
/// `name` is the label's full name; the caller got `dataset_id` from a dataset of its tenant.
pub async fn assigned_to(tx: &mut Tx, dataset_id: Id, name: &str, before_seq: i64, limit: i64) -> Result<Vec<i64>> {
    let sql = "SELECT DISTINCT l.comment_seq FROM annotation_labels l
        JOIN labels d ON d.dataset_id = l.dataset_id AND d.id = l.label_id
        WHERE l.dataset_id = $1 AND l.state = 'assigned' AND l.comment_seq < $3
            AND (d.name = $2 OR SUBSTR(d.name, 1, LENGTH($2) + 3) = $2 || ' > ')
        ORDER BY l.comment_seq DESC LIMIT $4";
    tx.all(sql, args![dataset_id, name, before_seq, limit]).await?.iter().map(|row| row.int(0)).collect()
}

/// How many reviewed comments have each label, as (positive, negative); a label counts for those above it as well.
pub async fn assigned_counts(tx: &mut Tx, dataset_id: Id) -> Result<HashMap<String, (i64, i64)>> {
    let sql = "SELECT l.comment_seq, d.name, l.sentiment FROM annotation_labels l
        JOIN labels d ON d.dataset_id = l.dataset_id AND d.id = l.label_id
        JOIN comments c ON c.seq = l.comment_seq
        JOIN dataset_sources s ON s.dataset_id = l.dataset_id AND s.source_id = c.source_id
        WHERE l.dataset_id = $1 AND l.state = 'assigned' ORDER BY l.comment_seq";
    let mut counts: HashMap<String, (i64, i64)> = HashMap::new();
    let mut open: (i64, HashMap<String, bool>) = (0, HashMap::new());
    let mut close = |labels: HashMap<String, bool>| {
        for (name, is_negative) in labels {
            let count = counts.entry(name).or_default();
            if is_negative { count.1 += 1 } else { count.0 += 1 }
        }
    };
    for row in tx.all(sql, args![dataset_id]).await? {
        let seq = row.int(0)?;
        if seq != open.0 {
            close(std::mem::replace(&mut open, (seq, HashMap::new())).1);
        }
        let is_negative = row.text(2)? == "negative";
        for name in with_ancestors(&row.text(1)?) {
            open.1.entry(name).or_insert(is_negative);
        }
    }
    close(open.1);
    Ok(counts)
}

/// A label's name and the names above it.
pub fn with_ancestors(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split(" > ").collect();
    (1..=parts.len()).map(|depth| parts[..depth].join(" > ")).collect()
}
