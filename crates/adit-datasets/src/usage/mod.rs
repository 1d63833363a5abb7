//! What a tenant has of this area, for its quotas.

mod store;

use adit_kernel::{Id, Result};
use adit_store::Tx;
use adit_tenancy::quotas::{Kind, admit, hold, hold_near};

use crate::datasets::Dataset;

/// More annotations than all requests at the same time can add: 16 of 16 384 each.
const NEAR: i64 = 300_000;

/// How many datasets a tenant has, and how full the fullest are.
pub async fn usage(tx: &mut Tx, tenant: Id) -> Result<Vec<(Kind, i64)>> {
    Ok(vec![
        (Kind::Datasets, store::datasets(tx, tenant).await?),
        (Kind::SourcesPerDataset, store::most_sources(tx, tenant).await?),
        (Kind::DatasetsPerSource, store::most_datasets(tx, tenant).await?),
        (Kind::LabelsPerDataset, store::most_labels(tx, tenant).await?),
        (Kind::EntitiesPerDataset, store::most_entities(tx, tenant).await?),
        (Kind::ReviewedCommentsPerDataset, store::most_reviewed(tx, tenant).await?),
    ])
}

/// Fails unless the dataset may be created as it is planned.
pub(crate) async fn admit_dataset(tx: &mut Tx, new: &Dataset) -> Result<()> {
    hold(tx, new.tenant_id, Kind::Datasets).await?;
    let used = store::datasets(tx, new.tenant_id).await? + 1;
    admit(tx, new.tenant_id, Kind::Datasets, used, 1).await?;
    admit_change(tx, None, new).await
}

/// Fails unless the dataset may become what it is planned to be.
pub(crate) async fn admit_change(tx: &mut Tx, old: Option<&Dataset>, new: &Dataset) -> Result<()> {
    let tenant = new.tenant_id;
    let size = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let before = old.map_or(&[][..], |old| &old.source_ids);
    let used = size(new.source_ids.len());
    admit(tx, tenant, Kind::SourcesPerDataset, used, used - size(before.len())).await?;
    let added: Vec<Id> = new.source_ids.iter().copied().filter(|id| !before.contains(id)).collect();
    if !added.is_empty() {
        hold(tx, tenant, Kind::DatasetsPerSource).await?;
    }
    for source in added {
        let used = store::datasets_of_source(tx, source).await? + 1;
        admit(tx, tenant, Kind::DatasetsPerSource, used, 1).await?;
    }
    let used = size(new.settings.entity_defs.len());
    let before = size(old.map_or(0, |old| old.settings.entity_defs.len()));
    admit(tx, tenant, Kind::EntitiesPerDataset, used, used - before).await
}

/// How many labels a dataset has.
pub(crate) async fn n_labels(tx: &mut Tx, dataset: Id) -> Result<i64> {
    store::labels(tx, dataset).await
}

/// Fails unless the labels that a dataset has now, of which there were `before`, fit.
pub(crate) async fn admit_labels(tx: &mut Tx, dataset: Id, before: i64) -> Result<()> {
    let tenant = store::tenant_of(tx, dataset).await?;
    let used = store::labels(tx, dataset).await?;
    if used <= before {
        return Ok(());
    }
    hold(tx, tenant, Kind::LabelsPerDataset).await?;
    let used = store::labels(tx, dataset).await?;
    admit(tx, tenant, Kind::LabelsPerDataset, used, used - before).await
}

/// Fails unless the reviewed comments that a dataset has now, of which `added` are new, fit.
pub(crate) async fn admit_reviewed(tx: &mut Tx, tenant: Id, dataset: Id, added: i64) -> Result<()> {
    if added <= 0 {
        return Ok(());
    }
    let mut used = store::reviewed(tx, dataset).await?;
    if hold_near(tx, tenant, Kind::ReviewedCommentsPerDataset, used, NEAR).await? {
        used = store::reviewed(tx, dataset).await?;
    }
    admit(tx, tenant, Kind::ReviewedCommentsPerDataset, used, added).await
}
