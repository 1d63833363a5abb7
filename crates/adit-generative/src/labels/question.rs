//! Which labels fit some clusters?

use adit_datasets::{Cluster, LabelSuggestions, SuggestedLabel, SuggestionReasoning};
use adit_kernel::{Result, names};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Feature;
use crate::llm::schema::{integer, list, object, optional_text, text, word};
use crate::llm::{Part, Question, cut};
use crate::taxonomy_text::ShownLabel;

/// The most labels for one cluster.
const MAX_SUGGESTED: usize = 3;
/// Comments of a cluster that are shown, and how much of each.
const SHOWN_TEXTS: usize = 6;
const SHOWN_CHARACTERS: usize = 500;

/// The question.
pub(super) struct LabelClusters<'a> {
    pub(super) taxonomy: &'a [ShownLabel],
    pub(super) clusters: &'a [Cluster],
    pub(super) has_sentiment: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    clusters: Vec<ClusterAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClusterAnswer {
    cluster: usize,
    labels: Vec<SuggestedLabel>,
    reason: String,
    taxonomy_advice: Option<String>,
}

impl Question for LabelClusters<'_> {
    type Answer = Vec<LabelSuggestions>;

    const FEATURE: Feature = Feature::LabelSuggestion;
    const NAME: &'static str = "labels_of_clusters";
    const MAX_TOKENS: u32 = 3000;

    fn task(&self) -> String {
        let sentiment = if self.has_sentiment {
            "`sentiment` says whether the comments speak well (`positive`) or ill (`negative`) of it."
        } else {
            "`sentiment` is always `positive`."
        };
        format!(
            "You help people to sort messages. You are given a taxonomy of labels and some clusters of messages, each with words \
             that set it apart. For every cluster suggest one to {MAX_SUGGESTED} labels that its messages as a whole should carry, the \
             best first. Use a label of the taxonomy, spelled exactly, where one fits; otherwise suggest a new one that fits the style \
             of the taxonomy. Levels of a label are joined by ` > `, at most 64 characters each; two levels are usually enough. \
             `instructions` is one sentence that says which messages carry the label; null for labels of the taxonomy. {sentiment} \
             `reason` is one short sentence. `taxonomy_advice` is one sentence if the taxonomy should be arranged differently because \
             of this cluster, else null. If the messages of a cluster have nothing in common, give it no label."
        )
    }

    fn parts(&self) -> Result<Vec<Part>> {
        let cluster = |(n, cluster): (usize, &Cluster)| {
            let texts: Vec<String> = cluster.texts.iter().take(SHOWN_TEXTS).map(|text| cut(text, SHOWN_CHARACTERS)).collect();
            json!({"cluster": n, "words": cluster.words.iter().take(12).collect::<Vec<_>>(), "messages": texts})
        };
        let clusters: Vec<Value> = self.clusters.iter().enumerate().map(cluster).collect();
        Ok(vec![Part::json("Taxonomy", &self.taxonomy)?, Part::json("Clusters", &clusters)?])
    }

    fn schema(&self) -> Value {
        let label = object([
            ("name", text("full name of the label, levels joined by ` > `")),
            ("sentiment", word(&["positive", "negative"])),
            ("instructions", optional_text("which messages carry it; null for labels of the taxonomy")),
        ]);
        let cluster = object([
            ("cluster", integer("number of the cluster")),
            ("labels", list(label)),
            ("reason", text("why")),
            ("taxonomy_advice", optional_text("how to arrange the taxonomy better")),
        ]);
        object([("clusters", list(cluster))])
    }

    fn read(&self, answer: Value) -> Result<Vec<LabelSuggestions>, String> {
        let answer: Answer = serde_json::from_value(answer).map_err(|e| format!("it does not fit the schema: {e}"))?;
        let mut suggestions = vec![LabelSuggestions::default(); self.clusters.len()];
        for cluster in answer.clusters {
            let n = cluster.cluster;
            let place = suggestions.get_mut(n).ok_or_else(|| format!("there is no cluster {n}"))?;
            if cluster.labels.len() > MAX_SUGGESTED {
                return Err(format!("cluster {n} has more than {MAX_SUGGESTED} labels"));
            }
            let mut labels = Vec::with_capacity(cluster.labels.len());
            for label in cluster.labels {
                labels.push(self.checked(label, n)?);
            }
            let reason = cut(&cluster.reason, 1000);
            let advice = cluster.taxonomy_advice.filter(|advice| !advice.trim().is_empty()).map(|advice| cut(&advice, 1000));
            *place = LabelSuggestions {
                labels,
                reasoning: Some(SuggestionReasoning { label_suggestions: reason, taxonomy_refactor: advice }),
            };
        }
        Ok(suggestions)
    }
}

impl LabelClusters<'_> {
    fn checked(&self, label: SuggestedLabel, cluster: usize) -> Result<SuggestedLabel, String> {
        let name = label.name.split('>').map(str::trim).collect::<Vec<_>>().join(" > ");
        if names::check_label(&name).is_err() {
            return Err(format!(
                "a label of cluster {cluster} is no valid name: 1 to 64 characters per level, levels joined by ` > `"
            ));
        }
        if self.has_sentiment && !matches!(label.sentiment.as_str(), "positive" | "negative") {
            return Err(format!("a label of cluster {cluster} has a sentiment other than `positive` and `negative`"));
        }
        // A known label in another spelling is the known label.
        let known = self.taxonomy.iter().find(|known| known.name.to_lowercase() == name.to_lowercase());
        Ok(SuggestedLabel {
            sentiment: if self.has_sentiment { label.sentiment } else { "positive".to_owned() },
            instructions: match known {
                Some(_) => None,
                None => label.instructions.filter(|text| !text.trim().is_empty()).map(|text| cut(&text, 2000)),
            },
            name: known.map_or(name, |known| known.name.clone()),
        })
    }
}
