//! The JSON shapes of label groups and label definitions, named as in the contract.

use adit_kernel::Field;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A label group with its definitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelGroup {
    pub name: String,
    pub label_defs: Vec<LabelDef>,
    pub label_collection_name: Option<String>,
    pub trainable: bool,
    pub hidden: bool,
    pub instructions: String,
}

/// A label definition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelDef {
    pub name: String,
    pub title: String,
    pub instructions: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pretrained: Option<Pretrained>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trainable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moon_form: Option<Vec<MoonFormField>>,
}

/// A built-in label that a definition stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pretrained {
    pub id: String,
    pub name: &'static str,
}

/// A field of a label's form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MoonFormField {
    pub field_id: String,
    pub id: String,
    pub field_type_id: String,
    pub kind: String,
    pub name: String,
    pub instructions: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule_set: Option<Value>,
}

/// A label group as sent.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct LabelGroupNew {
    pub(crate) name: String,
    pub(crate) label_defs: Option<Vec<LabelDefNew>>,
    pub(crate) label_collection_name: Option<String>,
    pub(crate) trainable: Option<bool>,
    pub(crate) hidden: Option<bool>,
    pub(crate) instructions: Option<String>,
}

/// What `create_label_group` takes.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CreateLabelGroupRequest {
    pub(crate) label_collection_name: Option<String>,
    pub(crate) trainable: Option<bool>,
    pub(crate) hidden: Option<bool>,
    pub(crate) instructions: Option<String>,
}

/// A label definition as sent on creation.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct LabelDefNew {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) instructions: Option<String>,
    pub(crate) external_id: Option<String>,
    #[serde(default)]
    pub(crate) pretrained: Field<PretrainedRef>,
    #[serde(default)]
    pub(crate) trainable: Field<bool>,
    pub(crate) moon_form: Option<Vec<MoonFormFieldNew>>,
    pub(crate) properties: Option<Value>,
}

/// What `update_label_def` takes; absent keys stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct LabelDefUpdate {
    pub(crate) name: Option<String>,
    pub(crate) properties: Option<Value>,
    pub(crate) title: Option<String>,
    pub(crate) instructions: Option<String>,
    pub(crate) external_id: Option<String>,
    #[serde(default)]
    pub(crate) pretrained: Field<PretrainedRef>,
    #[serde(default)]
    pub(crate) trainable: Field<bool>,
    pub(crate) moon_form: Option<Vec<MoonFormFieldNew>>,
}

/// A reference to a built-in label.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PretrainedRef {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

/// A field of a label's form as sent: new, or with the id of an existing one.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct MoonFormFieldNew {
    pub(crate) field_id: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) field_type_id: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) name: String,
    pub(crate) instructions: Option<String>,
    pub(crate) rule_set: Option<Value>,
}

/// The id of the first built-in label that tells a tone; those before it tell quality of service.
const FIRST_TONE_ID: &str = "0000000000000019";

impl Pretrained {
    /// Whether this label tells a tone.
    pub(crate) fn is_tone(&self) -> bool {
        self.id.as_str() >= FIRST_TONE_ID
    }
}
