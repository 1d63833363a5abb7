//! The query as a table: one row per comment, one column per label with its probability.

use std::collections::HashMap;

use adit_corpus::StoredComment;
use adit_datasets::{Predictor, wire};
use adit_http::Reply;
use adit_kernel::{Error, Result};
use adit_store::Env;

use crate::facts::{Scope, Seen};

/// Comments predicted in one go.
const CHUNK: usize = 1000;

/// The CSV with a header row. A label that people assigned has probability 1.
pub(super) async fn table(env: &Env, scope: &Scope, seen: &[Seen], shown: &wire::Dataset) -> Result<Reply> {
    let names: Vec<&str> = shown.label_defs.iter().map(|label| label.name.as_str()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["Date", "ID", "Message"];
    header.extend(&names);
    writer.write_record(&header).map_err(broken)?;
    for chunk in seen.chunks(CHUNK) {
        let comments: Vec<StoredComment> = chunk.iter().map(|one| one.comment.clone()).collect();
        let predictions = match env.service::<Predictor>() {
            Ok(predictor) => predictor.0.predict_latest(env, &scope.dataset, &comments).await?,
            Err(_) => None,
        };
        for (n, one) in chunk.iter().enumerate() {
            let mut scores: HashMap<String, f64> = HashMap::new();
            for label in predictions.iter().filter_map(|all| all.get(n)).flat_map(|p| &p.labels) {
                scores.insert(label.name.join(" > "), label.probability);
            }
            if let Some(annotation) = one.annotation.as_ref().filter(|annotation| annotation.reviewed) {
                scores.clear();
                let assigned = annotation.assigned.iter().flat_map(|label| adit_datasets::with_ancestors(&label.name));
                scores.extend(assigned.map(|name| (name, 1.0)));
            }
            let mut record = vec![one.comment.timestamp.to_string(), one.comment.id.clone(), one.comment.model_text()];
            record.extend(names.iter().map(|name| scores.get(*name).copied().unwrap_or(0.0).to_string()));
            writer.write_record(&record).map_err(broken)?;
        }
    }
    let bytes = writer.into_inner().map_err(|e| Error::internal(format!("cannot finish a table: {e}")))?;
    Ok(Reply::bytes("text/csv; charset=utf-8", bytes))
}

fn broken(error: csv::Error) -> Error {
    Error::wrap("cannot write a table", error)
}
