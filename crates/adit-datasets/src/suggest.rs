//! Labels for clusters of comments can be suggested by a higher area; here is only what is needed to ask for them.

use std::sync::Arc;

use adit_kernel::Result;
use adit_store::Env;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Dataset;

/// A cluster of comments that are about the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// What its most typical comments say, the most typical first.
    pub texts: Vec<String>,
    /// Words that set it apart from other clusters, the strongest first.
    pub words: Vec<String>,
}

/// A label that would fit a cluster: one of the dataset's, or a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedLabel {
    /// Its full name, levels joined by ` > `.
    pub name: String,
    /// `positive` or `negative`; always `positive` in datasets without sentiment.
    pub sentiment: String,
    /// What a new label would mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
}

/// Why labels were suggested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionReasoning {
    /// Why these labels fit.
    pub label_suggestions: String,
    /// How the taxonomy could be arranged better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taxonomy_refactor: Option<String>,
}

/// The suggestions for one cluster, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelSuggestions {
    /// The labels; none when nothing fits.
    pub labels: Vec<SuggestedLabel>,
    /// The reasons, where the suggester gives any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<SuggestionReasoning>,
}

/// The service that suggests.
#[async_trait]
pub trait SuggestLabels: Send + Sync {
    /// Suggestions in the order of `clusters`; `None` when the service is off or the dataset does not allow it,
    /// so that the caller goes on with its own.
    async fn suggest_labels(&self, env: &Env, dataset: &Dataset, clusters: &[Cluster]) -> Result<Option<Vec<LabelSuggestions>>>;
}

/// The service as the binary puts it into the environment; without it nothing is suggested.
pub struct LabelSuggester(pub Arc<dyn SuggestLabels>);
