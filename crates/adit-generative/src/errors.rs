//! What callers are told when a generative feature cannot answer.
//!
//! Clients retry 409, 429 and every 5xx, which would only cost time and tokens where the answer cannot change.
//! So what an administrator must mend, what waits for tomorrow and what the model will not say are 422;
//! only an endpoint that is overloaded, down or slow is 503.

use adit_datasets::Dataset;
use adit_kernel::{Error, Kind, Timestamp};

use crate::Feature;

/// Nobody has configured a language model.
pub(crate) fn off() -> Error {
    Error::unprocessable(
        "Generative features are off: they need a language model, which an administrator names with `--llm-url` and `--llm-model`.",
    )
}

/// The dataset has not opted in.
pub(crate) fn not_allowed(dataset: &Dataset, feature: Feature) -> Error {
    Error::unprocessable(format!(
        "The dataset `{}/{}` does not allow {}: its comments are shown to a language model only if `_dataset_flags` holds `{}`.",
        dataset.owner,
        dataset.name,
        feature.name(),
        feature.flag()
    ))
}

/// The tenant has used up the day's tokens.
pub(crate) fn budget_exhausted(budget: i64, until: Timestamp) -> Error {
    Error::unprocessable(format!(
        "The daily budget of {budget} tokens for generative features is used up or too small for this request; it starts anew at {until}."
    ))
}

/// The endpoint does not want this installation: a wrong key, a wrong model, no credit.
pub(crate) fn refused(status: u16, code: Option<&str>) -> Error {
    let code = code.map(|code| format!(" `{code}`")).unwrap_or_default();
    Error::unprocessable(format!(
        "The language model's endpoint refused the request with status {status}{code}: an administrator must check `--llm-url`, \
         `--llm-model` and `--llm-key-file`."
    ))
}

/// The model will not answer this.
pub(crate) fn declined() -> Error {
    Error::unprocessable("The language model declined to answer.")
}

/// The model answered, but not what was asked.
pub(crate) fn unusable(rule: &str) -> Error {
    Error::unprocessable(format!("The language model gave no usable answer: {rule}."))
}

/// The endpoint is down or overloaded; worth a retry later.
pub(crate) fn unavailable() -> Error {
    Error::new(Kind::Unavailable, "The language model's endpoint is not available at the moment.")
}

/// The answer did not come in time.
pub(crate) fn too_slow(seconds: u64) -> Error {
    Error::new(Kind::Unavailable, format!("The language model did not answer within {seconds} seconds."))
}
