//! Which predicted labels a caller gets (BEHAVIOUR 5.7). Pure.

use std::collections::BTreeMap;

use adit_kernel::{Error, Result};
use serde::Deserialize;

use super::wire::{PredictedLabel, TriggerLabelThreshold};
use crate::engine::Served;
use crate::sentiment::Judged;

/// What counts when the caller names no threshold.
const DEFAULT_THRESHOLD: f64 = 0.25;

/// A confidence, or the validation's named thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Threshold {
    /// At or above this confidence.
    Fixed(f64),
    /// Every label that clears some named threshold, with the names it clears.
    Auto,
}

/// The wire form of a threshold.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum ThresholdWire {
    /// A number between 0 and 1.
    Number(f64),
    /// `"auto"`.
    Word(AutoWord),
}

/// The one word that is a threshold.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AutoWord {
    /// `auto`.
    Auto,
}

/// Which labels a caller asked for, and from which confidence.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    threshold: Threshold,
    only: Option<BTreeMap<String, Option<f64>>>,
}

impl Selection {
    /// Reads a request's `threshold` and `labels`.
    ///
    /// # Errors
    /// A threshold outside 0 to 1, a label the version does not know, or too many labels.
    pub(crate) fn new(
        threshold: Option<ThresholdWire>,
        labels: Option<Vec<TriggerLabelThreshold>>,
        served: &Served,
    ) -> Result<Self> {
        let threshold = match threshold {
            None => Threshold::Fixed(DEFAULT_THRESHOLD),
            Some(ThresholdWire::Number(number)) => Threshold::Fixed(in_range(number)?),
            Some(ThresholdWire::Word(AutoWord::Auto)) => Threshold::Auto,
        };
        let Some(labels) = labels else { return Ok(Self { threshold, only: None }) };
        if labels.len() > 4096 {
            return Err(adit_kernel::catalogue::too_many("labels", 4096));
        }
        let mut only = BTreeMap::new();
        for label in labels {
            let name = label.name.join(" > ");
            if !served.labels().contains(&name) {
                let version = served.version;
                return Err(Error::unprocessable(format!("`labels`: model version `{version}` has no label `{name}`.")));
            }
            only.insert(name, label.threshold.map(in_range).transpose()?);
        }
        Ok(Self { threshold, only: Some(only) })
    }

    /// The labels of one document that pass, likeliest first.
    pub(crate) fn apply(&self, judged: &Judged, served: &Served) -> Vec<PredictedLabel> {
        let labels = judged.scores.iter().enumerate();
        labels.filter_map(|(n, (name, probability))| self.pick(name, *probability, judged.sentiment(n), served)).collect()
    }

    fn pick(&self, name: &str, probability: f64, sentiment: Option<f64>, served: &Served) -> Option<PredictedLabel> {
        let own = match &self.only {
            None => None,
            Some(only) => *only.get(name)?,
        };
        let names = matches!(self.threshold, Threshold::Auto).then(|| served.names_met(name, probability));
        let passes = match (own, self.threshold) {
            (Some(own), _) => probability >= own,
            (None, Threshold::Fixed(threshold)) => probability >= threshold,
            (None, Threshold::Auto) => names.as_ref().is_some_and(|names| !names.is_empty()),
        };
        passes.then(|| PredictedLabel {
            name: name.split(" > ").map(str::to_owned).collect(),
            probability,
            sentiment,
            auto_thresholds: names,
        })
    }
}

fn in_range(threshold: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&threshold) {
        return Ok(threshold);
    }
    Err(Error::invalid(format!("`threshold` must be between 0 and 1, not {threshold}.")))
}
