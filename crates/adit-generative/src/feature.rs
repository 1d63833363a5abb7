//! The generative features, and the dataset flag that each of them needs.

use adit_datasets::Dataset;
use adit_kernel::Result;

use crate::errors;

/// A feature that shows something of a dataset to a language model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// A sentence becomes a filter.
    ConversationalFilter,
    /// A description and documents become a taxonomy.
    TaxonomySuggestion,
    /// Clusters get labels.
    LabelSuggestion,
    /// Labels are predicted from their names and descriptions.
    Annotation,
    /// Extraction fields are filled.
    Extraction,
}

impl Feature {
    /// The flag in `_dataset_flags` that allows it (BEHAVIOUR 6.3, CLI `--gen-ai`, `--zero-shot`, `--external-llm`).
    pub fn flag(self) -> &'static str {
        match self {
            Self::ConversationalFilter | Self::TaxonomySuggestion | Self::LabelSuggestion => "gpt4",
            Self::Annotation => "zero_shot_labels",
            Self::Extraction => "external_moon_llm",
        }
    }

    /// What it is called in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ConversationalFilter => "conversational filters",
            Self::TaxonomySuggestion => "taxonomy suggestions",
            Self::LabelSuggestion => "label suggestions",
            Self::Annotation => "generative annotation",
            Self::Extraction => "generative extraction",
        }
    }

    /// Its name in logs and metrics.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::ConversationalFilter => "conversational_filter",
            Self::TaxonomySuggestion => "taxonomy_suggestion",
            Self::LabelSuggestion => "label_suggestion",
            Self::Annotation => "annotation",
            Self::Extraction => "extraction",
        }
    }

    /// Whether the dataset has opted in.
    pub fn is_allowed(self, dataset: &Dataset) -> bool {
        dataset.settings.flags.iter().any(|flag| flag == self.flag())
    }

    /// Fails unless the dataset has opted in.
    pub(crate) fn require(self, dataset: &Dataset) -> Result<()> {
        if self.is_allowed(dataset) { Ok(()) } else { Err(errors::not_allowed(dataset, self)) }
    }
}
