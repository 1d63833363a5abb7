//! SQL on which encoder the derived data of datasets were made with.

use adit_kernel::{Id, Result};
use adit_store::Tx;

/// Datasets with the encoders of their newest model version and of their themes.
pub(super) async fn in_use(tx: &mut Tx) -> Result<Vec<(Id, String)>> {
    let sql = "SELECT m.dataset_id, m.encoder FROM models m
            WHERE m.version = (SELECT MAX(n.version) FROM models n WHERE n.dataset_id = m.dataset_id)
        UNION SELECT t.dataset_id, t.encoder FROM theme_sets t
        ORDER BY 1, 2";
    tx.all(sql, vec![]).await?.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
}
