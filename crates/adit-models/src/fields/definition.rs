//! The fields of a dataset as a version knows them, and how the engine is told to find them. Pure.

use adit_datasets::wire::{EntityDef, Locales};
use adit_datasets::{Dataset, Label};
use adit_ml::fields::{Choice, FieldSpec, FormField, FormSpec, Kind, Locale, Rules};
use serde::{Deserialize, Serialize};

/// How many definitions may inherit from one another.
const MOST_ANCESTORS: usize = 4;

/// Everything that a version knows about fields besides weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// General fields.
    pub slots: Vec<Slot>,
    /// Labels with fields.
    pub forms: Vec<Form>,
    /// The types of all fields.
    pub types: Vec<FieldType>,
    /// How dates and amounts are read.
    pub locales: Option<Locales>,
}

/// A general field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Its id; that of its type where the dataset lists no general fields.
    pub field_id: String,
    /// Its type.
    pub type_id: String,
    /// Its API name.
    pub name: String,
    /// The name of its type.
    pub kind: String,
    /// What people say about it.
    pub instructions: String,
}

/// A label with fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// The label's id.
    pub label_id: String,
    /// The label's full name.
    pub label: String,
    /// What people say about the label.
    pub instructions: String,
    /// Its fields.
    pub fields: Vec<FormSlot>,
}

/// A field of a label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FormSlot {
    /// Its id.
    pub field_id: String,
    /// Its type.
    pub type_id: String,
    /// What it is called.
    pub name: String,
    /// The name of its type.
    pub kind: String,
    /// What people say about it.
    pub instructions: String,
}

/// A type of fields.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldType {
    /// Its id.
    pub id: String,
    /// Its title.
    pub name: String,
    /// What people say about it.
    pub instructions: String,
    /// `date`, `money`, `number` or `text`.
    pub data_type: String,
}

impl Definition {
    /// The fields of a dataset today.
    pub(crate) fn of(dataset: &Dataset, labels: &[Label]) -> Definition {
        let settings = &dataset.settings;
        let defs = &settings.entity_defs;
        let mut slots: Vec<Slot> = Vec::new();
        for field in &settings.general_fields {
            let def = defs.iter().find(|def| def.id == field.field_type_id);
            let kind = def.map(|def| def.name.clone()).or_else(|| field.field_type_name.clone());
            slots.push(Slot {
                field_id: field.field_id.clone(),
                type_id: field.field_type_id.clone(),
                name: field.api_name.clone(),
                kind: kind.unwrap_or_else(|| field.api_name.clone()),
                instructions: def.and_then(|def| def.instructions.clone()).unwrap_or_default(),
            });
        }
        for def in defs.iter().filter(|def| settings.general_fields.iter().all(|field| field.field_type_id != def.id)) {
            slots.push(Slot {
                field_id: def.id.clone(),
                type_id: def.id.clone(),
                name: def.name.clone(),
                kind: def.name.clone(),
                instructions: def.instructions.clone().unwrap_or_default(),
            });
        }
        let forms: Vec<Form> = labels.iter().filter_map(form_of).collect();
        let mut types: Vec<FieldType> = Vec::new();
        let used = slots.iter().map(|slot| (&slot.type_id, &slot.kind));
        let used = used.chain(forms.iter().flat_map(|form| &form.fields).map(|field| (&field.type_id, &field.kind)));
        for (id, kind) in used {
            if types.iter().any(|known| known.id == *id) {
                continue;
            }
            let def = defs.iter().find(|def| def.id == *id);
            let title = def.map(|def| def.title.clone()).filter(|title| !title.is_empty());
            types.push(FieldType {
                id: id.clone(),
                name: title.unwrap_or_else(|| kind.clone()),
                instructions: def.and_then(|def| def.instructions.clone()).unwrap_or_default(),
                data_type: data_type(def.map_or_else(|| Kind::named(kind), |def| base_of(def, defs))).to_owned(),
            });
        }
        Definition { slots, forms, types, locales: settings.preferred_locales.clone() }
    }

    /// How the engine finds the general fields, aligned with [`Definition::slots`].
    pub(crate) fn field_specs(&self, defs: &[EntityDef]) -> Vec<FieldSpec> {
        self.slots.iter().map(|slot| spec_of(&slot.field_id, &slot.type_id, &slot.kind, defs)).collect()
    }

    /// How the engine finds the fields of labels, aligned with [`Definition::forms`].
    pub(crate) fn form_specs(&self, defs: &[EntityDef]) -> Vec<FormSpec> {
        let field = |field: &FormSlot| FormField {
            name: field.name.clone(),
            spec: FieldSpec { is_trainable: true, ..spec_of(&field.field_id, &field.type_id, &field.kind, defs) },
            like: self.slots.iter().find(|slot| slot.type_id == field.type_id).map(|slot| slot.field_id.clone()),
        };
        let form = |form: &Form| FormSpec { id: form.label_id.clone(), fields: form.fields.iter().map(field).collect() };
        self.forms.iter().map(form).collect()
    }

    /// How a text in a language is read.
    pub(crate) fn locale(&self, language: Option<&str>) -> Locale {
        let Some(locales) = &self.locales else { return Locale::of("en-GB") };
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let preferred = language.and_then(|language| {
            locales.preferences.iter().find(|preference| primary(&preference.language) == primary(language))
        });
        Locale::of(preferred.map_or(locales.default.as_str(), |preference| preference.locale.as_str()))
    }
}

fn form_of(label: &Label) -> Option<Form> {
    let fields = label.moon_form.as_ref().filter(|fields| !fields.is_empty())?;
    let field = |field: &adit_datasets::wire::MoonFormField| FormSlot {
        field_id: field.field_id.clone(),
        type_id: field.field_type_id.clone(),
        name: field.name.clone(),
        kind: field.kind.clone(),
        instructions: field.instructions.clone(),
    };
    Some(Form {
        label_id: label.id.to_string(),
        label: label.name.clone(),
        instructions: label.instructions.clone(),
        fields: fields.iter().map(field).collect(),
    })
}

/// A field by its type; without a type in the dataset the name of the type decides.
fn spec_of(id: &str, type_id: &str, kind: &str, defs: &[EntityDef]) -> FieldSpec {
    let Some(def) = defs.iter().find(|def| def.id == type_id) else {
        let base = Kind::named(kind);
        return FieldSpec { id: id.to_owned(), base, rules: Rules::default(), is_trainable: base.is_none() };
    };
    let base = base_of(def, defs);
    FieldSpec { id: id.to_owned(), base, rules: rules_of(def, defs), is_trainable: def.trainable }
}

/// The definition and those it inherits from, the nearest first.
fn lineage<'d>(def: &'d EntityDef, defs: &'d [EntityDef]) -> Vec<&'d EntityDef> {
    let mut lineage = vec![def];
    while lineage.len() < MOST_ANCESTORS {
        let Some(parent) = lineage.last().and_then(|last| last.inherits_from.first()) else { break };
        let known = defs.iter().find(|other| other.id == *parent || other.name == *parent);
        let Some(known) = known.filter(|known| lineage.iter().all(|other| other.id != known.id)) else { break };
        lineage.push(known);
    }
    lineage
}

/// The kind of rule that a definition stands on, itself or through others. A definition that neither learns nor says
/// how it is found is the kind that it is named after.
fn base_of(def: &EntityDef, defs: &[EntityDef]) -> Option<Kind> {
    let lineage = lineage(def, defs);
    let inherited = lineage.iter().find_map(|def| def.inherits_from.first().and_then(|name| Kind::named(name)));
    let says_nothing = !def.trainable && !rules_of(def, defs).find_something();
    inherited.or_else(|| lineage.last().filter(|_| says_nothing).and_then(|last| Kind::named(&last.name)))
}

fn rules_of(def: &EntityDef, defs: &[EntityDef]) -> Rules {
    let mut rules = Rules::default();
    for rule in lineage(def, defs).into_iter().filter_map(|def| def.rules.as_ref()) {
        rules.suppressors.extend(rule.suppressors.iter().flatten().cloned());
        let choice =
            |choice: &adit_datasets::wire::FieldChoice| Choice { name: choice.name.clone(), values: choice.values.clone() };
        rules.choices.extend(rule.choices.iter().flatten().map(choice));
        rules.patterns.extend(rule.patterns());
    }
    rules
}

fn data_type(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Date | Kind::ValueDate | Kind::CancellationDate) => "date",
        Some(Kind::Money | Kind::MarkToMarket | Kind::Turnover) => "money",
        Some(Kind::Number) => "number",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use adit_datasets::wire::EntityDef;
    use adit_ml::fields::Kind;
    use serde_json::json;

    use super::{Definition, base_of, spec_of};

    fn def(id: &str, name: &str, inherits_from: &[&str], trainable: bool) -> EntityDef {
        let value =
            json!({"id": id, "color": 0, "name": name, "title": "", "inherits_from": inherits_from, "trainable": trainable});
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_base_is_a_kind_another_definition_or_the_own_name() {
        let defs = [
            def("1", "due-date", &["date"], true),
            def("2", "first-due", &["1"], true),
            def("3", "uk-postcode", &[], false),
            def("4", "date", &[], true),
            def("5", "loop", &["5"], true),
            def("6", "by-name", &["uk-postcode"], false),
        ];
        let base = |n: usize| base_of(&defs[n], &defs);
        assert_eq!(base(0), Some(Kind::Date));
        assert_eq!(base(1), Some(Kind::Date));
        assert_eq!(base(2), Some(Kind::UkPostcode));
        assert_eq!((base(3), base(4)), (None, None), "what learns without a base starts from scratch");
        assert_eq!(base(5), Some(Kind::UkPostcode));
        let unknown = spec_of("f", "9", "money", &defs);
        assert!(unknown.base == Some(Kind::Money) && !unknown.is_trainable);
        assert!(spec_of("f", "9", "house-id", &defs).is_trainable);
    }

    #[test]
    fn texts_are_read_by_the_locale_of_their_language() {
        let locales = json!({"default": "en-US", "preferences": [{"language": "de", "locale": "de-DE"}]});
        let definition = Definition { locales: serde_json::from_value(locales).unwrap(), ..Definition::default() };
        assert!(definition.locale(None).month_first && definition.locale(Some("fr")).month_first);
        assert!(definition.locale(Some("de")).decimal_comma);
        assert!(!Definition::default().locale(None).month_first);
    }
}
