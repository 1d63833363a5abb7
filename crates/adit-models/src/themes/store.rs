//! SQL on theme sets.

use adit_kernel::{Id, Result, Timestamp};
use adit_ml::clustering::Centroids;
use adit_store::{Tx, args};

use super::record::ThemeRecord;
use crate::predictions::embeddings;

/// The themes of a dataset, as of one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ThemeSetRow {
    pub(crate) computed_at: Timestamp,
    /// How much was reviewed, and how much there was.
    pub(crate) n_reviewed: i64,
    pub(crate) n_comments: i64,
    /// The encoder whose vectors were grouped.
    pub(crate) encoder: String,
    /// The centers before and after.
    pub(crate) start: Centroids,
    pub(crate) centroids: Centroids,
    pub(crate) themes: Vec<ThemeRecord>,
}

pub(crate) async fn of_dataset(tx: &mut Tx, dataset: Id) -> Result<Option<ThemeSetRow>> {
    let sql =
        "SELECT computed_us, n_reviewed, n_comments, encoder, start, centroids, themes FROM theme_sets WHERE dataset_id = $1";
    let Some(row) = tx.first(sql, args![dataset]).await? else { return Ok(None) };
    Ok(Some(ThemeSetRow {
        computed_at: row.time(0)?,
        n_reviewed: row.int(1)?,
        n_comments: row.int(2)?,
        encoder: row.text(3)?,
        start: centroids(&row.blob(4)?),
        centroids: centroids(&row.blob(5)?),
        themes: row.json(6)?,
    }))
}

/// The encoder that a dataset's themes were made with.
pub(crate) async fn encoder_of(tx: &mut Tx, dataset: Id) -> Result<Option<String>> {
    let row = tx.first("SELECT encoder FROM theme_sets WHERE dataset_id = $1", args![dataset]).await?;
    row.map(|row| row.text(0)).transpose()
}

/// Positions of the comments in a dataset's themes, theme by theme.
pub async fn theme_members(tx: &mut Tx, dataset: Id) -> Result<Vec<i64>> {
    let row = of_dataset(tx, dataset).await?;
    Ok(row.map_or_else(Vec::new, |row| row.themes.into_iter().flat_map(|theme| theme.members).collect()))
}

pub(crate) async fn put(tx: &mut Tx, dataset: Id, row: &ThemeSetRow) -> Result<()> {
    let sql = "INSERT INTO theme_sets (dataset_id, computed_us, n_reviewed, n_comments, encoder, start, centroids, themes)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (dataset_id) DO UPDATE SET computed_us = excluded.computed_us, n_reviewed = excluded.n_reviewed,
            n_comments = excluded.n_comments, encoder = excluded.encoder, start = excluded.start,
            centroids = excluded.centroids, themes = excluded.themes";
    let values = args![
        dataset,
        row.computed_at,
        row.n_reviewed,
        row.n_comments,
        &row.encoder,
        bytes(&row.start),
        bytes(&row.centroids),
        serde_json::to_string(&row.themes)?
    ];
    tx.execute(sql, values).await?;
    Ok(())
}

/// Dimension, then the values in half precision.
fn bytes(centroids: &Centroids) -> Vec<u8> {
    let mut bytes = (centroids.dimension as u32).to_le_bytes().to_vec();
    bytes.extend(embeddings::to_half(&centroids.values));
    bytes
}

fn centroids(bytes: &[u8]) -> Centroids {
    let Some((dimension, values)) = bytes.split_first_chunk::<4>() else { return Centroids::default() };
    Centroids { dimension: u32::from_le_bytes(*dimension) as usize, values: embeddings::from_half(values) }
}
