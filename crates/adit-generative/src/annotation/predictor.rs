//! Puts generated labels in place of what a model says about labels that it has seen too few examples of.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_datasets::{Dataset, Label, Predict, PredictedLabel, Predictions, with_ancestors};
use adit_kernel::{Id, Result};
use adit_store::Env;
use async_trait::async_trait;

use super::needy;
use super::store::{self, Generated};
use crate::Feature;

/// The [`Predict`] service over another one.
pub(crate) struct GenerativePredictor(pub(crate) Arc<dyn Predict>);

#[async_trait]
impl Predict for GenerativePredictor {
    async fn predict_latest(&self, env: &Env, dataset: &Dataset, comments: &[StoredComment]) -> Result<Option<Vec<Predictions>>> {
        let predicted = self.0.predict_latest(env, dataset, comments).await?;
        if !Feature::Annotation.is_allowed(dataset) {
            return Ok(predicted);
        }
        let mut tx = env.read().await?;
        let seqs: Vec<i64> = comments.iter().map(|comment| comment.seq).collect();
        let generated = store::of_comments(&mut tx, dataset.id, &seqs).await?;
        if generated.is_empty() {
            return Ok(predicted);
        }
        let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
        let needy = needy(&mut tx, dataset.id, &labels).await?;
        drop(tx);
        let mut all = predicted.unwrap_or_else(|| vec![Predictions::default(); comments.len()]);
        for (comment, predictions) in comments.iter().zip(&mut all) {
            let current = generated.get(&comment.seq).filter(|one| one.text_hash == comment.text_hash);
            if let Some(generated) = current {
                put(predictions, generated, &labels, &needy);
            }
        }
        Ok(Some(all))
    }
}

/// For labels with few examples the language model's word counts, also where it is silent; a label counts for those
/// above it.
pub(super) fn put(predictions: &mut Predictions, generated: &Generated, labels: &[Label], needy: &HashSet<Id>) {
    let name_of: HashMap<Id, &str> = labels.iter().map(|label| (label.id, label.name.as_str())).collect();
    let needy_names: HashSet<&str> = needy.iter().filter_map(|id| name_of.get(id).copied()).collect();
    predictions.labels.retain(|label| !needy_names.contains(label.name.join(" > ").as_str()));
    for one in generated.labels.iter().filter(|one| needy.contains(&one.label_id)) {
        let Some(name) = name_of.get(&one.label_id) else { continue };
        for name in with_ancestors(name) {
            // Above may stand a label that the model knows well: that keeps its word, unless it is less likely.
            let path: Vec<String> = name.split(" > ").map(str::to_owned).collect();
            match predictions.labels.iter_mut().find(|label| label.name == path) {
                Some(label) => label.probability = label.probability.max(one.probability),
                None if labels.iter().any(|label| label.name == name) => {
                    predictions.labels.push(PredictedLabel { name: path, probability: one.probability, sentiment: None });
                }
                None => {}
            }
        }
    }
    predictions.labels.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.name.cmp(&b.name)));
}
