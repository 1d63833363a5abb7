//! SQL on everything that is derived.

use adit_kernel::{Id, Result};
use adit_store::Tx;

/// Tables that jobs fill from truth.
const DERIVED: &[&str] = &[
    "embeddings",
    "predicted_comments",
    "predicted_labels",
    "predicted_fields",
    "predicted_ranks",
    "field_ranks",
    "predicted_scores",
    "scored_datasets",
    "reviewed_doubts",
];

/// Empties the derived tables; themes are due again, from where they began.
pub(super) async fn forget(tx: &mut Tx) -> Result<()> {
    for table in DERIVED {
        tx.execute(&format!("DELETE FROM {table}"), vec![]).await?;
    }
    tx.execute("UPDATE theme_sets SET centroids = start, themes = '[]', n_reviewed = -1000000", vec![]).await?;
    Ok(())
}

pub(super) async fn datasets_with_models(tx: &mut Tx) -> Result<Vec<Id>> {
    let rows = tx.all("SELECT DISTINCT dataset_id FROM models ORDER BY dataset_id", vec![]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}
