//! The JSON shapes of predicted extractions, named as in the contract.

use adit_datasets::Label;
use adit_datasets::wire::TextSpan;
use serde::Serialize;
use serde_json::Value;

use super::question::{FormLabel, Record};

/// The extractions of one label group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupPredictions {
    /// The group's name.
    pub group: &'static str,
    /// One entry for each label with records.
    pub extractions: Vec<ExtractionPrediction>,
}

/// The records of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExtractionPrediction {
    /// The label.
    pub label: LabelNameOnlyResponse,
    /// Its records, one for each occurrence.
    pub captures: Vec<MoonFormCaptureFieldsPrediction>,
}

/// A label by its name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelNameOnlyResponse {
    /// Its full name.
    pub name: String,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoonFormCaptureFieldsPrediction {
    /// The fields that were found.
    pub fields: Vec<MoonFormFieldPrediction>,
    /// How likely this occurrence is.
    pub probability: f64,
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoonFormFieldPrediction {
    /// The field.
    pub field_id: String,
    /// The field's type, under its older key.
    pub id: String,
    /// The field's type.
    pub field_type_id: String,
    /// The field's name.
    pub name: String,
    /// The name of its type.
    pub kind: String,
    /// Where the value stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<TextSpan>,
    /// The value.
    pub formatted_value: String,
    /// How sure the model says it is.
    pub probability: f64,
    /// Places in attached documents; none are read.
    pub document_spans: Vec<Value>,
    /// The same as `span`, as a list.
    pub spans: Vec<TextSpan>,
}

/// The one group there is.
pub(super) fn group(extractions: Vec<ExtractionPrediction>) -> GroupPredictions {
    GroupPredictions { group: "default", extractions }
}

/// The records of a label; `probability` is what the dataset's own model says about it, where it knows the label.
pub(super) fn extraction(
    label: &Label,
    form: &FormLabel,
    records: &[Record],
    probability: Option<f64>,
) -> Option<ExtractionPrediction> {
    if records.is_empty() {
        return None;
    }
    let defs = label.moon_form.as_deref().unwrap_or_default();
    let capture = |record: &Record| {
        let field = |found: &super::question::FoundField| {
            let def = defs.iter().find(|def| def.name == form.fields[found.field].name)?;
            Some(MoonFormFieldPrediction {
                field_id: def.field_id.clone(),
                id: def.field_type_id.clone(),
                field_type_id: def.field_type_id.clone(),
                name: def.name.clone(),
                kind: def.kind.clone(),
                span: found.span.clone(),
                formatted_value: found.value.clone(),
                probability: found.confidence,
                document_spans: Vec::new(),
                spans: found.span.iter().cloned().collect(),
            })
        };
        MoonFormCaptureFieldsPrediction {
            fields: record.fields.iter().filter_map(field).collect(),
            probability: probability.unwrap_or(record.confidence),
        }
    };
    Some(ExtractionPrediction {
        label: LabelNameOnlyResponse { name: label.name.clone() },
        captures: records.iter().map(capture).collect(),
    })
}
