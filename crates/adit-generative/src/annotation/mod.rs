//! Labels predicted from their names and descriptions, for datasets whose models have seen too few examples.
//!
//! A job asks about the newest unreviewed comments; what comes out is shown in place of the model's word on labels
//! with few examples. It teaches nothing and is in no validation: only people's decisions are.

mod job;
mod predictor;
mod question;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use adit_datasets::Label;
use adit_kernel::{Id, Result};
use adit_store::Tx;

pub use job::GenerateLabels;
pub(crate) use predictor::GenerativePredictor;

/// With so many examples a label is the business of the dataset's own model (product §9).
const ENOUGH_EXAMPLES: i64 = 25;

/// The labels that a language model has a say in: those that are learned, from too few examples so far.
async fn needy(tx: &mut Tx, dataset_id: Id, labels: &[Label]) -> Result<HashSet<Id>> {
    let counts = adit_datasets::assigned_counts(tx, dataset_id).await?;
    let n_examples = |label: &Label| counts.get(&label.name).map_or(0, |(positive, negative)| positive + negative);
    Ok(labels.iter().filter(|label| label.trainable && n_examples(label) < ENOUGH_EXAMPLES).map(|label| label.id).collect())
}
