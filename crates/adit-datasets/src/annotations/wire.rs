//! The JSON shapes of annotated comments, named as in the contract.

use std::collections::HashMap;

use adit_kernel::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PredictedLabel;

/// A comment with everything decided and predicted about it.
#[derive(Debug, Clone, Serialize)]
pub struct AnnotatedComment {
    pub comment: adit_corpus::wire::Comment,
    pub labelling: Vec<LabelledGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewable_blocks: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities: Option<Entities>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_properties: Option<adit_corpus::wire::ThreadProperties>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_exceptions: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_properties: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moon_forms: Option<Vec<MoonFormGroup>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub highlights: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_version: Option<u32>,
}

/// The decisions about labels of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledGroup {
    pub group: &'static str,
    pub assigned: Vec<LabelRef>,
    pub dismissed: Vec<LabelRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uninformative: Option<UninformativeLabel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Vec<PredictedLabel>>,
}

/// A label on a comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelRef {
    pub name: String,
    pub sentiment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// Somebody looked and found nothing to label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UninformativeLabel {
    pub mode: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// The decisions about entities.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entities {
    pub assigned: Vec<Entity>,
    pub dismissed: Vec<Entity>,
    #[serde(default)]
    pub predicted: Vec<PredictedEntity>,
}

/// An entity that a model expects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedEntity {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub span: TextSpan,
    pub spans: Vec<TextSpan>,
    pub formatted_value: String,
    /// Null where a rule finds it.
    pub probability: Option<f64>,
    /// Captures of labels that it belongs to; none, for a general field.
    pub capture_ids: Vec<u64>,
    pub field_id: Option<String>,
}

/// An entity on a comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    pub id: String,
    pub name: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<TextSpan>,
    pub spans: Vec<TextSpan>,
    pub formatted_value: String,
    pub field_id: String,
}

/// A place in a comment's text, in both units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSpan {
    pub content_part: String,
    pub message_index: u64,
    pub utf16_byte_start: u64,
    pub utf16_byte_end: u64,
    pub char_start: u64,
    pub char_end: u64,
}

/// The forms of one label group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MoonFormGroup {
    pub group: String,
    pub assigned: Vec<MoonForm>,
    pub dismissed: Vec<MoonForm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drafted: Option<Vec<MoonForm>>,
    pub model_errors: Vec<Value>,
}

/// A label with the values captured for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoonForm {
    pub label: LabelRef,
    pub captures: Vec<Capture>,
}

/// One filled form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    pub fields: Vec<CapturedField>,
}

/// One field of a filled form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapturedField {
    pub id: String,
    pub field_type_id: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<TextSpan>,
    pub spans: Vec<TextSpan>,
    pub kind: String,
    pub formatted_value: String,
    pub field_id: String,
    pub document_spans: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<bool>,
}

/// What `update_comment_labelling` takes; absent keys and lists stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct UpdateRequest {
    pub(crate) context: Option<String>,
    pub(crate) labelling: Option<Vec<GroupUpdate>>,
    pub(crate) entities: Option<EntitiesUpdate>,
    pub(crate) moon_forms: Option<Vec<MoonFormGroupUpdate>>,
}

/// Label decisions as sent; the only group is `default`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct GroupUpdate {
    pub(crate) assigned: Option<Vec<LabelRef>>,
    pub(crate) dismissed: Option<Vec<LabelRef>>,
    #[serde(default)]
    pub(crate) uninformative: Field<UninformativeLabel>,
}

/// Entity decisions as sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct EntitiesUpdate {
    pub(crate) assigned: Option<Vec<EntityNew>>,
    pub(crate) dismissed: Option<Vec<EntityNew>>,
}

/// An entity as sent: named by name, or by the id of its definition or field.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct EntityNew {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) span: Option<SpanNew>,
    pub(crate) spans: Option<Vec<SpanNew>>,
    pub(crate) formatted_value: String,
    pub(crate) field_id: Option<String>,
}

/// A place in a comment's text, in one of the units.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SpanNew {
    pub(crate) content_part: String,
    pub(crate) message_index: i64,
    pub(crate) utf16_byte_start: Option<i64>,
    pub(crate) utf16_byte_end: Option<i64>,
    pub(crate) char_start: Option<i64>,
    pub(crate) char_end: Option<i64>,
}

/// Forms as sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct MoonFormGroupUpdate {
    #[serde(default)]
    pub(crate) assigned: Vec<MoonFormNew>,
    pub(crate) drafted: Option<Vec<MoonFormNew>>,
    pub(crate) dismissed: Option<DismissedForms>,
}

/// Dismissed forms come in two shapes (NOTES 18).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum DismissedForms {
    /// The vendor's later form.
    List(Vec<MoonFormNew>),
    /// The documented form.
    Parts {
        /// Dismissed captures, by label.
        #[serde(default)]
        captures: Vec<MoonFormNew>,
        /// Dismissed labels.
        #[serde(default)]
        labels: Vec<LabelRef>,
    },
}

/// A label with captures as sent.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct MoonFormNew {
    pub(crate) label: LabelRef,
    #[serde(default)]
    pub(crate) captures: Vec<CaptureNew>,
}

/// A filled form as sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CaptureNew {
    #[serde(default)]
    pub(crate) fields: Vec<CapturedFieldNew>,
}

/// A field of a filled form as sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CapturedFieldNew {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) span: Option<SpanNew>,
    pub(crate) spans: Option<Vec<SpanNew>>,
    pub(crate) formatted_value: String,
    pub(crate) field_id: Option<String>,
    pub(crate) document_spans: Option<Vec<Value>>,
    pub(crate) confirmed: Option<bool>,
}

impl MoonFormGroup {
    /// All forms of the group.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &MoonForm> {
        self.assigned.iter().chain(&self.dismissed).chain(self.drafted.iter().flatten())
    }

    /// All forms of the group, to change them.
    pub(crate) fn forms_mut(&mut self) -> impl Iterator<Item = &mut MoonForm> {
        self.assigned.iter_mut().chain(&mut self.dismissed).chain(self.drafted.iter_mut().flatten())
    }

    /// Stored forms name labels by id: puts the names back, and drops forms of labels that are gone.
    pub(crate) fn name_labels(&mut self, names: &HashMap<String, String>) {
        for form in self.forms_mut() {
            form.label.name = names.get(&form.label.name).cloned().unwrap_or_default();
        }
        for list in [&mut self.assigned, &mut self.dismissed].into_iter().chain(&mut self.drafted) {
            list.retain(|form| !form.label.name.is_empty());
        }
    }

    /// Forgets what was captured, because the text it points into is gone.
    pub(crate) fn drop_captures(&mut self) {
        self.forms_mut().for_each(|form| form.captures.clear());
    }
}
