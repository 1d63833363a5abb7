//! Labels as one-vs-rest logistic regressions over a dense vector and hashed words, with calibrated scores.

mod calibrate;
mod design;
mod features;
mod folds;
mod format;
mod held_out;
mod hierarchy;
mod importance;
mod lanes;
mod memory;
mod model;
mod priors;
mod solver;
mod space;
mod start;
mod train;
pub(crate) mod workers;
mod zero_shot;

pub(crate) use calibrate::Curve;
pub use format::FormatError;
pub(crate) use format::{half, whole};
pub use held_out::{Unseen, held_out};
pub use model::Model;
pub use train::train;

pub(crate) use workers::for_each_index;

use crate::validation::{Report, Tested};

/// A label of the taxonomy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelSpec {
    /// The full name; ` > ` separates a parent from its child.
    pub name: String,
    /// What the label means, for people; may be empty.
    pub description: String,
    /// The encoder's vector of [`LabelSpec::text`]: what the words of the label say counts as one more example.
    /// Empty where the label is to be learnt from its examples alone.
    pub embedding: Vec<f32>,
}

impl LabelSpec {
    /// What a label of that name and description says, as a text to encode.
    #[must_use]
    pub fn text(name: &str, description: &str) -> String {
        let mut text = String::with_capacity(name.len() + description.len() + 2);
        let mut before = ' ';
        for c in name.chars() {
            let is_gap = !c.is_alphanumeric() && c != '\'';
            // `camelCase` is two words.
            if c.is_uppercase() && before.is_lowercase() || is_gap && before != ' ' {
                text.push(' ');
            }
            before = if is_gap { ' ' } else { c };
            if !is_gap {
                text.extend(c.to_lowercase());
            }
        }
        text.truncate(text.trim_end().len());
        if !description.trim().is_empty() {
            text.push_str(". ");
            text.push_str(description.trim());
        }
        text
    }
}

/// A reviewed comment.
///
/// Labels that are neither assigned nor dismissed count as absent.
#[derive(Debug, Clone, Default)]
pub struct Example {
    /// The comment's id, which decides once and for all whether it is a test comment.
    pub uid: String,
    /// The comment's text.
    pub text: String,
    /// The encoder's vector of the text.
    pub embedding: Vec<f32>,
    /// Indexes into the labels that a person assigned; ancestors may be left out.
    pub assigned: Vec<usize>,
    /// Indexes into the labels that a person rejected.
    pub dismissed: Vec<usize>,
}

/// A comment that nobody reviewed.
#[derive(Debug, Clone, Default)]
pub struct Unreviewed {
    /// The comment's text.
    pub text: String,
    /// The encoder's vector of the text.
    pub embedding: Vec<f32>,
}

/// All that a model learns from.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// The taxonomy; the model's scores follow its order.
    pub labels: Vec<LabelSpec>,
    /// The reviewed comments, in any order.
    pub examples: Vec<Example>,
    /// A sample of the comments that nobody reviewed; may be empty. The model learns where texts lie from them,
    /// never what they mean.
    pub unreviewed: Vec<Unreviewed>,
    /// How many comments the sample is drawn from; the sample itself where this is less.
    pub n_unreviewed: usize,
}

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Threads to use; the result does not depend on it.
    pub threads: usize,
    /// Carried in the model, so that a run can be repeated.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { threads: 1, seed: 0 }
    }
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// The observer asked to stop.
    #[error("training was cancelled")]
    Cancelled,
    /// The taxonomy is empty.
    #[error("there are no labels to learn")]
    NoLabels,
    /// No comment has been reviewed.
    #[error("there are no reviewed comments to learn from")]
    NoExamples,
    /// An embedding is shorter or longer than the first one, or holds a value that is not finite.
    #[error("the embedding of `{uid}` does not fit the others")]
    DimensionMismatch {
        /// The comment, or the name of the label.
        uid: String,
    },
    /// An assigned or dismissed label is not in the taxonomy.
    #[error("comment `{uid}` names label {label_idx}, which is not in the taxonomy")]
    UnknownLabel {
        /// The comment.
        uid: String,
        /// The index it names.
        label_idx: usize,
    },
}

/// A model and how well it does.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model, trained on every reviewed comment.
    pub model: Model,
    /// The validation of a model trained on the training part alone.
    pub report: Report,
    /// The probabilities that the validation is made from.
    pub tested: Tested,
}
