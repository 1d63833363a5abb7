//! `POST /api/_private/datasets/{owner}/{dataset_name}/statistics`
//!
//! How many comments pass a filter, and how many of them have each label: those people assigned, plus the sum of
//! the probabilities on comments nobody reviewed.

use std::collections::{BTreeMap, HashMap};

use adit_datasets::with_ancestors;
use adit_http::{AddressKind, Call, Needs, Operation, Reply};
use adit_kernel::{Id, Permission, Result, Timestamp, catalogue};
use adit_store::Tx;
use http::Method;

use super::wire::{GetDatasetStatisticsRequest, GetDatasetStatisticsResponse, Sentiment, Statistics};
use crate::facts::{Scope, Seen};

pub(super) static OPERATION: Operation = Operation {
    id: "get_dataset_statistics",
    method: Method::POST,
    path: "/api/_private/datasets/{owner}/{dataset_name}/statistics",
    needs: Needs::In(AddressKind::Dataset, &[Permission::DATASETS_READ, Permission::SOURCES_READ]),
    serve: |call| Box::pin(handle(call)),
};

/// Comments looked at in one step.
const STEP: usize = 2000;

struct Counts {
    n_comments: i64,
    span: Option<(Timestamp, Timestamp)>,
    labels: BTreeMap<String, Sentiment>,
}

async fn handle(call: Call) -> Result<Reply> {
    let body: GetDatasetStatisticsRequest = call.json()?;
    if let Some(part) = body.rest.iter().find(|(name, value)| is_asked_for(name, value)).map(|(name, _)| name) {
        return Err(catalogue::not_served(&format!("get_dataset_statistics with `{part}`")));
    }
    let mut tx = call.env.read().await?;
    let filters = body.attribute_filters.unwrap_or_default();
    let scope = Scope::new(&call, &mut tx, body.comment_filter.unwrap_or_default(), filters, false).await?;
    let labels = adit_datasets::labels_of(&mut tx, scope.dataset.id).await?;
    let names: HashMap<Id, String> = labels.into_iter().map(|label| (label.id, label.name)).collect();
    let is_whole = scope.admits_all() && scope.sources.len() == scope.dataset.source_ids.len();
    let mut counts = Counts { n_comments: 0, span: None, labels: BTreeMap::new() };
    for name in names.values() {
        counts.labels.insert(name.clone(), Sentiment::default());
    }
    if is_whole {
        count_whole(&mut tx, &scope, &names, &mut counts).await?;
    } else {
        count_passing(&call, &mut tx, &scope, &names, &mut counts).await?;
    }
    Reply::ok(GetDatasetStatisticsResponse {
        statistics: Statistics {
            thread_mode: false,
            by_labels: Vec::new(),
            by_label_properties: Vec::new(),
            num_comments: counts.n_comments,
            min_timestamp: counts.span.map(|span| span.0),
            max_timestamp: counts.span.map(|span| span.1),
            label_counts: counts.labels,
            string_user_property_counts: Vec::new(),
            email_property_counts: serde_json::Map::new(),
            thread_histogram_counts: serde_json::Map::new(),
            timezone: body.timezone.unwrap_or_else(|| "UTC".into()),
        },
    })
}

/// Whether a part of the request asks for something: clients send `false` and empty lists for what they do not want.
fn is_asked_for(name: &str, value: &serde_json::Value) -> bool {
    let is_setting = matches!(name, "time_resolution" | "label_filter");
    let is_empty = match value {
        serde_json::Value::Null | serde_json::Value::Bool(false) => true,
        serde_json::Value::Array(items) => items.is_empty(),
        serde_json::Value::Object(map) => map.is_empty(),
        _ => false,
    };
    !is_setting && !is_empty
}

/// Counts without looking at any comment.
async fn count_whole(tx: &mut Tx, scope: &Scope, names: &HashMap<Id, String>, counts: &mut Counts) -> Result<()> {
    counts.n_comments = adit_corpus::count_comments(tx, &scope.sources).await?;
    counts.span = adit_corpus::time_span(tx, &scope.sources).await?;
    for (label, expected) in adit_models::count_by_label(tx, scope.dataset.id).await? {
        if let Some(name) = names.get(&label) {
            counts.labels.entry(name.clone()).or_default().positive += expected;
        }
    }
    for (name, (positive, negative)) in adit_datasets::assigned_counts(tx, scope.dataset.id).await? {
        let count = counts.labels.entry(name).or_default();
        count.positive += positive as f64;
        count.negative += negative as f64;
    }
    Ok(())
}

async fn count_passing(call: &Call, tx: &mut Tx, scope: &Scope, names: &HashMap<Id, String>, counts: &mut Counts) -> Result<()> {
    let mut after = 0;
    loop {
        let step = adit_corpus::scan_by_seq(tx, &scope.sources, after, STEP).await?;
        let Some(last) = step.last() else { return Ok(()) };
        after = last.seq;
        let seen = scope.passing(&call.env, tx, step).await?;
        let open: Vec<i64> = seen.iter().filter(|one| !is_reviewed(one)).map(|one| one.comment.seq).collect();
        for (label, probability) in adit_models::predictions_of(tx, scope.dataset.id, &open).await?.into_values().flatten() {
            if let Some(name) = names.get(&label) {
                counts.labels.entry(name.clone()).or_default().positive += probability;
            }
        }
        for one in &seen {
            add(one, counts);
        }
    }
}

fn is_reviewed(seen: &Seen) -> bool {
    seen.annotation.as_ref().is_some_and(|annotation| annotation.reviewed)
}

fn add(seen: &Seen, counts: &mut Counts) {
    let at = seen.comment.timestamp;
    counts.n_comments += 1;
    counts.span = Some(counts.span.map_or((at, at), |(least, most)| (least.min(at), most.max(at))));
    let Some(annotation) = &seen.annotation else { return };
    let mut labels: BTreeMap<String, bool> = BTreeMap::new();
    for label in &annotation.assigned {
        for name in with_ancestors(&label.name) {
            labels.entry(name).or_insert(label.sentiment == "negative");
        }
    }
    for (name, is_negative) in labels {
        let count = counts.labels.entry(name).or_default();
        if is_negative { count.negative += 1.0 } else { count.positive += 1.0 }
    }
}
