//! Seeding through the public API: project, source, comments, dataset, annotations.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::api::Api;
use crate::banking::Row;
use crate::demo::{DATASET, PROJECT, SOURCE};
use crate::progress::Step;

/// Comments in one sync request.
pub(crate) const SYNC_BATCH: usize = 512;
/// Annotations in one request.
const ANNOTATE_BATCH: usize = 128;

/// Creates the project unless it exists.
pub(crate) fn project(api: &Api) -> Result<()> {
    let path = format!("/api/_private/projects/{PROJECT}");
    if api.find(&path)?.is_some() {
        return Ok(());
    }
    let user = api.send("GET", "/auth/user", None)?;
    let user_id = user.pointer("/user/id").context("the server does not say who we are")?;
    let body = json!({"project": {"title": "Demo", "description": "What `cargo xtask up` shows"}, "user_ids": [user_id]});
    api.send("PUT", &path, Some(&body)).map(drop)
}

/// Creates the source unless it exists; returns its id.
pub(crate) fn source(api: &Api) -> Result<String> {
    let path = format!("/api/v1/sources/{SOURCE}");
    let body = json!({"source": {"title": "Online banking questions", "language": "en", "should_translate": false}});
    let reply = match api.find(&path)? {
        Some(reply) => reply,
        None => api.send("PUT", &path, Some(&body))?,
    };
    id_of(&reply, "source")
}

/// Creates the dataset unless it exists.
pub(crate) fn dataset(api: &Api, source_id: &str) -> Result<()> {
    let path = format!("/api/v1/datasets/{DATASET}");
    if api.find(&path)?.is_some() {
        return Ok(());
    }
    let body = json!({"dataset": {
        "title": "Banking intents",
        "description": "77 intents of online-banking customers (BANKING77, CC BY 4.0)",
        "source_ids": [source_id],
        "has_sentiment": false,
    }});
    api.send("PUT", &path, Some(&body)).map(drop)
}

/// Whether the demo's dataset is there.
pub(crate) fn exists(api: &Api) -> Result<bool> {
    Ok(api.find(&format!("/api/v1/datasets/{DATASET}"))?.is_some())
}

fn id_of(reply: &Value, noun: &str) -> Result<String> {
    let id = reply.pointer(&format!("/{noun}/id")).and_then(Value::as_str);
    id.map(str::to_owned).with_context(|| format!("the reply holds no `{noun}.id`"))
}

/// Asked between requests whether to go on; an error ends the seeding.
pub(crate) type Watch<'a> = &'a mut dyn FnMut() -> Result<()>;

/// Uploads every row as a comment; repeating it changes nothing.
pub(crate) fn sync(api: &Api, rows: &[Row], watch: Watch<'_>) -> Result<()> {
    let mut step = Step::bar("Uploading comments", rows.len() as u64);
    let path = format!("/api/v1/sources/{SOURCE}/sync");
    let mut n_new = 0;
    for (batch_idx, batch) in rows.chunks(SYNC_BATCH).enumerate() {
        watch()?;
        let first = batch_idx * SYNC_BATCH;
        let comments: Vec<Value> = batch.iter().enumerate().map(|(idx, row)| row.comment(first + idx)).collect();
        let reply = api.send("POST", &path, Some(&json!({ "comments": comments })))?;
        n_new += reply.get("new").and_then(Value::as_u64).unwrap_or(0);
        step.advance(batch.len() as u64);
    }
    step.finish(&format!("{} comments, {n_new} of them new", rows.len()));
    Ok(())
}

/// Assigns each row its intent; repeating it changes nothing.
pub(crate) fn annotate(api: &Api, source_id: &str, rows: &[&Row], watch: Watch<'_>) -> Result<()> {
    let mut step = Step::bar("Annotating", rows.len() as u64);
    let path = format!("/api/v1/datasets/{DATASET}/sync-annotations");
    for batch in rows.chunks(ANNOTATE_BATCH) {
        watch()?;
        let annotations: Vec<Value> = batch.iter().map(|row| annotation(source_id, row)).collect();
        api.send("POST", &path, Some(&json!({ "annotations": annotations })))?;
        step.advance(batch.len() as u64);
    }
    step.finish(&format!("{} comments reviewed", rows.len()));
    Ok(())
}

fn annotation(source_id: &str, row: &Row) -> Value {
    let labels: Vec<Value> = row.labels.iter().map(|name| json!({ "name": name })).collect();
    json!({"comment_uid": format!("{source_id}.{}", row.id), "labels": labels})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_names_the_comment_by_source_and_id() {
        let row = Row { id: "b77-train-0".into(), split: "train".into(), text: String::new(), labels: vec!["a".into()] };
        let expected = json!({"comment_uid": "0a.b77-train-0", "labels": [{"name": "a"}]});
        assert_eq!(annotation("0a", &row), expected);
    }

    #[test]
    fn a_reply_without_id_is_an_error() {
        assert_eq!(id_of(&json!({"source": {"id": "0a"}}), "source").unwrap(), "0a");
        assert!(id_of(&json!({}), "source").is_err());
    }
}
