//! Pure decisions about datasets.

use std::collections::HashSet;

use adit_kernel::{Error, Id, Random, Result, catalogue, names};

use super::store::{Dataset, Settings};
use super::wire::{self, DatasetNew, DatasetUpdate, EntityDef, EntityDefNew, EntityRules, GeneralFieldDef, GeneralFieldDefNew};
use super::wire::{Locales, default_locale};
use crate::labels::store::{Group, Label};

/// The most sources of a dataset.
pub(super) const MAX_SOURCES: usize = 1024;

/// The most definitions of one kind.
const MAX_DEFS: usize = 1024;

/// The most memory that the pattern of an entity may take up when compiled, in bytes.
const MAX_PATTERN_SIZE: usize = 1 << 20;

/// The model family of a dataset that asks for none.
pub(super) const DEFAULT_FAMILY: &str = "english";

/// All model families.
const FAMILIES: &[&str] = &["english", "english-dev", "german", "german-dev", "random", "transformer-english", "transformer-xlm"];

/// The model family a new dataset gets.
pub(super) fn model_family(wanted: Option<&str>) -> Result<String> {
    checked_model_family(wanted.unwrap_or(DEFAULT_FAMILY))
}

/// A model family, if there is one of that name.
pub(crate) fn checked_model_family(wanted: &str) -> Result<String> {
    if FAMILIES.contains(&wanted) {
        return Ok(wanted.to_owned());
    }
    let allowed = FAMILIES.iter().map(|family| format!("'{family}'")).collect::<Vec<_>>().join(", ");
    Err(Error::invalid(format!("'{wanted}' is not one of [{allowed}]")))
}

/// The ids in a list, each once.
pub(super) fn source_ids(texts: &[String]) -> Result<Vec<Id>> {
    if texts.len() > MAX_SOURCES {
        return Err(catalogue::too_many("source_ids", MAX_SOURCES));
    }
    let mut ids: Vec<Id> = Vec::with_capacity(texts.len());
    for text in texts {
        let id = text.parse().map_err(|_| no_such_source(text))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// A source in a list that does not exist, or that the caller may not see.
pub(super) fn no_such_source(id: &str) -> Error {
    Error::unprocessable(format!("No such source: '{id}' in `source_ids`."))
}

/// The settings of a new dataset.
pub(super) fn new_settings(new: &DatasetNew, random: &dyn Random) -> Result<Settings> {
    let update = DatasetUpdate {
        entity_kinds: new.entity_kinds.clone(),
        entity_defs: new.entity_defs.clone(),
        general_fields: new.general_fields.clone(),
        _label_properties: new._label_properties.clone(),
        debug_config_json: new.debug_config_json.clone().map_or(adit_kernel::Field::Absent, adit_kernel::Field::Value),
        _timezone: new._timezone.clone(),
        _preferred_locales: new._preferred_locales.clone(),
        _dataset_flags: new._dataset_flags.clone(),
        _model_config: new._model_config.clone(),
        ..DatasetUpdate::default()
    };
    updated_settings(Settings::default(), &update, random)
}

/// The settings after an update: what was not sent stays.
pub(super) fn updated_settings(mut settings: Settings, update: &DatasetUpdate, random: &dyn Random) -> Result<Settings> {
    let sent_defs = match (&update.entity_defs, &update.entity_kinds) {
        (Some(defs), _) => Some(defs.clone()),
        (None, Some(kinds)) => Some(kinds.iter().map(|kind| def_of_kind(kind)).collect()),
        (None, None) => None,
    };
    if let Some(defs) = sent_defs {
        settings.entity_defs = entity_defs(defs, &settings.entity_defs, random)?;
    }
    if let Some(fields) = &update.general_fields {
        settings.general_fields = general_fields(fields, &settings, random)?;
    }
    if let Some(properties) = &update._label_properties {
        settings.label_properties = distinct(properties);
    }
    if let Some(timezone) = &update._timezone {
        settings.timezone = Some(checked_timezone(timezone)?);
    }
    if let Some(locales) = &update._preferred_locales {
        settings.preferred_locales = Some(locales.clone());
    }
    if let Some(flags) = &update._dataset_flags {
        settings.flags = distinct(flags);
    }
    if let Some(config) = &update._model_config {
        settings.model_config = Some(config.clone());
    }
    if let adit_kernel::Field::Value(debug) = &update.debug_config_json {
        names::check_text(debug, "debug_config_json", 65_536)?;
    }
    settings.debug_config_json = update.debug_config_json.clone().apply(settings.debug_config_json.take());
    Ok(settings)
}

fn distinct(items: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    items.iter().filter(|item| seen.insert(item.as_str())).cloned().collect()
}

/// IANA names are letters, digits and a few signs; whether a zone of that name exists is up to who draws charts.
fn checked_timezone(name: &str) -> Result<String> {
    let is_good = (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+'));
    if is_good { Ok(name.to_owned()) } else { Err(Error::unprocessable(format!("The value '{name}' is not a valid time zone."))) }
}

/// The definition that the old form `entity_kinds` stands for.
fn def_of_kind(kind: &str) -> EntityDefNew {
    EntityDefNew {
        id: None,
        color: None,
        name: kind.to_owned(),
        title: kind.to_owned(),
        inherits_from: vec![kind.to_owned()],
        trainable: false,
        rules: None,
        _entity_def_flags: None,
        instructions: None,
    }
}

/// The entity definition that is named `name`.
pub(crate) fn entity_named<'a>(defs: &'a [EntityDef], name: &str) -> Option<&'a EntityDef> {
    defs.iter().find(|def| def.name == name)
}

/// The definitions as stored: those sent with a known id or name keep their id, others get a new one.
fn entity_defs(sent: Vec<EntityDefNew>, known: &[EntityDef], random: &dyn Random) -> Result<Vec<EntityDef>> {
    if sent.len() > MAX_DEFS {
        return Err(catalogue::too_many("entity_defs", MAX_DEFS));
    }
    let mut defs: Vec<EntityDef> = Vec::with_capacity(sent.len());
    for def in sent {
        names::check_text(&def.name, "entity_defs.name", 256)?;
        names::check_text(&def.title, "entity_defs.title", 64)?;
        if def.name.is_empty() {
            return Err(Error::invalid("`entity_defs.name` must not be empty."));
        }
        if defs.iter().any(|other| other.name == def.name) {
            return Err(Error::unprocessable(format!("Entity `{}` is defined more than once.", def.name)));
        }
        let by_id = known.iter().find(|old| def.id.as_ref() == Some(&old.id));
        let old = by_id.or_else(|| entity_named(known, &def.name)).filter(|old| defs.iter().all(|other| other.id != old.id));
        defs.push(EntityDef {
            id: old.map_or_else(|| random.id().to_string(), |old| old.id.clone()),
            color: def.color.or(old.map(|old| old.color)).unwrap_or_default(),
            name: def.name,
            title: def.title,
            inherits_from: def.inherits_from,
            trainable: def.trainable,
            rules: def.rules.map(|rules| entity_rules(rules, old, random)).transpose()?,
            _entity_def_flags: distinct(&def._entity_def_flags.unwrap_or_default()),
            instructions: def.instructions,
        });
    }
    Ok(defs)
}

fn entity_rules(mut rules: EntityRules, old: Option<&EntityDef>, random: &dyn Random) -> Result<EntityRules> {
    let known = old.and_then(|old| old.rules.as_ref()).and_then(|rules| rules.choices.as_deref()).unwrap_or_default();
    if rules.suppressors.as_ref().is_some_and(|list| list.len() > 128) {
        return Err(catalogue::too_many("rules.suppressors", 128));
    }
    if rules.choices.as_ref().is_some_and(|list| list.len() > MAX_DEFS) {
        return Err(catalogue::too_many("rules.choices", MAX_DEFS));
    }
    for choice in rules.choices.iter_mut().flatten() {
        let old = known.iter().find(|old| old.id == choice.id || old.name == choice.name);
        choice.id = old.map_or_else(|| random.id().to_string(), |old| old.id.clone());
        if choice.values.len() > MAX_DEFS {
            return Err(catalogue::too_many("rules.choices.values", MAX_DEFS));
        }
    }
    for suppressor in rules.suppressors.iter().flatten() {
        names::check_text(suppressor, "rules.suppressors", 128)?;
    }
    for pattern in rules.patterns() {
        check_pattern(&pattern)?;
    }
    Ok(rules)
}

/// Refuses a pattern that could not be used: wrong, or too large when compiled.
fn check_pattern(pattern: &str) -> Result<()> {
    names::check_text(pattern, "rules.regex", 4096)?;
    let built = regex::RegexBuilder::new(pattern).size_limit(MAX_PATTERN_SIZE).build();
    let why = match built {
        Ok(_) => return Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => "it is too large when compiled".to_owned(),
        Err(error) => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    Err(Error::unprocessable(format!("`rules.regex`: the pattern `{pattern}` cannot be used: {why}.")))
}

fn general_fields(sent: &[GeneralFieldDefNew], settings: &Settings, random: &dyn Random) -> Result<Vec<GeneralFieldDef>> {
    if sent.len() > MAX_DEFS {
        return Err(catalogue::too_many("general_fields", MAX_DEFS));
    }
    let mut fields: Vec<GeneralFieldDef> = Vec::with_capacity(sent.len());
    for field in sent {
        names::check_text(&field.api_name, "general_fields.api_name", 256)?;
        if fields.iter().any(|other| other.api_name == field.api_name) {
            return Err(Error::unprocessable(format!("General field `{}` is defined more than once.", field.api_name)));
        }
        let known = &settings.general_fields;
        let by_id = known.iter().find(|old| field.field_id.as_ref() == Some(&old.field_id));
        let old = by_id.or_else(|| known.iter().find(|old| old.api_name == field.api_name));
        let type_ = match (&field.field_type_id, &field.field_type_name) {
            (Some(id), _) => settings.entity_defs.iter().find(|def| def.id == *id),
            (None, Some(name)) => entity_named(&settings.entity_defs, name),
            (None, None) => entity_named(&settings.entity_defs, &field.api_name),
        };
        fields.push(GeneralFieldDef {
            field_id: old.map_or_else(|| random.id().to_string(), |old| old.field_id.clone()),
            field_type_id: type_
                .map(|def| def.id.clone())
                .or_else(|| field.field_type_id.clone())
                .or_else(|| old.map(|old| old.field_type_id.clone()))
                .unwrap_or_else(|| random.id().to_string()),
            field_type_name: field.field_type_name.clone().or_else(|| type_.map(|def| def.name.clone())),
            api_name: field.api_name.clone(),
            title: field.title.clone().unwrap_or_default(),
        });
    }
    Ok(fields)
}

impl Dataset {
    /// The dataset as callers see it; `hidden` are sources whose comments the caller may not see.
    pub(crate) fn to_wire(&self, groups: &[Group], labels: &[Label], hidden: &[Id]) -> wire::Dataset {
        let settings = &self.settings;
        let label_groups: Vec<_> = groups.iter().map(|group| group.to_wire(labels)).collect();
        let default = label_groups.iter().find(|group| group.name == crate::labels::DEFAULT_GROUP);
        wire::Dataset {
            id: self.id,
            owner: self.owner.clone(),
            name: self.name.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            created: self.created_at,
            last_modified: self.last_modified,
            model_family: self.model_family.clone(),
            source_ids: self.source_ids.clone(),
            has_sentiment: self.has_sentiment,
            limited_access: self.source_ids.iter().any(|id| hidden.contains(id)),
            entity_defs: settings.entity_defs.clone(),
            general_fields: settings.general_fields.clone(),
            label_defs: default.map(|group| group.label_defs.clone()).unwrap_or_default(),
            label_groups,
            _label_properties: settings.label_properties.clone(),
            _timezone: settings.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
            _preferred_locales: settings
                .preferred_locales
                .clone()
                .unwrap_or_else(|| Locales { default: default_locale(), preferences: Vec::new() }),
            _dataset_flags: settings.flags.clone(),
            debug_config_json: settings.debug_config_json.clone(),
            _model_config: settings.model_config.clone().unwrap_or_else(|| serde_json::json!({"kind": "cm"})),
        }
    }
}
