//! A few comments whose forms people have filled in, to show a model what is meant.

use std::collections::BTreeMap;

use adit_datasets::Dataset;
use adit_datasets::wire::Capture;
use adit_kernel::Result;
use adit_store::Tx;
use serde::Serialize;

use super::question::FormLabel;
use crate::llm::cut;

/// Examples of each label, and of all together.
const OF_EACH: usize = 2;
const OF_ALL: usize = 8;
/// Reviewed comments that are looked at for each label.
const LOOKED_AT: i64 = 20;
/// How much of each comment is shown.
const SHOWN_CHARACTERS: usize = 1500;

/// One comment with the records of one label.
#[derive(Debug, Serialize)]
pub(crate) struct Example {
    text: String,
    pub(super) label: String,
    /// Field and value of each record.
    records: Vec<BTreeMap<String, String>>,
}

/// The newest examples of each form.
pub(super) async fn of_forms(tx: &mut Tx, dataset: &Dataset, forms: &[FormLabel]) -> Result<Vec<Example>> {
    let mut examples: Vec<Example> = Vec::new();
    for form in forms {
        let seqs = adit_datasets::assigned_to(tx, dataset.id, &form.name, i64::MAX, LOOKED_AT).await?;
        let annotations = adit_datasets::annotations_of(tx, dataset.id, &seqs).await?;
        let mut n_found = 0;
        for comment in adit_corpus::comments_by_seqs(tx, &seqs).await? {
            let Some(annotation) = annotations.get(&comment.seq) else { continue };
            let forms = annotation.moon_forms.iter().flatten().flat_map(|group| &group.assigned);
            let records: Vec<BTreeMap<String, String>> =
                forms.filter(|filled| filled.label.name == form.name).flat_map(|filled| &filled.captures).map(record).collect();
            if records.is_empty() || n_found == OF_EACH || examples.len() == OF_ALL {
                continue;
            }
            n_found += 1;
            examples.push(Example { text: cut(&comment.model_text(), SHOWN_CHARACTERS), label: form.name.clone(), records });
        }
    }
    Ok(examples)
}

fn record(capture: &Capture) -> BTreeMap<String, String> {
    capture.fields.iter().map(|field| (field.name.clone(), field.formatted_value.clone())).collect()
}
