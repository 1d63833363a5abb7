//! What is counted: comments, or conversations.

use std::collections::{BTreeSet, HashMap};

use adit_corpus::ThreadProperties;
use adit_datasets::with_ancestors;
use adit_kernel::{Id, Timestamp};
use adit_models::{KeptScores, PropertyKind};

use crate::facts::Seen;
use crate::summary::people;

/// How likely a label holds, in each sentiment.
pub(super) type Chances = HashMap<usize, (f64, f64)>;

/// One comment, or the comments of one conversation together.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) at: Timestamp,
    pub(super) labels: Chances,
    /// For each breakdown that was asked for, the values it has.
    pub(super) values: Vec<BTreeSet<String>>,
    pub(super) thread: Option<ThreadProperties>,
    pub(super) nps: Option<f64>,
    /// Sums of the label properties that were asked for; empty before a model scored any of it.
    pub(super) properties: Vec<f64>,
    /// Of how many comments.
    pub(super) n_scored: f64,
}

impl Unit {
    /// The label properties: the mean of its comments.
    pub(super) fn properties(&self) -> impl Iterator<Item = f64> {
        self.properties.iter().map(|sum| sum / self.n_scored)
    }

    /// Both together: what holds for one of them holds, a label as likely as where it is likeliest.
    pub(super) fn merge(&mut self, other: Unit) {
        self.at = self.at.min(other.at);
        for (label, (positive, negative)) in other.labels {
            let own = self.labels.entry(label).or_default();
            *own = (own.0.max(positive), own.1.max(negative));
        }
        self.values.iter_mut().zip(other.values).for_each(|(own, other)| own.extend(other));
        self.thread = self.thread.take().or(other.thread);
        self.nps = self.nps.or(other.nps);
        if self.properties.is_empty() {
            self.properties = other.properties;
        } else {
            self.properties.iter_mut().zip(other.properties).for_each(|(own, other)| *own += other);
        }
        self.n_scored += other.n_scored;
    }
}

/// By what comments are broken down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Breakdown {
    /// A user property, by full name.
    Property(String),
    /// People, by the contract's word.
    People(String),
    /// Sources.
    Source,
}

/// How a comment becomes a unit.
pub(super) struct Reader<'a> {
    pub(super) labels: &'a HashMap<String, usize>,
    pub(super) label_ids: &'a HashMap<Id, usize>,
    pub(super) breakdowns: &'a [Breakdown],
    pub(super) source_names: &'a HashMap<Id, String>,
    pub(super) nps_property: Option<&'a str>,
    pub(super) properties: &'a [PropertyKind],
}

impl Reader<'_> {
    /// The unit of one comment; `predicted` counts where nobody reviewed it.
    pub(super) fn unit(&self, seen: &Seen, predicted: &[(Id, f64, Option<f64>)], scores: Option<&KeptScores>) -> Unit {
        let mut labels = Chances::new();
        match seen.annotation.as_ref().filter(|_| seen.is_reviewed()) {
            Some(annotation) => {
                for label in &annotation.assigned {
                    let chance = if label.sentiment == "negative" { (0.0, 1.0) } else { (1.0, 0.0) };
                    for at in with_ancestors(&label.name).iter().filter_map(|name| self.labels.get(name)) {
                        labels.entry(*at).or_insert(chance);
                    }
                }
            }
            None => {
                // Without sentiment all speak well.
                let signed = |p: f64, sign: f64| (0.5 * p * (1.0 + sign), 0.5 * p * (1.0 - sign));
                let known = predicted.iter();
                labels
                    .extend(known.filter_map(|(id, p, sign)| Some((*self.label_ids.get(id)?, signed(*p, sign.unwrap_or(1.0))))));
            }
        }
        let content = &seen.comment.content;
        let met = if self.breakdowns.iter().any(|one| matches!(one, Breakdown::People(_))) {
            people(&seen.comment)
        } else {
            BTreeSet::new()
        };
        let values = |breakdown: &Breakdown| match breakdown {
            Breakdown::Property(name) => {
                content.user_properties.get(name).and_then(|value| value.as_str()).map(str::to_owned).into_iter().collect()
            }
            Breakdown::People(kind) => met.iter().filter(|(known, _)| known == kind).map(|(_, value)| value.clone()).collect(),
            Breakdown::Source => self.source_names.get(&seen.comment.source_id).cloned().into_iter().collect(),
        };
        let nps = self.nps_property.and_then(|name| content.user_properties.get(name)).and_then(|value| value.as_f64());
        Unit {
            at: seen.comment.timestamp,
            labels,
            values: self.breakdowns.iter().map(values).collect(),
            thread: seen.thread.clone(),
            nps,
            properties: scores.into_iter().flat_map(|scores| self.properties.iter().map(|kind| scores.property(*kind))).collect(),
            n_scored: if scores.is_some() { 1.0 } else { 0.0 },
        }
    }
}
