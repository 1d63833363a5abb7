//! Holds conditions against what the dataset has. What does not exist is left out, counted and told.

use adit_kernel::Timestamp;
use serde_json::{Map, Value, json};

use super::conditions::{Conditions, PropertyCondition};
use super::inventory::{Inventory, Property};
use super::period;
use super::previous::Filter;
use crate::llm::cut;

/// The most entries of one list in a filter.
const MAX_LIST: usize = 128;

/// What became of a sentence.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Resolved {
    pub(super) filter: Filter,
    /// The conditions that are in the filter, in words.
    pub(super) understood: Vec<String>,
    /// What could not be put into it.
    pub(super) not_understood: Vec<String>,
}

/// The filter of some conditions, on top of the one that is set if they say so.
pub(super) fn resolve(conditions: &Conditions, inventory: &Inventory, previous: Option<Filter>, now: Timestamp) -> Resolved {
    let filter = previous.filter(|_| conditions.start_from == "previous").unwrap_or_default();
    let mut resolved = Resolved { filter, ..Resolved::default() };
    for facet in &conditions.drop {
        resolved.filter.drop(facet);
    }
    resolved.time(conditions, now);
    if let Some(reviewed) = &conditions.reviewed {
        resolved.filter.comment.insert("reviewed".into(), json!(reviewed));
        resolved.understood.push(reviewed.replace('_', " "));
    }
    resolved.sources(conditions, inventory);
    for condition in &conditions.properties {
        resolved.property(condition, inventory);
    }
    resolved.people("from", &conditions.senders, &conditions.not_senders);
    resolved.people("recipient", &conditions.recipients, &[]);
    resolved.labels(conditions, inventory);
    if let Some(attachments) = &conditions.attachments {
        let range = if attachments == "with" {
            json!({"kind": "number_range", "minimum": 1})
        } else {
            json!({"kind": "number_range", "maximum": 0})
        };
        resolved.filter.drop("attachments");
        resolved.filter.attributes.push(json!({"attribute": "attachment_property_num_attachments", "filter": range}));
        resolved.understood.push(format!("{attachments} attachments"));
    }
    let phrases = conditions.not_possible.iter().filter(|phrase| !phrase.trim().is_empty());
    resolved.not_understood.extend(phrases.map(|phrase| cut(phrase, 200)));
    resolved
}

impl Resolved {
    /// The answer in words; ours, so that nothing a model wrote is passed on as if it were true.
    pub(super) fn reply(&self) -> String {
        let mut reply = match self.understood.as_slice() {
            [] if self.filter == Filter::default() => "No filter is set.".to_owned(),
            [] => "The filter that was set stays, less what was taken back.".to_owned(),
            understood => format!("Filtered by {}.", understood.join("; ")),
        };
        if !self.not_understood.is_empty() {
            let quoted: Vec<String> = self.not_understood.iter().map(|phrase| format!("`{phrase}`")).collect();
            reply.push_str(&format!(" Not understood: {}.", quoted.join(", ")));
        }
        reply
    }

    fn time(&mut self, conditions: &Conditions, now: Timestamp) {
        let day = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<chrono::NaiveDate>().ok());
        let (from, to) = (day(&conditions.from_date), day(&conditions.to_date));
        let (minimum, maximum, words) = match &conditions.period {
            Some(name) => {
                let Some((least, most)) = period::bounds(name, now) else { return self.not_understood.push(name.clone()) };
                (Some(least), most, name.replace('_', " "))
            }
            None if from.is_none() && to.is_none() => return,
            None => {
                if from.zip(to).is_some_and(|(from, to)| from > to) {
                    return self.not_understood.push("a span of time that ends before it begins".into());
                }
                let words = match (from, to) {
                    (Some(from), Some(to)) => format!("from {from} to {to}"),
                    (Some(from), None) => format!("since {from}"),
                    (None, to) => format!("until {}", to.unwrap_or_default()),
                };
                (from.map(period::start_of), to.and_then(period::end_of), words)
            }
        };
        let mut range = Map::new();
        if let Some(minimum) = minimum {
            range.insert("minimum".into(), json!(minimum));
        }
        if let Some(maximum) = maximum {
            range.insert("maximum".into(), json!(maximum));
        }
        self.filter.comment.insert("timestamp".into(), Value::Object(range));
        self.understood.push(words);
    }

    fn sources(&mut self, conditions: &Conditions, inventory: &Inventory) {
        let mut ids = Vec::new();
        for wanted in conditions.sources.iter().take(MAX_LIST) {
            let bare = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
            let found = unique(&inventory.sources, |source| same(&source.name, wanted)).or_else(|| {
                unique(&inventory.sources, |source| same(&source.title, wanted) || same(&bare(&source.name), wanted))
            });
            match found {
                Some(source) => {
                    ids.push(json!(source.id));
                    self.understood.push(format!("source `{}`", source.name));
                }
                None => self.not_understood.push(format!("source {}", cut(wanted, 100))),
            }
        }
        if !ids.is_empty() {
            self.filter.comment.insert("sources".into(), Value::Array(ids));
        }
    }

    fn labels(&mut self, conditions: &Conditions, inventory: &Inventory) {
        let sides = [
            (&conditions.labels, "string_any_of", "any_of", "label"),
            (&conditions.without_labels, "string_none_of", "none_of", "without label"),
        ];
        let mut filters = Vec::new();
        for (wanted, kind, key, words) in sides {
            let mut names: Vec<&str> = Vec::new();
            for wanted in wanted.iter().take(MAX_LIST) {
                match label_named(inventory, wanted) {
                    Some(name) => names.push(name),
                    None => self.not_understood.push(format!("label {}", cut(wanted, 100))),
                }
            }
            if !names.is_empty() {
                self.understood.extend(names.iter().map(|name| format!("{words} `{name}`")));
                filters.push(json!({"attribute": "labels", "filter": {"kind": kind, key: names}}));
            }
        }
        if !filters.is_empty() {
            // What is said about labels now stands in place of what was said before, side by side.
            self.filter.attributes.retain(|old| {
                !filters.iter().any(|new| old["attribute"] == "labels" && old["filter"]["kind"] == new["filter"]["kind"])
            });
            self.filter.attributes.extend(filters);
        }
    }

    fn property(&mut self, condition: &PropertyCondition, inventory: &Inventory) {
        let Some(property) = property_named(inventory, &condition.name) else {
            return self.not_understood.push(format!("property {}", cut(&condition.name, 100)));
        };
        let rule = match property.name.starts_with("number:") {
            true => self.number_rule(property, condition),
            false => self.text_rule(property, condition),
        };
        if rule.is_empty() {
            return;
        }
        let all = self.filter.comment.entry("user_properties").or_insert_with(|| json!({}));
        if let Value::Object(all) = all {
            all.insert(property.name.clone(), Value::Object(rule));
        }
    }

    fn number_rule(&mut self, property: &Property, condition: &PropertyCondition) -> Map<String, Value> {
        let mut rule = Map::new();
        let name = &property.name;
        for (key, bound, sign) in [("minimum", condition.minimum, "≥"), ("maximum", condition.maximum, "≤")] {
            if let Some(bound) = bound.filter(|bound| bound.is_finite()) {
                rule.insert(key.into(), json!(bound));
                self.understood.push(format!("`{name}` {sign} {bound}"));
            }
        }
        if let (Some(least), Some(most)) = (condition.minimum, condition.maximum)
            && least > most
        {
            rule.clear();
            self.understood.truncate(self.understood.len().saturating_sub(2));
            self.not_understood.push(format!("{name}: a range that ends before it begins"));
            return rule;
        }
        for (key, values) in [("one_of", &condition.one_of), ("not_one_of", &condition.not_one_of)] {
            let mut numbers = Vec::new();
            for value in values.iter().take(MAX_LIST) {
                match value.trim().parse::<f64>().ok().filter(|number| number.is_finite()) {
                    Some(number) => numbers.push(number),
                    None => self.not_understood.push(format!("{name}: {}", cut(value, 100))),
                }
            }
            if !numbers.is_empty() {
                self.understood.push(format!("`{name}` {} {numbers:?}", key.replace('_', " ")));
                rule.insert(key.into(), json!(numbers));
            }
        }
        rule
    }

    fn text_rule(&mut self, property: &Property, condition: &PropertyCondition) -> Map<String, Value> {
        let mut rule = Map::new();
        let name = &property.name;
        if condition.minimum.is_some() || condition.maximum.is_some() {
            self.not_understood.push(format!("{name}: a range of texts"));
        }
        for (key, values) in [("one_of", &condition.one_of), ("not_one_of", &condition.not_one_of)] {
            let mut known = Vec::new();
            for value in values.iter().take(MAX_LIST) {
                let listed = property.values.iter().find(|listed| same(listed, value)).cloned();
                match listed.or_else(|| property.is_open.then(|| value.clone())) {
                    Some(value) => known.push(value),
                    None => self.not_understood.push(format!("{name}: {}", cut(value, 100))),
                }
            }
            if !known.is_empty() {
                self.understood.push(format!("`{name}` {} {}", key.replace('_', " "), known.join(", ")));
                rule.insert(key.into(), json!(known));
            }
        }
        rule
    }

    fn people(&mut self, key: &str, wanted: &[String], unwanted: &[String]) {
        let mut rule: Map<String, Value> = Map::new();
        let words = if key == "from" { "from" } else { "to" };
        for (people, sign, word) in [(wanted, "", words.to_owned()), (unwanted, "not_", format!("not {words}"))] {
            for person in people.iter().map(|person| person.trim()).filter(|person| !person.is_empty()).take(MAX_LIST) {
                let (list, person) = match (person.strip_prefix('@').unwrap_or(person), person.contains('@')) {
                    (domain, true) if !domain.contains('@') => ("domain_", domain),
                    (address, true) => ("", address),
                    (domain, false) if domain.contains('.') && !domain.contains(' ') => ("domain_", domain),
                    (name, false) => ("organisation_", name),
                };
                let list = rule.entry(format!("{list}{sign}one_of")).or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(json!(cut(person, 256)));
                }
                self.understood.push(format!("{word} `{}`", cut(person, 100)));
            }
        }
        if rule.is_empty() {
            return;
        }
        let messages = self.filter.comment.entry("messages").or_insert_with(|| json!({}));
        if let Value::Object(messages) = messages {
            messages.insert(key.into(), Value::Object(rule));
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    !b.trim().is_empty() && a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// The one item that fits; none when several do.
fn unique<T>(items: &[T], fits: impl Fn(&T) -> bool) -> Option<&T> {
    let mut found = items.iter().filter(|item| fits(item));
    found.next().filter(|_| found.next().is_none())
}

/// A label by its full name, or by its last level where only one label ends so. A level above counts as a label too.
fn label_named<'a>(inventory: &'a Inventory, wanted: &str) -> Option<&'a str> {
    let labels = &inventory.labels;
    if let Some(label) = labels.iter().find(|label| same(&label.name, wanted)) {
        return Some(&label.name);
    }
    let above = labels.iter().find_map(|label| {
        let head = label.name.get(..wanted.trim().len()).filter(|head| same(head, wanted))?;
        label.name[head.len()..].starts_with(" > ").then_some(head)
    });
    above.or_else(|| {
        unique(labels, |label| label.name.rsplit(" > ").next().is_some_and(|last| same(last, wanted)))
            .map(|label| label.name.as_str())
    })
}

fn property_named<'a>(inventory: &'a Inventory, wanted: &str) -> Option<&'a Property> {
    let properties = &inventory.properties;
    let exact = properties.iter().find(|property| same(&property.name, wanted));
    exact.or_else(|| unique(properties, |property| property.name.split_once(':').is_some_and(|(_, bare)| same(bare, wanted))))
}
