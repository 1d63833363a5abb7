//! JSON shapes of records: forms of labels with what was found for their fields.

use adit_datasets::wire::TextSpan;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{Scores, Served};
use crate::fields::Extraction;

/// A label with this probability is asked for its records.
const ASKED_FROM: f64 = 0.25;

/// `GroupPredictions`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupPredictions {
    group: &'static str,
    extractions: Vec<ExtractionPrediction>,
}

/// `ExtractionPrediction`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ExtractionPrediction {
    label: LabelName,
    captures: Vec<CapturePrediction>,
}

/// `LabelNameOnlyResponse`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct LabelName {
    name: String,
}

/// `MoonFormCaptureFieldsPrediction`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct CapturePrediction {
    fields: Vec<FieldPrediction>,
    /// That all of it is right.
    probability: f64,
}

/// `MoonFormFieldPrediction`.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct FieldPrediction {
    field_id: String,
    id: String,
    field_type_id: String,
    name: String,
    kind: String,
    span: TextSpan,
    formatted_value: String,
    probability: f64,
    document_spans: Vec<Value>,
    spans: Vec<TextSpan>,
}

/// The likely labels that have fields, with the numbers of their forms; aligned with the documents of `scores`.
pub(crate) fn likely_forms(served: &Served, scores: &[Scores]) -> Vec<Vec<(String, f64, usize)>> {
    let of = |scores: &Scores| {
        let likely = scores.iter().filter(|(_, probability)| *probability >= ASKED_FROM);
        likely.filter_map(|(label, probability)| Some((label.clone(), *probability, served.fields().form_of(label)?))).collect()
    };
    scores.iter().map(of).collect()
}

/// The records of one document as they are shown.
pub(crate) fn shown(served: &Served, likely: &[(String, f64, usize)], records: &[Vec<Extraction>]) -> Vec<GroupPredictions> {
    let extractions = likely.iter().zip(records).map(|((label, probability, form), records)| ExtractionPrediction {
        label: LabelName { name: label.clone() },
        captures: records.iter().map(|record| capture(served, *form, *probability, record)).collect(),
    });
    vec![GroupPredictions { group: "default", extractions: extractions.collect() }]
}

fn capture(served: &Served, form: usize, label: f64, record: &Extraction) -> CapturePrediction {
    let fields = served.fields().definition().forms.get(form).map_or(&[][..], |form| &form.fields);
    let field = |(slot, value): (&crate::fields::FormSlot, &Option<crate::fields::ExtractedValue>)| {
        let value = value.as_ref()?;
        Some(FieldPrediction {
            field_id: slot.field_id.clone(),
            id: slot.type_id.clone(),
            field_type_id: slot.type_id.clone(),
            name: slot.name.clone(),
            kind: slot.kind.clone(),
            span: value.span.clone(),
            formatted_value: value.formatted.clone(),
            probability: value.probability,
            document_spans: Vec::new(),
            spans: vec![value.span.clone()],
        })
    };
    CapturePrediction {
        fields: fields.iter().zip(&record.values).filter_map(field).collect(),
        probability: label * record.extraction,
    }
}

/// The records of stored comments whose labels are likely, as they are shown; aligned with the comments.
pub async fn extractions_shown(
    served: &Served,
    comments: &[adit_corpus::StoredComment],
    scores: &[Scores],
) -> adit_kernel::Result<Vec<Vec<GroupPredictions>>> {
    let likely = likely_forms(served, scores);
    let forms = likely.iter().map(|labels| labels.iter().map(|(.., form)| *form).collect()).collect();
    let records = served.extract_from_comments(comments, forms).await?;
    Ok(likely.iter().zip(&records).map(|(likely, records)| shown(served, likely, records)).collect())
}
