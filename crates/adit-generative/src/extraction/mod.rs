//! Extraction fields filled in by a language model: first which labels may apply, then one record for each request.
//!
//! A value counts only if it stands in the text, letter by letter, or is one of the choices of its type.

mod examples;
mod locate;
mod predict;
mod question;
#[cfg(test)]
mod tests;
mod wire;

use adit_corpus::StoredComment;
use adit_corpus::wire::Message;
use adit_datasets::{Dataset, Label};
use adit_kernel::Result;
use adit_store::Env;
use futures_util::future::try_join_all;

use crate::llm::{About, Llm};
use crate::{Feature, model_for};
use examples::Example;
pub(crate) use predict::OPERATION;
use question::{FormLabel, Records};
pub use wire::GroupPredictions;

/// A label below this probability is not looked for.
const LOOKED_FOR_FROM: f64 = 0.1;

/// What a model of the dataset expects of one text: label names with probabilities.
pub type Scores = [(String, f64)];

/// Fills the forms of stored comments. Without `scores` a comment's labels are for the language model to judge;
/// `admits` says which labels the caller wants, at which probability.
///
/// # Errors
/// When no language model is configured, the dataset does not allow it, or the model does not answer.
pub async fn extract_comments(
    env: &Env,
    dataset: &Dataset,
    comments: &[StoredComment],
    scores: Option<&[&Scores]>,
    admits: &(dyn Fn(&str, f64) -> bool + Sync),
) -> Result<Vec<Vec<GroupPredictions>>> {
    let extractor = Extractor::new(env, dataset).await?;
    let one = |(n, comment): (usize, &StoredComment)| {
        let scores = scores.and_then(|all| all.get(n)).copied();
        let about = About::dataset(dataset).comment(comment.seq);
        extractor.extract(about, comment.content.messages.clone(), scores, admits)
    };
    try_join_all(comments.iter().enumerate().map(one)).await
}

/// What is needed to fill the forms of a dataset.
pub(crate) struct Extractor<'a> {
    env: &'a Env,
    llm: std::sync::Arc<Llm>,
    labels: Vec<Label>,
    forms: Vec<FormLabel>,
    examples: Vec<Example>,
}

impl<'a> Extractor<'a> {
    /// Reads a dataset's forms and a few examples of them.
    pub(crate) async fn new(env: &'a Env, dataset: &Dataset) -> Result<Self> {
        let llm = model_for(env, dataset, Feature::Extraction)?;
        let mut tx = env.read().await?;
        let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
        let forms: Vec<FormLabel> =
            labels.iter().filter_map(|label| FormLabel::of(label, &dataset.settings.entity_defs)).collect();
        let examples = examples::of_forms(&mut tx, dataset, &forms).await?;
        Ok(Self { env, llm, labels, forms, examples })
    }

    /// Fills the forms of one text.
    pub(crate) async fn extract(
        &self,
        about: About,
        messages: Vec<Message>,
        scores: Option<&Scores>,
        admits: &(dyn Fn(&str, f64) -> bool + Sync),
    ) -> Result<Vec<GroupPredictions>> {
        let mut wanted = Vec::new();
        for form in &self.forms {
            let known = scores.map(|scores| scores.iter().find(|(name, _)| *name == form.name));
            match known {
                // The label is known to the dataset's own model: its word counts.
                Some(Some((_, probability))) => {
                    if *probability >= LOOKED_FOR_FROM && admits(&form.name, *probability) {
                        wanted.push((form, Some(*probability)));
                    }
                }
                // A label that the version has not learned, or no version at all.
                Some(None) | None => {
                    if admits(&form.name, 1.0) {
                        wanted.push((form, None));
                    }
                }
            }
        }
        if wanted.is_empty() || messages.iter().all(|message| message.body.text.trim().is_empty() && message.subject.is_none()) {
            return Ok(vec![wire::group(Vec::new())]);
        }
        let names: Vec<&str> = wanted.iter().map(|(form, _)| form.name.as_str()).collect();
        let examples = self.examples.iter().filter(|example| names.contains(&example.label.as_str())).collect();
        let question = Records { forms: wanted.iter().map(|(form, _)| *form).collect(), examples, messages: &messages };
        let records = self.llm.ask(self.env, about, &question).await?;
        let extractions = records.into_iter().zip(&wanted).filter_map(|(records, (form, probability))| {
            let label = self.labels.iter().find(|label| label.name == form.name)?;
            wire::extraction(label, form, &records, *probability)
        });
        Ok(vec![wire::group(extractions.collect())])
    }
}
