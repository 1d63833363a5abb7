//! Models of the contract as JSON Schemas.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A model of the contract; the format is described by its own keys.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Model {
    Object {
        fields: Vec<Field>,
    },
    Enum {
        values: Vec<Value>,
        #[serde(default)]
        client_open: bool,
    },
    Union {
        tag: Option<String>,
        variants: Vec<Variant>,
    },
    Alias {
        of: String,
    },
}

#[derive(Deserialize)]
pub(super) struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    alt_type: Option<String>,
    required: bool,
    nullable: bool,
    #[serde(rename = "const")]
    constant: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Variant {
    #[serde(rename = "type")]
    kind: String,
    tag: Option<String>,
    #[serde(default)]
    tag_values: Vec<String>,
}

/// The schema of a model.
pub(super) fn schema(model: &Model) -> Value {
    match model {
        Model::Object { fields } => object(fields),
        // Values that the platform adds later are kept by clients, so they are not wrong.
        Model::Enum { values, client_open: true } => json!({"examples": values}),
        Model::Enum { values, .. } => json!({"enum": values}),
        Model::Union { tag, variants } => {
            json!({"anyOf": variants.iter().map(|variant| tagged(tag.as_deref(), variant)).collect::<Vec<_>>()})
        }
        Model::Alias { of } => of_type(of),
    }
}

fn object(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = of_type(&field.kind);
        if let Some(constant) = &field.constant {
            schema = json!({"const": constant});
        }
        let mut shapes = vec![schema];
        shapes.extend(field.alt_type.as_deref().map(of_type));
        // What may be absent may be null as well: generated and hand-written clients differ here (NOTES 1).
        if field.nullable || !field.required {
            shapes.push(json!({"type": "null"}));
        }
        let schema = if shapes.len() == 1 { shapes.remove(0) } else { json!({"anyOf": shapes}) };
        properties.insert(field.name.clone(), schema);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// A variant with the value of its tag, which the variant's own model does not always carry.
fn tagged(tag: Option<&str>, variant: &Variant) -> Value {
    let schema = of_type(&variant.kind);
    let values: Vec<&String> = variant.tag.iter().chain(&variant.tag_values).collect();
    match tag {
        Some(tag) if !values.is_empty() => {
            json!({"allOf": [schema, {"type": "object", "properties": {tag: {"enum": values}}, "required": [tag]}]})
        }
        _ => schema,
    }
}

/// The schema of a type expression: a scalar, `array<T>`, `map<string,T>`, `literal<v>` or a model's name.
pub(super) fn of_type(expression: &str) -> Value {
    let expression = expression.trim();
    if let Some(inner) = generic(expression, "array") {
        return json!({"type": "array", "items": of_type(inner)});
    }
    if let Some(inner) = generic(expression, "map") {
        let value = inner.split_once(',').map_or("any", |(_, value)| value);
        return json!({"type": "object", "additionalProperties": of_type(value)});
    }
    if let Some(value) = generic(expression, "literal") {
        return json!({"const": value});
    }
    match expression {
        "string" | "integer" | "number" | "boolean" => json!({"type": expression}),
        "any" => json!({}),
        "binary" => json!({"type": "string", "format": "binary"}),
        model => reference(model),
    }
}

/// A pointer to a model.
pub(super) fn reference(model: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{model}")})
}

fn generic<'a>(expression: &'a str, name: &str) -> Option<&'a str> {
    expression.strip_prefix(name)?.strip_prefix('<')?.strip_suffix('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_expressions_become_schemas() {
        assert_eq!(of_type("array<string>"), json!({"type": "array", "items": {"type": "string"}}));
        assert_eq!(
            of_type("map<string,array<Label>>"),
            json!({"type": "object", "additionalProperties": {
                "type": "array", "items": {"$ref": "#/components/schemas/Label"}}})
        );
        assert_eq!(of_type("literal<ok>"), json!({"const": "ok"}));
    }

    #[test]
    fn nullable_fields_may_be_null_and_optional_ones_may_be_absent_too() {
        let model: Model = serde_json::from_value(json!({"kind": "object", "fields": [
            {"name": "a", "type": "string", "required": true, "nullable": true},
            {"name": "b", "type": "integer", "required": false, "nullable": false},
        ]}))
        .unwrap();
        assert_eq!(
            schema(&model),
            json!({"type": "object", "required": ["a"], "properties": {
                "a": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}})
        );
    }
}
