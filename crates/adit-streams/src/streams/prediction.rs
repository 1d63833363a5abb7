//! What a stream's pinned model says about the comments of a batch, in the shapes of both ways to read.

use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_datasets::{Dataset, Label};
use adit_kernel::{Result, catalogue};
use adit_models::Served;
use adit_store::{Env, Tx};

use super::results_wire::{
    LabelDefinition, ModelDefinition, ModelTaxonomy, StreamCommentPrediction, StreamConfidence, StreamLabelPrediction,
    StreamTaxonomyPrediction, UserModel,
};
use super::rules::passes;
use super::store::StreamRow;
use super::wire::{PredictedLabel, TriggerLabelThreshold};

/// The only taxonomy there is.
const TAXONOMY: &str = "default";
/// The name under which a label's own threshold in the stream is reported.
const OWN_THRESHOLD: &str = "stream";

/// A stream's model, ready to predict.
pub(super) struct StreamModel {
    served: Arc<Served>,
    labels: Vec<Label>,
}

/// The model and its scores, aligned with the comments of the batch.
pub(super) struct Predicted {
    model: StreamModel,
    scores: Vec<Vec<(String, f64)>>,
}

/// Loads the model of a stream, if it has one.
pub(super) async fn load(env: &Env, tx: &mut Tx, dataset: &Dataset, stream: &StreamRow) -> Result<Option<StreamModel>> {
    let Some(chosen) = &stream.definition.model else { return Ok(None) };
    let served = adit_models::served(env, tx, dataset.id, chosen.version).await?;
    let served = served.ok_or_else(|| catalogue::no_model(&chosen.version.to_string()))?;
    Ok(Some(StreamModel { served, labels: adit_datasets::labels_of(tx, dataset.id).await? }))
}

/// Predicts for a batch.
pub(super) async fn predict(env: &Env, model: StreamModel, comments: &[StoredComment]) -> Result<Predicted> {
    let scores = match comments {
        [] => Vec::new(),
        _ => model.served.predict_comments(env, comments).await?,
    };
    Ok(Predicted { model, scores })
}

impl Predicted {
    /// For the n-th comment, the labels as `/fetch` shows them.
    pub(super) fn labels(&self, n: usize, thresholds: &[TriggerLabelThreshold]) -> Vec<PredictedLabel> {
        returned_labels(self.scores_of(n), thresholds)
    }

    /// For the n-th comment, the labels as `/results` shows them.
    pub(super) fn confidences(&self, n: usize, thresholds: &[TriggerLabelThreshold]) -> StreamCommentPrediction {
        confidences(self.scores_of(n), thresholds, |label, probability| self.model.served.names_met(label, probability))
    }

    /// For the n-th comment, every label with its probability.
    pub(super) fn scores_of(&self, n: usize) -> &[(String, f64)] {
        self.scores.get(n).map_or(&[], Vec::as_slice)
    }

    /// What the model predicts.
    pub(super) fn definition(&self) -> UserModel {
        let definition = |name: &String| {
            let known = self.model.labels.iter().find(|label| label.name == *name);
            let instructions = known.map(|label| label.instructions.clone()).unwrap_or_default();
            LabelDefinition { name: name.clone(), instructions, fields: Vec::new() }
        };
        let taxonomy = ModelTaxonomy {
            name: TAXONOMY,
            instructions: String::new(),
            labels: self.model.served.labels().iter().map(definition).collect(),
            general_fields: Vec::new(),
            field_types: Vec::new(),
        };
        UserModel { definition: ModelDefinition { taxonomies: vec![taxonomy] } }
    }
}

/// The labels that the stream lets through.
pub(super) fn returned_labels(scores: &[(String, f64)], thresholds: &[TriggerLabelThreshold]) -> Vec<PredictedLabel> {
    let mut labels = Vec::new();
    for (label, probability) in scores.iter().filter(|(label, probability)| passes(thresholds, label, *probability)) {
        let name = label.split(" > ").map(str::to_owned).collect();
        labels.push(PredictedLabel { name, probability: *probability });
    }
    labels
}

/// Every label with the thresholds it clears: those that `names_met` knows, and the stream's own.
pub(super) fn confidences(
    scores: &[(String, f64)],
    thresholds: &[TriggerLabelThreshold],
    names_met: impl Fn(&str, f64) -> Vec<String>,
) -> StreamCommentPrediction {
    let mut labels = Vec::with_capacity(scores.len());
    for (label, probability) in scores {
        let mut met = names_met(label, *probability);
        if passes(thresholds, label, *probability) {
            met.push(OWN_THRESHOLD.to_owned());
        }
        let confidence = StreamConfidence { value: *probability, thresholds: met };
        // Nothing is extracted yet, so that nothing makes the extraction less likely than the label.
        labels.push(StreamLabelPrediction {
            name: label.clone(),
            occurrence_confidence: confidence.clone(),
            extraction_confidence: confidence,
            fields: Vec::new(),
        });
    }
    let taxonomy = StreamTaxonomyPrediction { name: TAXONOMY, labels, general_fields: Vec::new() };
    StreamCommentPrediction { taxonomies: vec![taxonomy], scores: Vec::new() }
}
