//! Counts what comments carry besides their text.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use adit_corpus::StoredComment;
use adit_corpus::filter::{domain_of, organisation_in};
use adit_kernel::{Id, Result};
use adit_store::{Env, Tx};

use super::wire::{Counted, LabelCounts, StringUserPropertySummary, Valued, ValuesSummary};
use crate::facts::{Scope, Seen};

/// Comments looked at in one step.
const STEP: usize = 2_000;
/// More values than this are too many to choose from; the most frequent ones are listed.
const MAX_VALUES: usize = 1_000;
/// Values kept while counting; a property with more is no list of choices.
const MAX_COUNTED: usize = 50_000;

/// How often each value was met.
#[derive(Debug, Default)]
pub(super) struct Values {
    n_comments: i64,
    counts: HashMap<String, i64>,
}

impl Values {
    fn add(&mut self, value: &str) {
        self.n_comments += 1;
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < MAX_COUNTED {
            self.counts.insert(value.to_owned(), 1);
        }
    }

    /// The most frequent values first.
    fn ranked(self) -> Vec<(String, i64)> {
        let mut ranked: Vec<(String, i64)> = self.counts.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        ranked
    }

    pub(super) fn summary(self) -> ValuesSummary {
        let ranked = self.ranked();
        ValuesSummary {
            too_many_values: ranked.len() > MAX_VALUES,
            values: ranked.into_iter().take(MAX_VALUES).map(|(value, _)| Valued { value }).collect(),
        }
    }

    /// The property with its most frequent values, at most `limit` of them.
    pub(super) fn counted(self, full_name: String, limit: usize) -> StringUserPropertySummary {
        let count = self.n_comments;
        let ranked = self.ranked();
        let cardinality = ranked.len();
        let values = ranked.into_iter().take(limit).map(|(value, count)| Counted { value, count }).collect();
        StringUserPropertySummary { full_name, count, cardinality, values }
    }
}

/// What some comments carry.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By full name; numbers only with how many comments have them.
    pub(super) strings: BTreeMap<String, Values>,
    pub(super) numbers: BTreeMap<String, i64>,
    /// By the contract's word: `to`, `sender_domain`, …
    pub(super) people: BTreeMap<&'static str, Values>,
    /// Extensions by type, and types by extension.
    pub(super) extensions: BTreeMap<String, BTreeSet<String>>,
    pub(super) types: BTreeMap<String, BTreeSet<String>>,
    pub(super) labels: BTreeMap<String, LabelCounts>,
    pub(super) entities: HashMap<String, i64>,
    /// The types of exceptions, by stream.
    pub(super) exceptions: HashMap<Id, BTreeSet<String>>,
    /// Where conversations count instead of comments: what was met in which of them.
    met: Option<HashSet<(Id, String, String)>>,
}

/// Whether a comment adds to the count of something: in a conversation only the first one that has it does.
fn counts(met: &mut Option<HashSet<(Id, String, String)>>, comment: &StoredComment, kind: &str, value: &str) -> bool {
    match (met, &comment.thread_id) {
        (Some(met), Some(thread)) => met.insert((comment.source_id, thread.clone(), format!("{kind}\0{value}"))),
        _ => true,
    }
}

impl Tally {
    /// Counts over every comment that passes the scope's filters.
    pub(super) async fn of(env: &Env, tx: &mut Tx, scope: &Scope, thread_mode: bool) -> Result<Self> {
        let mut tally = Self { met: thread_mode.then(HashSet::new), ..Self::default() };
        let mut after = 0;
        loop {
            let step = adit_corpus::scan_by_seq(tx, &scope.sources, after, STEP).await?;
            let Some(last) = step.last() else { return Ok(tally) };
            after = last.seq;
            for one in scope.passing(env, tx, step).await? {
                tally.add(scope, &one)?;
            }
        }
    }

    fn add(&mut self, scope: &Scope, seen: &Seen) -> Result<()> {
        let comment = &seen.comment;
        let view = scope.view(comment)?;
        for (name, value) in comment.content.user_properties.iter().filter(|(name, _)| !view.hides(name)) {
            match value.as_str() {
                Some(text) => {
                    let values = self.strings.entry(name.clone()).or_default();
                    if counts(&mut self.met, comment, name, text) {
                        values.add(text);
                    }
                }
                None => {
                    let count = self.numbers.entry(name.clone()).or_default();
                    *count += i64::from(counts(&mut self.met, comment, name, ""));
                }
            }
        }
        self.add_people(comment);
        for file in &comment.content.attachments {
            let extension = file.name.rsplit_once('.').map_or_else(String::new, |(_, extension)| extension.to_lowercase());
            let kind = file.content_type.to_lowercase();
            if !extension.is_empty() {
                self.extensions.entry(kind.clone()).or_default().insert(extension.clone());
                self.types.entry(extension).or_default().insert(kind);
            }
        }
        for (stream, kind) in &seen.exceptions {
            self.exceptions.entry(*stream).or_default().insert(kind.clone());
        }
        let Some(annotation) = &seen.annotation else { return Ok(()) };
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        for label in &annotation.assigned {
            for name in adit_datasets::with_ancestors(&label.name) {
                names.entry(name).or_insert(label.sentiment == "negative");
            }
        }
        for (name, is_negative) in names {
            let kind = if is_negative { "negative" } else { "positive" };
            let n = i64::from(counts(&mut self.met, comment, kind, &name));
            let own = self.labels.entry(name).or_default();
            if is_negative { own.negative += n } else { own.positive += n }
        }
        for entity in annotation.entities.iter().flat_map(|entities| &entities.assigned) {
            let n = i64::from(self.met.is_none() || counts(&mut self.met, comment, "entity", &entity.id));
            *self.entities.entry(entity.id.clone()).or_default() += n;
        }
        Ok(())
    }

    fn add_people(&mut self, comment: &StoredComment) {
        for (kind, value) in people(comment) {
            if kind != "recipient" && counts(&mut self.met, comment, kind, &value) {
                self.people.entry(kind).or_default().add(&value);
            }
        }
    }
}

/// Who a comment is from and to, by the contract's words, each once however many messages it has; lower case.
pub(crate) fn people(comment: &StoredComment) -> BTreeSet<(&'static str, String)> {
    let mut met: BTreeSet<(&'static str, String)> = BTreeSet::new();
    let mut add = |address: &str, kind, of_domain, of_organisation| {
        met.insert((kind, address.to_lowercase()));
        if let Some(domain) = domain_of(address).map(str::to_lowercase) {
            met.extend(organisation_in(&domain).map(|name| (of_organisation, name.to_owned())));
            met.insert((of_domain, domain));
        }
    };
    for message in &comment.content.messages {
        for (kind, list) in [("to", &message.to), ("cc", &message.cc), ("bcc", &message.bcc)] {
            for address in list.iter().flatten() {
                add(address, kind, "recipient_domain", "recipient_organisation");
                add(address, "recipient", "recipient_domain", "recipient_organisation");
            }
        }
        if let Some(from) = &message.from {
            add(from, "sender", "sender_domain", "sender_organisation");
        }
    }
    met
}

#[cfg(test)]
mod tests {
    use super::Values;

    #[test]
    fn the_most_frequent_values_come_first() {
        let mut values = Values::default();
        ["b", "a", "c", "a", "b", "a"].iter().for_each(|value| values.add(value));
        let counted = values.counted("string:X".into(), 2);
        assert_eq!((counted.count, counted.cardinality), (6, 3));
        assert_eq!(counted.values.iter().map(|v| (v.value.as_str(), v.count)).collect::<Vec<_>>(), [("a", 3), ("b", 2)]);
    }
}
