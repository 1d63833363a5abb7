//! The demo's resources and what is asked of them once they are trained.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::api::Api;
use crate::banking;
use crate::progress::Step;
use crate::seed::Watch;

/// Name of the demo's project.
pub(crate) const PROJECT: &str = "demo";
/// `owner/name` of the demo's source.
pub(crate) const SOURCE: &str = "demo/banking";
/// `owner/name` of the demo's dataset.
pub(crate) const DATASET: &str = "demo/intents";

/// Labels below this probability are not worth showing.
const THRESHOLD: f64 = 0.25;
/// Test rows shown as examples, far apart in the mixed order.
const EXAMPLES: [usize; 3] = [0, 1_000, 2_000];
const POLL_EVERY: Duration = Duration::from_millis(250);

/// A path of the dataset's private API.
pub(crate) fn labellers(rest: &str) -> String {
    format!("/api/_private/datasets/{DATASET}/labellers{rest}")
}

/// The validation of the newest model, or `None` while there is none.
pub(crate) fn validation(api: &Api) -> Result<Option<Value>> {
    let reply = api.find(&labellers("/latest/validation"))?;
    Ok(reply.and_then(|body| body.get("validation").cloned()))
}

/// How many reviewed comments the newest model has seen; 0 without a model.
pub(crate) fn reviewed_size(validation: Option<&Value>) -> u64 {
    validation.and_then(|summary| summary.get("reviewed_size")?.as_u64()).unwrap_or(0)
}

/// Waits for a validated model that has seen at least `n_reviewed` comments.
pub(crate) fn wait_trained(api: &Api, n_reviewed: u64, patience: Duration, watch: Watch<'_>) -> Result<Value> {
    let mut step = Step::spinner("Waiting for the model");
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        watch()?;
        if let Some(summary) = validation(api)?
            && reviewed_size(Some(&summary)) >= n_reviewed
        {
            step.finish(&format!("version {}", summary.get("version").unwrap_or(&Value::Null)));
            return Ok(summary);
        }
        let status = api.send("GET", &labellers("/status"), None)?;
        step.note(&status_line(&status));
        thread::sleep(POLL_EVERY);
    }
    bail!("no model was trained within {} s; see `adit.log` in the data folder", patience.as_secs())
}

fn status_line(reply: &Value) -> String {
    let percent = |key: &str| {
        let share = reply.pointer(&format!("/dataset_status/{key}")).and_then(Value::as_f64);
        share.map_or_else(|| "waiting".to_owned(), |share| format!("{:.0} %", share * 100.0))
    };
    format!("training {}, validation {}", percent("training_complete"), percent("validation_complete"))
}

/// Prints what the validation says of the newest model.
pub(crate) fn print_score(summary: &Value) {
    let score = summary.pointer("/model_rating/score").and_then(Value::as_f64);
    let quality = summary.pointer("/model_rating/quality").and_then(Value::as_str).unwrap_or("unknown");
    let precision = summary.get("mean_average_precision_safe").and_then(Value::as_f64);
    let figure = |value: Option<f64>, digits: usize| value.map_or("unknown".to_owned(), |value| format!("{value:.digits$}"));
    println!();
    println!("Model version {}", summary.get("version").unwrap_or(&Value::Null));
    println!("  reviewed comments       {}", reviewed_size(Some(summary)));
    println!("  rating                  {} ({quality})", figure(score, 1));
    println!("  mean average precision  {}", figure(precision, 3));
}

/// Predicts three questions the model has never seen and prints the answers.
pub(crate) fn print_examples(api: &Api) -> Result<()> {
    let rows = banking::rows("test")?;
    let shown: Vec<_> = EXAMPLES.iter().filter_map(|idx| rows.get(*idx)).collect();
    let documents: Vec<Value> = shown.iter().map(|row| banking::document(&row.text)).collect();
    let body = json!({"documents": documents, "threshold": THRESHOLD});
    let reply = api.send("POST", &labellers("/predict"), Some(&body))?;
    let predictions = reply.get("predictions").and_then(Value::as_array).context("the reply holds no predictions")?;
    println!();
    println!("Predictions for questions it has not seen");
    for (row, labels) in shown.iter().zip(predictions) {
        println!("  “{}”", row.text);
        println!("    {}", label_line(labels));
    }
    Ok(())
}

fn label_line(labels: &Value) -> String {
    let texts: Vec<String> = labels.as_array().into_iter().flatten().map(label_text).collect();
    if texts.is_empty() { "no label above the threshold".to_owned() } else { texts.join(", ") }
}

fn label_text(label: &Value) -> String {
    let name = match label.get("name") {
        Some(Value::Array(parts)) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" > "),
        Some(Value::String(name)) => name.clone(),
        _ => "?".to_owned(),
    };
    let probability = label.get("probability").and_then(Value::as_f64).unwrap_or(0.0);
    format!("{name} {:.0} %", probability * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_print_as_paths_with_percent() {
        let labels = json!([{"name": ["Order", "Missing"], "probability": 0.834}, {"name": "Order", "probability": 1}]);
        assert_eq!(label_line(&labels), "Order > Missing 83 %, Order 100 %");
        assert_eq!(label_line(&json!([])), "no label above the threshold");
    }

    #[test]
    fn a_status_without_figures_is_waiting() {
        let reply = json!({"dataset_status": {"training_complete": 0.5, "validation_complete": null}});
        assert_eq!(status_line(&reply), "training 50 %, validation waiting");
    }

    #[test]
    fn no_model_has_seen_nothing() {
        assert_eq!(reviewed_size(None), 0);
        assert_eq!(reviewed_size(Some(&json!({"reviewed_size": 12}))), 12);
    }
}
