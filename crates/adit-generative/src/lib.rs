//! Features that ask a language model: off until an administrator names an OpenAI-compatible endpoint and a dataset
//! allows it. Everything else in Adit works without.
//!
//! What is asked is a [`Question`](llm::Question): our own words, data that are never taken as instructions, a schema,
//! and rules that the answer must keep.

mod annotation;
mod errors;
mod extraction;
mod feature;
mod filters;
mod labels;
mod llm;
mod options;
mod taxonomy;
mod taxonomy_text;
#[cfg(test)]
mod tests_world;

use std::sync::Arc;

use adit_datasets::{Dataset, DatasetSourcesChanged, LabelSuggester, Predictor, TaxonomyChanged};
use adit_http::Operation;
use adit_jobs::Registry;
use adit_kernel::Result;
use adit_store::{Env, Migration};

pub use annotation::GenerateLabels;
pub use extraction::{GroupPredictions, Scores, extract_comments};
pub use feature::Feature;
pub use llm::Llm;
pub use options::{FIRST_WAIT, Options, Secret, checked_url};

/// The language model of the environment, if one is configured.
#[derive(Clone, Default)]
pub struct Generative(pub Option<Arc<Llm>>);

/// The model that may be asked about a dataset.
///
/// # Errors
/// When none is configured, or the dataset has not opted in.
pub(crate) fn model_for(env: &Env, dataset: &Dataset, feature: Feature) -> Result<Arc<Llm>> {
    let configured = env.service::<Generative>().ok().and_then(|generative| generative.0.clone());
    let llm = configured.ok_or_else(errors::off)?;
    feature.require(dataset)?;
    Ok(llm)
}

/// Whether a language model may be asked to extract from the dataset's comments.
pub fn may_extract(env: &Env, dataset: &Dataset) -> bool {
    model_for(env, dataset, Feature::Extraction).is_ok()
}

/// The operations of this area.
pub fn operations() -> Vec<&'static Operation> {
    vec![&filters::OPERATION, &taxonomy::OPERATION, &extraction::OPERATION]
}

/// The tables of this area.
pub fn migrations() -> Vec<Migration> {
    vec![
        Migration { number: 700, name: "llm", sql: include_str!("../migrations/0700_llm.sql") },
        Migration { number: 701, name: "generated_labels", sql: include_str!("../migrations/0701_generated_labels.sql") },
    ]
}

/// The jobs of this area and what sets them off.
pub fn jobs() -> Registry {
    Registry::default()
        .job::<GenerateLabels>()
        .on::<TaxonomyChanged, GenerateLabels>(|event| vec![GenerateLabels { dataset_id: event.dataset_id }])
        .on::<DatasetSourcesChanged, GenerateLabels>(|event| vec![GenerateLabels { dataset_id: event.dataset_id }])
}

/// The environment with this area's services; `llm` is `None` where no language model is configured.
pub fn with_services(env: Env, llm: Option<Arc<Llm>>) -> Env {
    let env = match env.service::<Predictor>() {
        Ok(predictor) => {
            let over = annotation::GenerativePredictor(predictor.0.clone());
            env.with_service(Predictor(Arc::new(over)))
        }
        Err(_) => env,
    };
    env.with_service(Generative(llm)).with_service(LabelSuggester(Arc::new(labels::ClusterLabels)))
}
