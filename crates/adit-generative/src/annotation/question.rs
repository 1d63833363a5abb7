//! Which labels do some comments carry?

use adit_kernel::Result;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Feature;
use crate::llm::schema::{integer, list, object, word};
use crate::llm::{Part, Question, cut};
use crate::taxonomy_text::ShownLabel;

/// How much of each comment is shown.
const SHOWN_CHARACTERS: usize = 2500;

/// The question.
pub(super) struct LabelComments<'a> {
    pub(super) taxonomy: &'a [ShownLabel],
    pub(super) texts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    comments: Vec<CommentAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentAnswer {
    comment: usize,
    labels: Vec<LabelAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelAnswer {
    label: String,
    confidence: String,
}

/// The words for how sure a model is, and what they count; models cannot weigh finer, and these are not calibrated.
const CONFIDENCES: &[(&str, f64)] = &[("certain", 0.9), ("likely", 0.7), ("possible", 0.4)];

impl Question for LabelComments<'_> {
    /// For each comment, places of labels in the taxonomy with what they count.
    type Answer = Vec<Vec<(usize, f64)>>;

    const FEATURE: Feature = Feature::Annotation;
    const NAME: &'static str = "labels_of_comments";
    const MAX_TOKENS: u32 = 2500;

    fn task(&self) -> String {
        "You sort messages. You are given a taxonomy of labels, each with the description of the messages that carry it where there is \
         one, and some numbered comments. For every comment name the labels that it carries: none, one or several, each only if the \
         text itself says so. Levels of a label are joined by ` > `; name the most specific one that applies. `confidence` says how \
         sure you are."
            .to_owned()
    }

    fn parts(&self) -> Result<Vec<Part>> {
        let comment = |(n, text): (usize, &String)| json!({"comment": n, "text": cut(text, SHOWN_CHARACTERS)});
        let comments: Vec<Value> = self.texts.iter().enumerate().map(comment).collect();
        Ok(vec![Part::json("Taxonomy", &self.taxonomy)?, Part::json("Comments", &comments)?])
    }

    fn schema(&self) -> Value {
        let names: Vec<&str> = self.taxonomy.iter().map(|label| label.name.as_str()).collect();
        let words: Vec<&str> = CONFIDENCES.iter().map(|(word, _)| *word).collect();
        let label = object([("label", word(&names)), ("confidence", word(&words))]);
        let comment = object([("comment", integer("number of the comment")), ("labels", list(label))]);
        object([("comments", list(comment))])
    }

    fn read(&self, answer: Value) -> Result<Self::Answer, String> {
        let answer: Answer = serde_json::from_value(answer).map_err(|e| format!("it does not fit the schema: {e}"))?;
        let mut found: Vec<Option<Vec<(usize, f64)>>> = vec![None; self.texts.len()];
        for comment in answer.comments {
            let n = comment.comment;
            let place = found.get_mut(n).ok_or_else(|| format!("there is no comment {n}"))?;
            let mut labels: Vec<(usize, f64)> = Vec::with_capacity(comment.labels.len());
            for label in comment.labels {
                let Some(at) = self.taxonomy.iter().position(|known| known.name == label.label) else {
                    return Err(format!("`{}` is none of the labels", cut(&label.label, 80)));
                };
                let counts = CONFIDENCES.iter().find(|(word, _)| *word == label.confidence).map(|(_, counts)| *counts);
                let counts = counts.ok_or("`confidence` must be one of certain, likely, possible")?;
                if labels.iter().all(|(other, _)| *other != at) {
                    labels.push((at, counts));
                }
            }
            *place = Some(labels);
        }
        let missing = found.iter().position(Option::is_none);
        match missing {
            Some(n) => Err(format!("comment {n} is missing")),
            None => Ok(found.into_iter().flatten().collect()),
        }
    }
}
