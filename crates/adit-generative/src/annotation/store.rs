//! SQL on generated labels.

use std::collections::HashMap;

use adit_kernel::{Id, Result};
use adit_store::{Tx, Value, args, placeholders};
use serde::{Deserialize, Serialize};

/// What a language model said about one comment, on which text and which taxonomy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Generated {
    pub(super) seq: i64,
    pub(super) text_hash: String,
    /// Names the labels that were to choose from, with their descriptions.
    pub(super) taxonomy: String,
    pub(super) labels: Vec<GeneratedLabel>,
}

/// One label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct GeneratedLabel {
    pub(super) label_id: Id,
    pub(super) probability: f64,
}

/// What is known about comments, by position.
pub(super) async fn of_comments(tx: &mut Tx, dataset_id: Id, seqs: &[i64]) -> Result<HashMap<i64, Generated>> {
    let mut found = HashMap::with_capacity(seqs.len());
    for chunk in seqs.chunks(500) {
        let sql = format!(
            "SELECT comment_seq, text_hash, taxonomy, labels FROM generated_labels
             WHERE dataset_id = $1 AND comment_seq IN ({})",
            placeholders(2, chunk.len())
        );
        let mut values = args![dataset_id];
        values.extend(chunk.iter().copied().map(Value::from));
        for row in tx.all(&sql, values).await? {
            let one = Generated { seq: row.int(0)?, text_hash: row.text(1)?, taxonomy: row.text(2)?, labels: row.json(3)? };
            found.insert(one.seq, one);
        }
    }
    Ok(found)
}

/// Keeps what was said about comments that still exist.
pub(super) async fn put(tx: &mut Tx, dataset_id: Id, generated: &[Generated]) -> Result<()> {
    let sql = "INSERT INTO generated_labels (dataset_id, comment_seq, text_hash, taxonomy, labels)
        SELECT $1, c.seq, $3, $4, $5 FROM comments c WHERE c.seq = $2
        ON CONFLICT (dataset_id, comment_seq) DO UPDATE SET
            text_hash = excluded.text_hash, taxonomy = excluded.taxonomy, labels = excluded.labels";
    for one in generated {
        let labels = serde_json::to_string(&one.labels)?;
        tx.execute(sql, args![dataset_id, one.seq, &one.text_hash, &one.taxonomy, labels]).await?;
    }
    Ok(())
}
