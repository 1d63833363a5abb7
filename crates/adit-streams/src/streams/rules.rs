//! The decisions about streams that need no database.

use adit_kernel::{Error, Field, Result, catalogue, names};
use serde_json::Value;

use super::position::Position;
use super::wire::{TriggerLabelThreshold, TriggerNew, TriggerUserModel, TriggerUserModelNew};

/// The most comments of a batch, and the most that may be skipped while collecting it.
const MAX_BATCH: i64 = 1024;
/// The size of a `/results` page that does not ask for one; the contract names no default.
const DEFAULT_RESULTS: i64 = 16;
/// The most labels with a threshold of their own.
const MAX_LABEL_THRESHOLDS: usize = 4096;
/// A label named without a threshold gets the one that predictions use by default (BEHAVIOUR 5.7).
const DEFAULT_THRESHOLD: f64 = 0.25;

/// How much one batch may hold and skip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) size: usize,
    pub(super) max_filtered: usize,
}

/// The limits of `/fetch`.
pub(super) fn fetch_limits(size: i64, max_filtered: Option<i64>) -> Result<Limits> {
    limits("size", size, max_filtered)
}

/// The limits of `/results`.
pub(super) fn results_limits(max_results: Option<i64>, max_filtered: Option<i64>) -> Result<Limits> {
    limits("max_results", max_results.unwrap_or(DEFAULT_RESULTS), max_filtered)
}

fn limits(size_field: &str, size: i64, max_filtered: Option<i64>) -> Result<Limits> {
    let checked = |field: &str, value: i64| match usize::try_from(value) {
        Ok(number) if (1..=MAX_BATCH).contains(&value) => Ok(number),
        _ => Err(Error::invalid(format!("`{field}` must be a whole number from 1 to {MAX_BATCH}, not `{value}`."))),
    };
    Ok(Limits { size: checked(size_field, size)?, max_filtered: checked("max_filtered", max_filtered.unwrap_or(MAX_BATCH))? })
}

/// A batch being collected.
#[derive(Debug)]
pub(super) struct Scan<T> {
    limits: Limits,
    /// The comments that match, in their order.
    pub(super) results: Vec<T>,
    /// How many were skipped.
    pub(super) filtered: usize,
    /// Behind the last comment collected or skipped.
    pub(super) end: Position,
}

impl<T> Scan<T> {
    /// An empty batch that begins behind `start`.
    pub(super) fn new(start: Position, limits: Limits) -> Self {
        Self { limits, results: Vec::new(), filtered: 0, end: start }
    }

    /// Takes the next comment into the batch, or skips it; false when the batch has no room for either,
    /// which ends the batch before that comment.
    pub(super) fn offer(&mut self, item: T, position: Position, is_match: bool) -> bool {
        let is_full = self.results.len() >= self.limits.size;
        if is_full || (!is_match && self.filtered >= self.limits.max_filtered) {
            return false;
        }
        if is_match {
            self.results.push(item);
        } else {
            self.filtered += 1;
        }
        self.end = position;
        true
    }
}

/// What of a comment, besides its content, a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FilterNeeds {
    pub(super) annotations: bool,
    pub(super) exceptions: bool,
}

/// What the stored filter needs to know of each comment.
pub(super) fn filter_needs(filter: &Value) -> FilterNeeds {
    let has = |key: &str| filter.get(key).is_some_and(|clause| !clause.is_null());
    FilterNeeds { annotations: has("reviewed") || has("annotations"), exceptions: has("trigger_exceptions") }
}

/// The parts of a stream that its owner decides.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Definition {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) comment_filter: Option<Value>,
    pub(super) model: Option<TriggerUserModel>,
}

/// The name of a stream to be created.
pub(super) fn new_name(sent: &TriggerNew) -> Result<&str> {
    let name = sent.name.as_deref().ok_or_else(|| Error::invalid("'name' is a required property (at `stream`)"))?;
    names::check_resource(name, "stream name")?;
    Ok(name)
}

/// The definition after a request, everything checked that needs no database. What was not sent stays.
pub(super) fn apply(sent: TriggerNew, stored: Definition) -> Result<Definition> {
    let changed = Definition {
        title: sent.title.unwrap_or(stored.title),
        description: sent.description.unwrap_or(stored.description),
        comment_filter: sent.comment_filter.or(stored.comment_filter),
        model: match sent.model {
            Field::Absent => stored.model,
            Field::Null => None,
            Field::Value(model) => Some(check_model(model)?),
        },
    };
    names::check_title(&changed.title)?;
    names::check_description(&changed.description)?;
    Ok(changed)
}

fn check_model(sent: TriggerUserModelNew) -> Result<TriggerUserModel> {
    if sent.label_thresholds.len() > MAX_LABEL_THRESHOLDS {
        return Err(catalogue::too_many("label_thresholds", MAX_LABEL_THRESHOLDS));
    }
    let mut label_thresholds = Vec::with_capacity(sent.label_thresholds.len());
    for label in sent.label_thresholds {
        names::check_label(&label.name.join(" > "))?;
        let threshold = label.threshold.unwrap_or(DEFAULT_THRESHOLD);
        if !(0.0..=1.0).contains(&threshold) {
            return Err(Error::invalid(format!("`threshold` must be a number from 0 to 1, not `{threshold}`.")));
        }
        label_thresholds.push(TriggerLabelThreshold { name: label.name, threshold });
    }
    Ok(TriggerUserModel { version: sent.version, label_thresholds })
}

/// Whether the stream lets a predicted label through: without thresholds every label passes, with them only
/// the named ones that reach theirs.
pub(super) fn passes(thresholds: &[TriggerLabelThreshold], label: &str, probability: f64) -> bool {
    let own = thresholds.iter().find(|own| is_named(&own.name, label));
    thresholds.is_empty() || own.is_some_and(|own| probability >= own.threshold)
}

/// Compares a path with a joined name. A caller may also send the joined name as the only part.
fn is_named(path: &[String], label: &str) -> bool {
    path.iter().flat_map(|part| part.split(" > ")).eq(label.split(" > "))
}
