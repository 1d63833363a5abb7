//! Sums of tone and quality of service: which are asked for, and those of a whole dataset.

use std::collections::HashMap;

use adit_datasets::Dataset;
use adit_kernel::{Error, Id, Result};
use adit_models::PropertyKind;
use adit_store::Tx;

use super::count::{Cell, add_to};
use super::wire::{LabelPropertySummary, LabelPropertySummaryLabel, LabelPropertyTimeSeriesRow};

/// The properties that a request asks for.
///
/// # Errors
/// One that the dataset does not have.
pub(super) fn asked(ids: Option<&[String]>, dataset: &Dataset) -> Result<Vec<PropertyKind>> {
    let enabled = &dataset.settings.label_properties;
    let kind = |id: &String| {
        let known = PropertyKind::of_id(id).filter(|_| enabled.contains(id));
        let message = || format!("`by_label_properties`: the dataset does not have `{id}`; `_label_properties` enables it.");
        known.ok_or_else(|| Error::unprocessable(message()))
    };
    ids.unwrap_or_default().iter().map(kind).collect()
}

/// Adds up all comments of a dataset without looking at them.
pub(super) async fn sum_whole(
    tx: &mut Tx,
    dataset: Id,
    kinds: &[PropertyKind],
    label_ids: &HashMap<Id, usize>,
    whole: &mut Cell,
) -> Result<()> {
    let pick = |(tone, service): (f64, f64)| {
        kinds.iter().map(move |kind| match kind {
            PropertyKind::Tone => tone,
            PropertyKind::QualityOfService => service,
        })
    };
    add_to(&mut whole.sums, pick(adit_models::sums(tx, dataset).await?), 1.0);
    for (label, sums) in adit_models::sum_by_label(tx, dataset).await? {
        let Some(at) = label_ids.get(&label) else { continue };
        add_to(whole.label_sums.entry(*at).or_default(), pick(sums), 1.0);
    }
    // On reviewed comments people said which labels there are.
    let signs = adit_datasets::assigned_signs(tx, dataset).await?;
    let mut seqs: Vec<i64> = signs.keys().copied().collect();
    seqs.sort_unstable();
    let scores = adit_models::scores_of(tx, dataset, &seqs).await?;
    for seq in seqs {
        let Some(scores) = scores.get(&seq) else { continue };
        for at in signs.get(&seq).into_iter().flatten().filter_map(|(label, _)| label_ids.get(label)) {
            let values = kinds.iter().map(|kind| scores.property(*kind));
            add_to(whole.label_sums.entry(*at).or_default(), values, 1.0);
        }
    }
    Ok(())
}

/// The sums as callers see them, of the labels that are listed.
pub(super) fn summary(
    n_properties: usize,
    whole: &Cell,
    names: &[String],
    is_listed: &dyn Fn(&String) -> bool,
    timeseries: Vec<LabelPropertyTimeSeriesRow>,
) -> LabelPropertySummary {
    let none = || vec![0.0; n_properties];
    let label = |(at, name): (usize, &String)| LabelPropertySummaryLabel {
        label_name: name.clone(),
        label_property_sums: whole.label_sums.get(&at).cloned().unwrap_or_else(none),
    };
    LabelPropertySummary {
        labels: names.iter().enumerate().filter(|(_, name)| is_listed(name)).map(label).collect(),
        timeseries,
        totals: if whole.sums.is_empty() { none() } else { whole.sums.clone() },
    }
}
