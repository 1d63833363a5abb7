//! Predictions of the newest version, offered to the area below that shows annotated comments.

use adit_corpus::StoredComment;
use adit_datasets::wire::PredictedEntity;
use adit_datasets::{Dataset, Predict, PredictedLabel, Predictions};
use adit_kernel::Result;
use adit_ml::fields::{FieldModel, States};
use adit_store::Env;
use async_trait::async_trait;

use crate::engine;
use crate::fields::{self, Definition, Document, ServedFields};
use crate::models;
use crate::precedence::off_thread;
use crate::sentiment::{Judged, LabelImpacts};

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
        let Some(served) = models::newest_served(env, &mut tx, dataset.id).await? else {
            return by_rule(env, dataset, comments).await;
        };
        let impacts = LabelImpacts::new(dataset, &adit_datasets::labels_of(&mut tx, dataset.id).await?);
        drop(tx);
        let Some(served) = served else { return Ok(None) };
        let judged = served.judge_comments(env, comments).await?;
        let entities = served.entities_of_comments(env, comments).await?;
        let both = judged.into_iter().zip(entities);
        let shown = |(judged, entities): (Judged, Vec<PredictedEntity>)| {
            let properties = impacts.shown(judged.judgement.net, &judged.scores);
            let properties = properties.iter().map(|property| property.to_label_property()).collect();
            let label_properties = impacts.shows_any().then_some(properties);
            Predictions { labels: labels(judged), entities, label_properties }
        };
        Ok(Some(both.map(shown).collect()))
    }
}

fn labels(judged: Judged) -> Vec<PredictedLabel> {
    let shown = judged.scores.iter().enumerate().filter(|(_, (_, probability))| *probability >= SHOWN_FROM);
    shown
        .map(|(n, (name, probability))| PredictedLabel {
            name: name.split(" > ").map(str::to_owned).collect(),
            probability: *probability,
            sentiment: judged.sentiment(n),
        })
        .collect()
}

/// Before there is a version, fields with a base or rules are found all the same: they need no examples.
async fn by_rule(env: &Env, dataset: &Dataset, comments: &[StoredComment]) -> Result<Option<Vec<Predictions>>> {
    let definition = Definition::of(dataset, &[]);
    let corpus = fields::corpus_without_examples(&definition, dataset);
    if corpus.fields.is_empty() {
        return Ok(None);
    }
    let served = ServedFields::of_definition(definition, FieldModel::unlearned(&corpus.fields));
    let documents: Vec<Document> = comments.iter().map(Document::of).collect();
    let threads = env.service::<engine::Engine>()?.threads();
    let entities = off_thread(move || served.entities(&served.read(documents), &States::default(), threads)).await?;
    Ok(Some(entities.into_iter().map(|entities| Predictions { entities, ..Predictions::default() }).collect()))
}
