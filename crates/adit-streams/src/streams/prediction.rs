//! What a stream's pinned model says about the comments of a batch, in the shapes of both ways to read.

use std::sync::Arc;

use adit_corpus::StoredComment;
use adit_datasets::wire::PredictedEntity;
use adit_datasets::{Dataset, Label};
use adit_kernel::{Result, catalogue};
use adit_models::{ExtractedValue, Extraction, Judged, LabelImpacts, Served};
use adit_store::{Env, Tx};
use serde_json::Value;

use super::results_wire::{
    DataType, FieldDefinition, FieldType, LabelDefinition, ModelDefinition, ModelTaxonomy, StreamCommentPrediction,
    StreamConfidence, StreamExtractionFieldPrediction, StreamFieldValue, StreamGeneralFieldPrediction, StreamLabelPrediction,
    StreamScorePrediction, StreamTaxonomyPrediction, StreamTextSpan, UserModel,
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
    impacts: LabelImpacts,
}

/// The model and what it says, aligned with the comments of the batch.
pub(super) struct Predicted {
    model: StreamModel,
    judged: Vec<Judged>,
    entities: Vec<Vec<PredictedEntity>>,
    records: Vec<Vec<Filled>>,
}

/// The records of one label in one comment, given that the label applies.
pub(super) struct Filled {
    pub(super) label: String,
    pub(super) form: usize,
    pub(super) records: Vec<Extraction>,
}

/// Loads the model of a stream, if it has one.
pub(super) async fn load(env: &Env, tx: &mut Tx, dataset: &Dataset, stream: &StreamRow) -> Result<Option<StreamModel>> {
    let Some(chosen) = &stream.definition.model else { return Ok(None) };
    let served = adit_models::served(env, tx, dataset.id, chosen.version).await?;
    let served = served.ok_or_else(|| catalogue::no_model(&chosen.version.to_string()))?;
    let labels = adit_datasets::labels_of(tx, dataset.id).await?;
    Ok(Some(StreamModel { served, impacts: LabelImpacts::new(dataset, &labels), labels }))
}

/// Who can tell which entities a comment has, when the stream's filter asks: its own model, else the newest version.
pub(super) async fn finder(
    env: &Env,
    tx: &mut Tx,
    dataset: &Dataset,
    stream: &StreamRow,
    model: Option<&StreamModel>,
) -> Result<Option<Arc<Served>>> {
    let Some(stored) = &stream.definition.comment_filter else { return Ok(None) };
    if !super::definition::filter(stored)?.needs_entities() {
        return Ok(None);
    }
    match (model, adit_models::latest_version(tx, dataset.id).await?) {
        (Some(model), _) => Ok(Some(model.served.clone())),
        (None, Some(version)) => adit_models::served(env, tx, dataset.id, version).await,
        (None, None) => Ok(None),
    }
}

/// Predicts for a batch; the records of labels only where they are shown.
pub(super) async fn predict(env: &Env, model: StreamModel, comments: &[StoredComment], with_records: bool) -> Result<Predicted> {
    if comments.is_empty() {
        return Ok(Predicted { model, judged: Vec::new(), entities: Vec::new(), records: Vec::new() });
    }
    let judged = model.served.judge_comments(env, comments).await?;
    let entities = model.served.entities_of_comments(env, comments).await?;
    let mut records: Vec<Vec<Filled>> = Vec::new();
    if with_records {
        let form = |label: &String| model.served.fields().form_of(label).map(|form| (label.clone(), form));
        let asked: Vec<Vec<(String, usize)>> =
            judged.iter().map(|judged| judged.scores.iter().filter_map(|(label, _)| form(label)).collect()).collect();
        let forms = asked.iter().map(|asked| asked.iter().map(|(_, form)| *form).collect()).collect();
        let found = model.served.extract_from_comments(comments, forms).await?;
        let filled = |(asked, found): (Vec<(String, usize)>, Vec<Vec<Extraction>>)| {
            asked.into_iter().zip(found).map(|((label, form), records)| Filled { label, form, records }).collect()
        };
        records = asked.into_iter().zip(found).map(filled).collect();
    }
    Ok(Predicted { model, judged, entities, records })
}

impl Predicted {
    /// For the n-th comment, the labels as `/fetch` shows them.
    pub(super) fn labels(&self, n: usize, thresholds: &[TriggerLabelThreshold]) -> Vec<PredictedLabel> {
        self.judged.get(n).map(|judged| returned_labels(judged, thresholds)).unwrap_or_default()
    }

    /// For the n-th comment, tone and quality of service as `/fetch` shows them; nothing where the dataset has neither.
    pub(super) fn label_properties(&self, n: usize) -> Option<Vec<Value>> {
        let impacts = &self.model.impacts;
        let judged = self.judged.get(n).filter(|_| impacts.shows_any())?;
        let shown = impacts.shown(judged.judgement.net, &judged.scores);
        Some(shown.iter().map(|property| property.to_prediction()).collect())
    }

    /// For the n-th comment, tone and quality of service as `/results` shows them: those that are 0 are left out.
    fn properties(&self, n: usize) -> Vec<StreamScorePrediction> {
        let Some(judged) = self.judged.get(n) else { return Vec::new() };
        let shown = self.model.impacts.shown(judged.judgement.net, &judged.scores).into_iter();
        let named = |it: adit_models::PropertyValue| StreamScorePrediction { name: it.kind.name().to_owned(), value: it.value };
        shown.filter(|property| property.value != 0.0).map(named).collect()
    }

    /// For the n-th comment, the general fields as `/fetch` shows them.
    pub(super) fn entities(&self, n: usize) -> Vec<PredictedEntity> {
        self.entities.get(n).cloned().unwrap_or_default()
    }

    /// For each comment, its records as `/gx-fetch` shows them.
    pub(super) async fn extractions(&self, comments: &[StoredComment]) -> Result<Vec<Vec<adit_models::GroupPredictions>>> {
        let scores: Vec<adit_models::Scores> = self.judged.iter().map(|judged| judged.scores.clone()).collect();
        adit_models::extractions_shown(&self.model.served, comments, &scores).await
    }

    /// For the n-th comment, labels and fields as `/results` shows them.
    pub(super) fn confidences(&self, n: usize, thresholds: &[TriggerLabelThreshold]) -> StreamCommentPrediction {
        let served = &self.model.served;
        let records = self.records.get(n).map_or(&[][..], Vec::as_slice);
        let mut labels = Vec::new();
        for (label, probability) in self.scores_of(n) {
            let occurrence = confidence(thresholds, label, *probability, served.names_met(label, *probability));
            let Some(filled) = records.iter().find(|filled| filled.label == *label) else {
                // Nothing is extracted, so that nothing makes the extraction less likely than the label.
                labels.push(StreamLabelPrediction {
                    name: label.clone(),
                    extraction_confidence: occurrence.clone(),
                    occurrence_confidence: occurrence,
                    fields: Vec::new(),
                });
                continue;
            };
            let slots = served.fields().definition().forms.get(filled.form).map_or(&[][..], |form| &form.fields);
            for record in &filled.records {
                let (exists, is_right) = (probability * record.occurrence, probability * record.extraction);
                let names = served.fields().names_met(filled.form, is_right);
                labels.push(StreamLabelPrediction {
                    name: label.clone(),
                    occurrence_confidence: confidence(thresholds, label, exists, served.names_met(label, exists)),
                    extraction_confidence: confidence(
                        thresholds,
                        label,
                        is_right,
                        names.unwrap_or_else(|| served.names_met(label, is_right)),
                    ),
                    fields: slots
                        .iter()
                        .zip(&record.values)
                        .map(|(slot, value)| shown_field(&slot.name, value.as_ref()))
                        .collect(),
                });
            }
        }
        let general_fields = self.general_fields(n);
        let taxonomy = StreamTaxonomyPrediction { name: TAXONOMY, labels, general_fields };
        StreamCommentPrediction { taxonomies: vec![taxonomy], scores: self.properties(n) }
    }

    /// Every value of every general field; a field without a value is listed with none.
    fn general_fields(&self, n: usize) -> Vec<StreamGeneralFieldPrediction> {
        let found = self.entities.get(n).map_or(&[][..], Vec::as_slice);
        let mut fields = Vec::new();
        for slot in &self.model.served.fields().definition().slots {
            let own: Vec<&PredictedEntity> = found.iter().filter(|it| it.field_id.as_ref() == Some(&slot.field_id)).collect();
            let missing = own.is_empty().then(|| StreamGeneralFieldPrediction {
                name: slot.name.clone(),
                value: None,
                confidence: None,
                text_spans: Vec::new(),
            });
            fields.extend(missing);
            fields.extend(own.into_iter().map(|it| StreamGeneralFieldPrediction {
                name: slot.name.clone(),
                value: Some(StreamFieldValue { formatted: it.formatted_value.clone() }),
                confidence: it.probability,
                text_spans: it.spans.iter().map(StreamTextSpan::of).collect(),
            }));
        }
        fields
    }

    /// For the n-th comment, every label with its probability.
    pub(super) fn scores_of(&self, n: usize) -> &[(String, f64)] {
        self.judged.get(n).map_or(&[], |judged| judged.scores.as_slice())
    }

    /// What the model predicts.
    pub(super) fn definition(&self) -> UserModel {
        let known = self.model.served.fields().definition();
        let definition = |name: &String| {
            let label = self.model.labels.iter().find(|label| label.name == *name);
            let instructions = label.map(|label| label.instructions.clone()).unwrap_or_default();
            let form = known.forms.iter().find(|form| form.label == *name);
            let fields = form.into_iter().flat_map(|form| &form.fields).map(|field| FieldDefinition {
                field_id: field.field_id.clone(),
                field_type_id: field.type_id.clone(),
                name: field.name.clone(),
                instructions: field.instructions.clone(),
            });
            LabelDefinition { name: name.clone(), instructions, fields: fields.collect() }
        };
        let general = known.slots.iter().map(|slot| FieldDefinition {
            field_id: slot.field_id.clone(),
            field_type_id: slot.type_id.clone(),
            name: slot.name.clone(),
            instructions: slot.instructions.clone(),
        });
        let types = known.types.iter().map(|it| FieldType {
            field_type_id: it.id.clone(),
            name: it.name.clone(),
            instructions: it.instructions.clone(),
            data_type: DataType { kind: it.data_type.clone() },
        });
        let taxonomy = ModelTaxonomy {
            name: TAXONOMY,
            instructions: String::new(),
            labels: self.model.served.labels().iter().map(definition).collect(),
            general_fields: general.collect(),
            field_types: types.collect(),
        };
        UserModel { definition: ModelDefinition { taxonomies: vec![taxonomy] } }
    }
}

fn shown_field(name: &str, value: Option<&ExtractedValue>) -> StreamExtractionFieldPrediction {
    StreamExtractionFieldPrediction {
        name: name.to_owned(),
        value: value.map(|value| StreamFieldValue { formatted: value.formatted.clone() }),
        text_spans: value.into_iter().map(|value| StreamTextSpan::of(&value.span)).collect(),
    }
}

/// The labels that the stream lets through.
pub(super) fn returned_labels(judged: &Judged, thresholds: &[TriggerLabelThreshold]) -> Vec<PredictedLabel> {
    let all = judged.scores.iter().enumerate();
    let let_through = all.filter(|(_, (label, probability))| passes(thresholds, label, *probability));
    let shown = let_through.map(|(n, (label, probability))| PredictedLabel {
        name: label.split(" > ").map(str::to_owned).collect(),
        probability: *probability,
        sentiment: judged.sentiment(n),
    });
    shown.collect()
}

/// A confidence with the thresholds it clears: those that are known by name, and the stream's own.
pub(super) fn confidence(
    thresholds: &[TriggerLabelThreshold],
    label: &str,
    value: f64,
    mut names_met: Vec<String>,
) -> StreamConfidence {
    if passes(thresholds, label, value) {
        names_met.push(OWN_THRESHOLD.to_owned());
    }
    StreamConfidence { value, thresholds: names_met }
}
