//! How the fields of a label changed from one model version to the next.
//!
//! A version is listed where a definition took the form that the snapshot shows; versions that changed nothing are
//! left out. `oldest_version` says where to go on, and is null at the end.

use adit_http::Call;
use adit_kernel::{Error, Result, Timestamp};
use adit_store::Tx;
use serde::Serialize;

use super::{Definition, store};

pub(super) mod field;
pub(super) mod group;

/// Versions looked at for one reply.
const PAGE: i64 = 100;

#[derive(Debug, Serialize)]
struct History<S> {
    versions: Vec<Entry<S>>,
    oldest_version: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Entry<S> {
    model_version: u32,
    timestamp: Timestamp,
    snapshot: S,
}

/// The changes of what `snapshot` sees, newest first.
async fn history<S: PartialEq>(
    call: &Call,
    tx: &mut Tx,
    snapshot: impl Fn(&Definition) -> Option<S>,
    is_known_today: impl Fn(&adit_datasets::Label) -> bool,
    missing: impl Fn() -> Error,
) -> Result<History<S>> {
    let dataset = adit_datasets::dataset_at(tx, call.caller.tenant_id, &call.address()?).await?;
    let dataset = dataset.ok_or_else(|| call.no_dataset())?;
    let group = call.param("label_group_name")?;
    let name = call.param("label_name")?;
    let labels = adit_datasets::labels_of(tx, dataset.id).await?;
    let is_known = labels.iter().any(|label| label.group == group && label.name == name && is_known_today(label));
    let before = call.query.number("older_than_version", 1, i64::from(u32::MAX))?.unwrap_or(i64::from(u32::MAX) + 1);
    // One more than is shown: the oldest one of a page may have looked the same before.
    let rows = store::history(tx, dataset.id, before, PAGE + 1).await?;
    let is_last_page = rows.len() <= PAGE as usize;
    let mut versions = Vec::new();
    for (n, (version, timestamp, definition)) in rows.iter().enumerate().take(PAGE as usize) {
        let Some(now) = snapshot(definition) else { continue };
        let was = rows.get(n + 1).and_then(|(.., older)| snapshot(older));
        if was.as_ref() != Some(&now) {
            versions.push(Entry { model_version: *version, timestamp: *timestamp, snapshot: now });
        }
    }
    if versions.is_empty() && !is_known && is_last_page {
        return Err(missing());
    }
    let oldest_version = rows.get(PAGE as usize - 1).filter(|_| !is_last_page).map(|(version, ..)| *version);
    Ok(History { versions, oldest_version })
}
