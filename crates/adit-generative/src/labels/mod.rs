//! Labels for clusters of comments: existing ones where they fit, new ones where the taxonomy has a gap.

mod question;
#[cfg(test)]
mod tests;

use adit_datasets::{Cluster, Dataset, LabelSuggestions, SuggestLabels};
use adit_kernel::Result;
use adit_store::Env;
use async_trait::async_trait;

use crate::llm::{About, Llm};
use crate::{Feature, model_for, taxonomy_text};
use question::LabelClusters;

/// Clusters in one question: few enough that a model keeps them apart.
const CLUSTERS_AT_ONCE: usize = 6;

/// The [`SuggestLabels`] service.
pub(crate) struct ClusterLabels;

#[async_trait]
impl SuggestLabels for ClusterLabels {
    async fn suggest_labels(&self, env: &Env, dataset: &Dataset, clusters: &[Cluster]) -> Result<Option<Vec<LabelSuggestions>>> {
        let Ok(llm) = model_for(env, dataset, Feature::LabelSuggestion) else { return Ok(None) };
        match suggest(env, &llm, dataset, clusters).await {
            Ok(suggestions) => Ok(Some(suggestions)),
            Err(error) => {
                // Clusters are of use without names from a model, so that its troubles are not theirs.
                tracing::warn!(dataset.id = %dataset.id, error = error.message(), "no labels were suggested for clusters");
                Ok(None)
            }
        }
    }
}

async fn suggest(env: &Env, llm: &Llm, dataset: &Dataset, clusters: &[Cluster]) -> Result<Vec<LabelSuggestions>> {
    let mut tx = env.read().await?;
    let labels = adit_datasets::labels_of(&mut tx, dataset.id).await?;
    drop(tx);
    let taxonomy = taxonomy_text::shown(&labels);
    let mut suggestions = Vec::with_capacity(clusters.len());
    for chunk in clusters.chunks(CLUSTERS_AT_ONCE) {
        let question = LabelClusters { taxonomy: &taxonomy, clusters: chunk, has_sentiment: dataset.has_sentiment };
        suggestions.extend(llm.ask(env, About::dataset(dataset), &question).await?);
    }
    Ok(suggestions)
}
