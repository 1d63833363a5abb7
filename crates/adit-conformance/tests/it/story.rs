//! Steps that several tests begin with: a project, comments, annotations, a model.

use std::time::{Duration, Instant};
use std::{collections::BTreeMap, thread};

use adit_conformance::{Api, Question, questions};
use serde_json::{Value, json};

/// How long training may take on a busy machine in the debug profile.
pub(crate) const MODEL_WITHIN: Duration = Duration::from_secs(60);

/// A project with one source and one dataset on it.
pub(crate) struct Place {
    pub(crate) api: Api,
    pub(crate) source_id: String,
    pub(crate) source: String,
    pub(crate) dataset: String,
    pub(crate) private_dataset: String,
}

impl Place {
    /// Makes project, source and dataset.
    pub(crate) fn make(api: &Api, project: &str) -> Self {
        api.put(&format!("/api/_private/projects/{project}"), &json!({"project": {"title": "Conformance"}, "user_ids": []}));
        let source = format!("/api/v1/sources/{project}/bank");
        let made = api.put(&source, &json!({"source": {"title": "Bank"}}));
        let source_id = text(&made, "/source/id");
        let dataset = format!("/api/v1/datasets/{project}/intents");
        api.put(&dataset, &json!({"dataset": {"source_ids": [source_id], "has_sentiment": false}}));
        let private_dataset = dataset.replace("/v1/", "/_private/");
        Self { api: api.clone(), source_id, source, dataset, private_dataset }
    }

    /// Uploads questions as comments; `from` numbers the first one's timestamp.
    pub(crate) fn sync(&self, questions: &[Question], from: usize) -> Value {
        let comments: Vec<_> = questions.iter().enumerate().map(|(idx, question)| question.comment(from + idx)).collect();
        self.api.post(&format!("{}/sync", self.source), &json!({"comments": comments}))
    }

    /// Reviews questions with their intents.
    pub(crate) fn annotate(&self, questions: &[Question]) {
        for question in questions {
            self.annotate_as(&question.id, question.label());
        }
    }

    /// Reviews one comment with one label.
    pub(crate) fn annotate_as(&self, comment_id: &str, label: &str) {
        let labelling = json!({"labelling": [{"group": "default", "assigned": [{"name": label, "sentiment": "positive"}]}]});
        self.api.post(&format!("{}/labellings/{}", self.private_dataset, self.uid(comment_id)), &labelling);
    }

    /// The uid of a comment of the source.
    pub(crate) fn uid(&self, comment_id: &str) -> String {
        format!("{}.{comment_id}", self.source_id)
    }

    /// Waits for a model trained on at least so many reviewed comments.
    pub(crate) fn model_of(&self, n_reviewed: u64) -> u64 {
        let deadline = Instant::now() + MODEL_WITHIN;
        loop {
            let path = format!("{}/labellers/latest/validation", self.private_dataset);
            let validation = self.api.call("GET", &path, None);
            let reviewed = validation.body.pointer("/validation/reviewed_size").and_then(Value::as_u64).unwrap_or_default();
            if reviewed >= n_reviewed {
                return validation.body["validation"]["version"].as_u64().unwrap();
            }
            assert!(
                Instant::now() < deadline,
                "no model of {n_reviewed} comments within {MODEL_WITHIN:?}: {}",
                validation.shown()
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Pins a model version.
    pub(crate) fn pin(&self, version: u64) {
        self.api.ok("PUT", &format!("{}/labellers/{version}/pin", self.private_dataset), None);
    }

    /// The most probable label of each text, by a pinned version.
    pub(crate) fn predict(&self, version: u64, texts: &[&str]) -> Vec<String> {
        let documents: Vec<_> = texts.iter().map(|text| json!({"messages": [{"body": {"text": text}}]})).collect();
        let path = format!("{}/labellers/{version}/predict", self.dataset);
        let reply = self.api.post(&path, &json!({"documents": documents, "threshold": 0.0}));
        assert_eq!(reply["model"]["version"], version);
        let predictions = reply["predictions"].as_array().unwrap();
        assert_eq!(predictions.len(), texts.len());
        predictions.iter().map(best).collect()
    }
}

/// The most probable of predicted labels, levels joined.
pub(crate) fn best(labels: &Value) -> String {
    let labels = labels.as_array().unwrap().iter();
    let best = labels.max_by(|a, b| probability(a).total_cmp(&probability(b)));
    let parts = best.and_then(|label| label["name"].as_array().cloned()).unwrap_or_default();
    parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" > ")
}

/// The probability of a predicted label.
pub(crate) fn probability(label: &Value) -> f64 {
    label["probability"].as_f64().unwrap()
}

/// Questions of the first `n_labels` intents, `n_each` of each; those of `split`.
pub(crate) fn sample(split: &str, n_labels: usize, n_each: usize) -> Vec<Question> {
    let mut by_label: BTreeMap<String, Vec<Question>> = BTreeMap::new();
    for question in questions().into_iter().filter(|question| question.split == split) {
        by_label.entry(question.label().to_owned()).or_default().push(question);
    }
    by_label.into_values().take(n_labels).flat_map(|rows| rows.into_iter().take(n_each)).collect()
}

/// The text at a JSON pointer.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value}")).to_owned()
}
