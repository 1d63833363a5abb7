//! Predictions of the newest version, offered to the area below that shows annotated comments.

use adit_corpus::StoredComment;
use adit_datasets::{Dataset, Predict, PredictedLabel, Predictions};
use adit_kernel::Result;
use adit_store::Env;
use async_trait::async_trait;

use crate::engine;
use crate::models;

/// Below this a prediction is noise to a reader.
const SHOWN_FROM: f64 = 0.05;

/// The [`Predict`] service.
pub struct LatestPredictor;

#[async_trait]
impl Predict for LatestPredictor {
    async fn predict_latest(&self, env: &Env, dataset: &Dataset, comments: &[StoredComment]) -> Result<Option<Vec<Predictions>>> {
        // What is shown now is predicted first by the next version.
        env.service::<engine::Engine>()?.look_at(dataset.id, comments.iter().map(|comment| comment.seq));
        let mut tx = env.read().await?;
        let Some(row) = models::store::latest(&mut tx, dataset.id).await? else { return Ok(None) };
        drop(tx);
        let Some(served) = engine::load(env, dataset.id, row).await? else { return Ok(None) };
        let predicted = served.predict_comments(env, comments).await?;
        let labels = |scores: engine::Scores| {
            let shown = scores.into_iter().filter(|(_, probability)| *probability >= SHOWN_FROM);
            shown
                .map(|(name, probability)| PredictedLabel {
                    name: name.split(" > ").map(str::to_owned).collect(),
                    probability,
                    sentiment: None,
                })
                .collect()
        };
        Ok(Some(predicted.into_iter().map(|scores| Predictions { labels: labels(scores) }).collect()))
    }
}
