//! What is different about a thing before and after.

use std::collections::BTreeSet;

use adit_store::{Note, Subject};
use serde_json::{Map, Value, json};

/// Everything an event says besides who, when and what: the things it is about and what changed in them.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) subjects: Vec<Subject>,
    pub(super) details: Map<String, Value>,
}

impl Account {
    /// From the things found before and after the change, and from what the operation noted.
    pub(super) fn of(before: Vec<Subject>, after: Vec<Subject>, notes: Vec<Note>) -> Self {
        let mut account = Self::default();
        let mut changes = Vec::new();
        for subject in &after {
            if let Some(old) = before.iter().find(|old| is_same(old, subject))
                && let Some(change) = difference(&old.state, &subject.state)
            {
                changes.push(json!({"noun": subject.noun, "id": subject.id, "before": change.0, "after": change.1}));
            }
        }
        if !changes.is_empty() {
            account.details.insert("changes".into(), Value::Array(changes));
        }
        for note in notes {
            match note {
                Note::About(subject) => account.add(subject),
                Note::Fact(key, value) => {
                    account.details.insert(key.into(), value);
                }
            }
        }
        // The names after the change are the ones that go on being used; what is gone keeps the one it had.
        for subject in after.into_iter().chain(before) {
            account.add(subject);
        }
        account
    }

    /// Adds a thing unless it is there already.
    pub(super) fn add(&mut self, subject: Subject) {
        if !self.subjects.iter().any(|known| is_same(known, &subject)) {
            self.subjects.push(subject);
        }
    }
}

fn is_same(left: &Subject, right: &Subject) -> bool {
    left.noun == right.noun && left.id == right.id
}

/// The fields of two records that differ, as they were and as they are.
fn difference(before: &Value, after: &Value) -> Option<(Value, Value)> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return None };
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).collect();
    let pick = |from: &Map<String, Value>| {
        Value::Object(keys.iter().map(|key| ((*key).clone(), from.get(*key).cloned().unwrap_or_default())).collect())
    };
    (!keys.is_empty()).then(|| (pick(before), pick(after)))
}
