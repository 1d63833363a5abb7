//! The JSON shapes of datasets, named as in the contract.

use adit_kernel::{Field, Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::labels::wire::{LabelDef, LabelDefNew, LabelGroup, LabelGroupNew};

/// A dataset as callers see it.
#[derive(Debug, Clone, Serialize)]
pub struct Dataset {
    pub id: Id,
    pub owner: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub created: Timestamp,
    pub last_modified: Timestamp,
    pub model_family: String,
    pub source_ids: Vec<Id>,
    pub has_sentiment: bool,
    pub limited_access: bool,
    pub entity_defs: Vec<EntityDef>,
    pub general_fields: Vec<GeneralFieldDef>,
    pub label_groups: Vec<LabelGroup>,
    pub label_defs: Vec<LabelDef>,
    pub _label_properties: Vec<String>,
    pub _timezone: String,
    pub _preferred_locales: Locales,
    pub _dataset_flags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_config_json: Option<String>,
    pub _model_config: Value,
}

/// What `create_dataset` takes.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct DatasetNew {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) source_ids: Option<Vec<String>>,
    pub(crate) entity_kinds: Option<Vec<String>>,
    pub(crate) entity_defs: Option<Vec<EntityDefNew>>,
    pub(crate) general_fields: Option<Vec<GeneralFieldDefNew>>,
    pub(crate) _label_properties: Option<Vec<String>>,
    pub(crate) debug_config_json: Option<String>,
    pub(crate) model_family: Option<String>,
    pub(crate) _timezone: Option<String>,
    pub(crate) _preferred_locales: Option<Locales>,
    pub(crate) _dataset_flags: Option<Vec<String>>,
    pub(crate) _model_config: Option<Value>,
    pub(crate) has_sentiment: Option<bool>,
    pub(crate) label_groups: Option<Vec<LabelGroupNew>>,
    pub(crate) label_defs: Option<Vec<LabelDefNew>>,
    pub(crate) copy_annotations_from: Option<String>,
}

/// What `update_dataset` takes; absent keys stay as they are.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct DatasetUpdate {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) source_ids: Option<Vec<String>>,
    pub(crate) entity_kinds: Option<Vec<String>>,
    pub(crate) entity_defs: Option<Vec<EntityDefNew>>,
    pub(crate) general_fields: Option<Vec<GeneralFieldDefNew>>,
    pub(crate) _label_properties: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) debug_config_json: Field<String>,
    pub(crate) model_family: Option<String>,
    pub(crate) _timezone: Option<String>,
    pub(crate) _preferred_locales: Option<Locales>,
    pub(crate) _dataset_flags: Option<Vec<String>>,
    pub(crate) _model_config: Option<Value>,
    pub(crate) _default_label_group_instructions: Option<String>,
}

/// The locales in which values are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Locales {
    #[serde(default = "default_locale")]
    pub default: String,
    #[serde(default)]
    pub preferences: Vec<LocalePreference>,
}

/// The locale for one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalePreference {
    pub language: String,
    pub locale: String,
}

pub(crate) fn default_locale() -> String {
    "en-GB".to_owned()
}

/// The definition of an entity (a general field's type).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityDef {
    pub id: String,
    pub color: i64,
    pub name: String,
    pub title: String,
    pub inherits_from: Vec<String>,
    pub trainable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<EntityRules>,
    #[serde(default)]
    pub _entity_def_flags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
}

/// What finds or suppresses values of an entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntityRules {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressors: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<FieldChoice>>,
    pub regex: Option<Value>,
}

impl EntityRules {
    /// The regular expressions, in either of the two forms in which they are sent.
    pub fn patterns(&self) -> Vec<String> {
        let Some(regex) = &self.regex else { return Vec::new() };
        let text = |value: &Value| value.get("pattern").and_then(Value::as_str).map(str::to_owned);
        let listed = regex.get("templates").and_then(Value::as_array).into_iter().flatten().filter_map(text);
        text(regex).into_iter().chain(listed).filter(|pattern| !pattern.is_empty()).collect()
    }
}

/// One choice of a choice list; the server gives it an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChoice {
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub values: Vec<String>,
}

/// An entity definition as sent: new, or with the id of an existing one.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct EntityDefNew {
    pub(crate) id: Option<String>,
    pub(crate) color: Option<i64>,
    pub(crate) name: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) inherits_from: Vec<String>,
    pub(crate) trainable: bool,
    pub(crate) rules: Option<EntityRules>,
    pub(crate) _entity_def_flags: Option<Vec<String>>,
    pub(crate) instructions: Option<String>,
}

/// A general field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneralFieldDef {
    pub field_id: String,
    pub field_type_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_type_name: Option<String>,
    pub api_name: String,
    pub title: String,
}

/// A general field as sent.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct GeneralFieldDefNew {
    pub(crate) field_id: Option<String>,
    pub(crate) field_type_id: Option<String>,
    pub(crate) field_type_name: Option<String>,
    pub(crate) api_name: String,
    pub(crate) title: Option<String>,
}
