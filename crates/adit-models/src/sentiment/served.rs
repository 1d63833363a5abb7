//! The sentiment of a loaded version: what it makes of texts, beside the probabilities of labels.

use std::collections::HashSet;

use adit_ml::sentiment::{Opinion, SentimentModel};

use crate::predictions::store::FLOOR;

/// The sentiment of one version.
#[derive(Debug)]
pub(crate) struct ServedSentiment {
    model: SentimentModel,
    /// Whether the dataset has sentiment at all.
    has_sentiment: bool,
    /// For each label, whether none of the others is below it.
    is_leaf: Vec<bool>,
}

/// A text: what it makes of labels, and what it says as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The labels by full name with probability, highest first.
    pub scores: Vec<(String, f64)>,
    /// Aligned with `scores`, from -1 to 1; empty in datasets without sentiment.
    pub sentiments: Vec<f64>,
    /// The text as a whole.
    pub judgement: Judgement,
}

impl Judged {
    /// How well the text speaks of the n-th of its labels; nothing in datasets without sentiment.
    pub fn sentiment(&self, n: usize) -> Option<f64> {
        self.sentiments.get(n).copied()
    }
}

/// What a text says as a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// By its text alone, from -1 to 1.
    pub net: f64,
    /// How well it speaks of what it is about, from -1 to 1; in datasets with sentiment.
    pub sentiment: Option<f64>,
}

impl ServedSentiment {
    pub(crate) fn new(model: SentimentModel, has_sentiment: bool, labels: &[String]) -> ServedSentiment {
        let mut above = HashSet::new();
        for name in labels {
            let levels = adit_datasets::with_ancestors(name);
            above.extend(levels.into_iter().filter(|level| level != name));
        }
        ServedSentiment { model, has_sentiment, is_leaf: labels.iter().map(|name| !above.contains(name)).collect() }
    }

    /// What the model makes of a text, given the probabilities of its labels; the sentiment of each label comes second,
    /// none in datasets without sentiment.
    pub(crate) fn judge(&self, text: &str, vector: Option<&[f32]>, probabilities: &[f32]) -> (Judgement, Vec<f32>) {
        if !self.has_sentiment {
            let net = f64::from(self.model.valence(text, vector).net());
            return (Judgement { net, sentiment: None }, Vec::new());
        }
        let opinion = self.model.opinion(text, vector, probabilities.len());
        let sentiment = Some(self.overall(&opinion, probabilities));
        (Judgement { net: f64::from(opinion.valence.net()), sentiment }, opinion.labels)
    }

    /// The mean of the sentiments of the most special labels and of the text as a whole, which counts as one sure label.
    fn overall(&self, opinion: &Opinion, probabilities: &[f32]) -> f64 {
        let (mut sum, mut weight) = (f64::from(opinion.overall), 1.0);
        for ((probability, sentiment), is_leaf) in probabilities.iter().zip(&opinion.labels).zip(&self.is_leaf) {
            if *is_leaf && *probability >= FLOOR {
                sum += f64::from(*probability) * f64::from(*sentiment);
                weight += f64::from(*probability);
            }
        }
        (sum / weight).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use adit_ml::sentiment::{BaseHead, SentimentModel};

    use super::ServedSentiment;

    #[test]
    fn the_whole_is_the_mean_of_its_special_labels_and_the_text() {
        let labels: Vec<String> = ["Card", "Card > Arrival", "Rate"].map(str::to_owned).into();
        let base = Arc::new(BaseHead::embedded().unwrap());
        let model = SentimentModel::unlearned(base, "another encoder");
        let served = ServedSentiment::new(model.clone(), true, &labels);
        let text = "this is terrible, the worst service";
        let (whole, sentiments) = served.judge(text, None, &[0.9, 0.9, 0.01]);
        let of_card = f64::from(sentiments[1]);
        assert!(whole.net < -0.3 && of_card < -0.3, "{whole:?} {sentiments:?}");
        let expected = (whole.net + f64::from(0.9f32) * of_card) / (1.0 + f64::from(0.9f32));
        assert!((whole.sentiment.unwrap() - expected).abs() < 1e-6);
        let without = ServedSentiment::new(model, false, &labels);
        let (same, none) = without.judge(text, None, &[0.9, 0.9, 0.01]);
        assert_eq!((same.net, same.sentiment, none.len()), (whole.net, None, 0));
    }
}
