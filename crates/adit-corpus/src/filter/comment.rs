//! `CommentFilter`: every given part must be satisfied; inside a list one entry suffices (BEHAVIOUR 5.8).

use std::collections::BTreeMap;

use adit_kernel::{Error, Id, Result, Timestamp, catalogue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Facts;
use super::lists::{MAX_LIST, RangeRule, TextRule, is_equal};
use super::participants::{MessagesRule, is_same_address};
use super::properties::PropertyRule;
use crate::{StoredComment, ThreadProperties, TimeBounds};

const MAX_SOURCES: usize = 1024;

/// The contract's `CommentFilter`. Serialises as it was sent, without the nulls that stand for nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct CommentFilter {
    sent: Map<String, Value>,
    rules: Rules,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct Rules {
    timestamp: Option<TimeRule>,
    reviewed: Option<Reviewed>,
    sources: Option<Vec<Id>>,
    messages: Option<MessagesRule>,
    user_properties: Option<BTreeMap<String, PropertyRule>>,
    thread_properties: Option<ThreadRule>,
    trigger_exceptions: Option<BTreeMap<Id, TextRule>>,
    annotations: Option<AnnotationsRule>,
    entities: Option<EntitiesRule>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
struct TimeRule {
    minimum: Option<Timestamp>,
    maximum: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reviewed {
    OnlyReviewed,
    OnlyUnreviewed,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct ThreadRule {
    id: Option<TextRule>,
    thread_position: Option<RangeRule>,
    num_messages: Option<RangeRule>,
    num_participants: Option<RangeRule>,
    duration: Option<RangeRule>,
    response_time: Option<RangeRule>,
    all_senders: Option<TextRule>,
    all_recipients: Option<TextRule>,
    first_sender: Option<TextRule>,
    first_recipients: Option<TextRule>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct AnnotationsRule {
    labels: Option<TextRule>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct EntitiesRule {
    presence: Option<Vec<PresenceRule>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct PresenceRule {
    rule: String,
    id: Option<String>,
    kind: Option<String>,
}

impl TryFrom<Value> for CommentFilter {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        let mut sent = match value {
            Value::Object(sent) => sent,
            Value::Null => Map::new(),
            _ => return Err(Error::invalid("A comment filter must be an object.")),
        };
        // A null says nothing, and clients that read the filter back stumble over it; open bounds alone may be null.
        sent.retain(|_, part| !part.is_null());
        for (name, part) in &mut sent {
            without_nulls(part, name != "timestamp");
        }
        let rules = serde_json::from_value(Value::Object(sent.clone()))
            .map_err(|e| Error::invalid(format!("The comment filter cannot be read: {e}.")))?;
        Ok(Self { sent, rules })
    }
}

impl From<CommentFilter> for Value {
    fn from(filter: CommentFilter) -> Self {
        Self::Object(filter.sent)
    }
}

fn without_nulls(value: &mut Value, keeps_bounds: bool) {
    if let Value::Object(map) = value {
        map.retain(|key, inner| !inner.is_null() || (keeps_bounds && matches!(key.as_str(), "minimum" | "maximum")));
        map.values_mut().for_each(|inner| without_nulls(inner, keeps_bounds));
    }
}

impl CommentFilter {
    /// Checks what the schema cannot: lengths of lists, types of properties, the order of bounds.
    pub fn check(&self) -> Result<()> {
        let rules = &self.rules;
        if rules.sources.as_ref().is_some_and(|sources| sources.len() > MAX_SOURCES) {
            return Err(catalogue::too_many("sources", MAX_SOURCES));
        }
        if let TimeBounds { minimum: Some(least), maximum: Some(most) } = self.bounds()
            && least > most
        {
            return Err(Error::invalid("`timestamp.minimum` must not be later than `timestamp.maximum`."));
        }
        if let Some(messages) = &rules.messages {
            messages.check()?;
        }
        for (name, rule) in rules.user_properties.iter().flatten() {
            rule.check(name)?;
        }
        if let Some(thread) = &rules.thread_properties {
            thread.check()?;
        }
        if rules.trigger_exceptions.as_ref().is_some_and(|streams| streams.len() > MAX_LIST) {
            return Err(catalogue::too_many("trigger_exceptions", MAX_LIST));
        }
        for (stream, rule) in rules.trigger_exceptions.iter().flatten() {
            rule.check(&format!("trigger_exceptions.{stream}"))?;
        }
        if let Some(labels) = rules.annotations.as_ref().and_then(|annotations| annotations.labels.as_ref()) {
            labels.check("annotations.labels")?;
        }
        Ok(())
    }

    /// Whether the comment passes.
    pub fn matches(&self, comment: &StoredComment, facts: &Facts<'_>) -> bool {
        let rules = &self.rules;
        let is_of_source = self.source_ids().is_none_or(|ids| ids.contains(&comment.source_id));
        let is_of_review = match rules.reviewed {
            None => true,
            Some(Reviewed::OnlyReviewed) => facts.is_reviewed,
            Some(Reviewed::OnlyUnreviewed) => !facts.is_reviewed,
        };
        let content = &comment.content;
        is_of_source
            && is_of_review
            && self.bounds().contain(comment.timestamp)
            && rules.messages.as_ref().is_none_or(|messages| messages.allows(&content.messages))
            && rules.user_properties.iter().flatten().all(|(name, rule)| rule.allows(content.user_properties.get(name)))
            && rules.thread_properties.as_ref().is_none_or(|rule| facts.thread.is_none_or(|thread| rule.allows(thread)))
            && rules.trigger_exceptions.iter().flatten().all(|(stream, rule)| {
                let of_stream = facts.exceptions.iter().filter(|(tagged, _)| tagged == stream);
                rule.allows(&of_stream.map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), is_equal)
            })
            && rules.annotations.as_ref().and_then(|annotations| annotations.labels.as_ref()).is_none_or(|rule| {
                rule.allows(&facts.assigned_labels.iter().map(String::as_str).collect::<Vec<_>>(), is_label_or_below)
            })
            && self.presence_rules().all(|rule| rule.allows(facts))
    }

    /// The sources it is restricted to.
    pub fn source_ids(&self) -> Option<Vec<Id>> {
        self.rules.sources.clone().filter(|ids| !ids.is_empty())
    }

    /// The timestamps it is restricted to, both ends inclusive.
    pub fn bounds(&self) -> TimeBounds {
        let rule = self.rules.timestamp.unwrap_or_default();
        TimeBounds { minimum: rule.minimum, maximum: rule.maximum }
    }

    /// Whether it asks about conversations, so that [`Facts::thread`] must be given.
    pub fn needs_thread(&self) -> bool {
        self.rules.thread_properties.as_ref().is_some_and(|rule| *rule != ThreadRule::default())
    }

    /// Whether it restricts nothing but sources and timestamps.
    pub fn is_time_only(&self) -> bool {
        self.sent
            .iter()
            .all(|(name, part)| matches!(name.as_str(), "timestamp" | "sources") || part.as_object().is_some_and(Map::is_empty))
    }

    /// The user properties it asks about.
    pub fn property_names(&self) -> impl Iterator<Item = &str> {
        self.rules.user_properties.iter().flatten().map(|(name, _)| name.as_str())
    }

    fn presence_rules(&self) -> impl Iterator<Item = &PresenceRule> {
        self.rules.entities.iter().flat_map(|entities| entities.presence.iter().flatten())
    }

    /// Whether it asks about entities, so that [`Facts::predicted_entities`] must be given.
    pub fn needs_entities(&self) -> bool {
        self.presence_rules().next().is_some()
    }
}

impl PresenceRule {
    /// The words for a rule are open; those that deny want the entity to be absent, all others want it there.
    fn allows(&self, facts: &Facts<'_>) -> bool {
        let rule = self.rule.to_lowercase();
        let wants_absence = ["not", "absent", "missing", "none"].iter().any(|word| rule.contains(word));
        let wanted = self.id.as_deref().or(self.kind.as_deref());
        let is_wanted = |known: &String| wanted.is_some_and(|wanted| is_same_entity(known, wanted));
        let is_there = facts.assigned_entities.iter().chain(facts.predicted_entities).any(is_wanted);
        is_there != wants_absence
    }
}

/// Whether two words name the same kind of entity: `policy_number` is `policy-number`.
pub(crate) fn is_same_entity(known: &str, wanted: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    known == wanted || plain(known) == plain(wanted)
}

impl ThreadRule {
    fn ranges(&self) -> [(&'static str, &Option<RangeRule>); 5] {
        [
            ("thread_position", &self.thread_position),
            ("num_messages", &self.num_messages),
            ("num_participants", &self.num_participants),
            ("duration", &self.duration),
            ("response_time", &self.response_time),
        ]
    }

    fn texts(&self) -> [(&'static str, &Option<TextRule>); 5] {
        [
            ("id", &self.id),
            ("all_senders", &self.all_senders),
            ("all_recipients", &self.all_recipients),
            ("first_sender", &self.first_sender),
            ("first_recipients", &self.first_recipients),
        ]
    }

    fn check(&self) -> Result<()> {
        for (name, range) in self.ranges() {
            range.unwrap_or_default().check(&format!("thread_properties.{name}"))?;
        }
        for (name, text) in self.texts() {
            text.as_ref().map_or(Ok(()), |rule| rule.check(&format!("thread_properties.{name}")))?;
        }
        Ok(())
    }

    fn allows(&self, thread: &ThreadProperties) -> bool {
        let in_range = |rule: &Option<RangeRule>, value: Option<f64>| rule.is_none_or(|rule| rule.allows(value));
        let of_people = |rule: &Option<TextRule>, people: &[String]| {
            let people: Vec<&str> = people.iter().map(String::as_str).collect();
            rule.as_ref().is_none_or(|rule| rule.allows(&people, is_same_address))
        };
        let id: Vec<&str> = thread.id.as_deref().into_iter().collect();
        self.id.as_ref().is_none_or(|rule| rule.allows(&id, is_equal))
            && in_range(&self.thread_position, Some(thread.thread_position as f64))
            && in_range(&self.num_messages, Some(thread.num_messages as f64))
            && in_range(&self.num_participants, Some(thread.num_participants as f64))
            && in_range(&self.duration, thread.duration)
            && in_range(&self.response_time, thread.response_time)
            && of_people(&self.all_senders, &thread.all_senders)
            && of_people(&self.all_recipients, &thread.all_recipients)
            && of_people(&self.first_sender, thread.first_sender.as_slice())
            && of_people(&self.first_recipients, &thread.first_recipients)
    }
}

/// Whether a label is the listed one or below it: `A > B` counts as `A`.
pub(crate) fn is_label_or_below(label: &str, listed: &str) -> bool {
    label.strip_prefix(listed).is_some_and(|rest| rest.is_empty() || rest.starts_with(" > "))
}
