//! Checks a request body against the contract's models before any handler sees it.
//!
//! Messages read like a JSON-schema validator's, because clients match on them, and name the field.

use adit_kernel::{Error, Result};
use serde_json::Value;

use crate::contract::{self, FieldModel, Model, Variant};

/// Keys that clients send although the model does not list them (NOTES 10, 11).
const TOLERATED: &[(&str, &str)] = &[("CommentNew", "context"), ("Label", "metadata"), ("LabelNew", "metadata")];

/// Enums whose unknown values pass, because names of permissions are kept as they came (NOTES 15).
const OPEN_ENUMS: &[&str] = &["ProjectPermission", "GlobalPermission"];

/// Nodes of markup are kept and given back as they came (BEHAVIOUR 5.1), so what is in them is the client's affair.
const MARKUP: &str = "MessageRichTextTextMarkupInner";

/// Bodies nest, but not without end; deeper markup than this is refused rather than recursed into.
const MAX_DEPTH: usize = 512;

/// Checks `body` against the request model of `operation`.
///
/// # Errors
/// [`Kind::Invalid`](adit_kernel::Kind) with the first breach found.
pub(crate) fn check_request(operation: &str, body: &Value) -> Result<()> {
    let Some(model) = contract::request_model(operation) else { return Ok(()) };
    check(model, body, &mut Path::default()).map_err(Error::invalid)
}

/// The way to the value that is looked at.
#[derive(Default)]
struct Path<'a>(Vec<Step<'a>>);

/// Made into text only where there is something to say: bodies are large and mostly right.
enum Step<'a> {
    Item(usize),
    Key(&'a str),
}

impl std::fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Item(n) => n.fmt(f),
            Self::Key(key) => key.fmt(f),
        }
    }
}

impl Path<'_> {
    fn says(&self, breach: impl std::fmt::Display) -> String {
        if self.0.is_empty() {
            return breach.to_string();
        }
        format!("{breach} (at `{}`)", self.0.iter().map(Step::to_string).collect::<Vec<_>>().join("."))
    }
}

type Check = std::result::Result<(), String>;

fn check<'a>(type_: &str, value: &'a Value, path: &mut Path<'a>) -> Check {
    if path.0.len() > MAX_DEPTH {
        return Err(format!("the body is nested deeper than {MAX_DEPTH} levels"));
    }
    if let Some(item) = type_.strip_prefix("array<").and_then(|rest| rest.strip_suffix('>')) {
        return check_array(item, value, path);
    }
    if let Some(inner) = type_.strip_prefix("map<string,").and_then(|rest| rest.strip_suffix('>')) {
        return check_map(inner, value, path);
    }
    if let Some(constant) = type_.strip_prefix("literal<").and_then(|rest| rest.strip_suffix('>')) {
        let is_same = value.as_str().is_some_and(|text| text == constant);
        return if is_same { Ok(()) } else { Err(path.says(format!("'{constant}' was expected"))) };
    }
    let is_good = match type_ {
        "string" | "binary" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "any" => true,
        _ => return check_model(type_, value, path),
    };
    if is_good { Ok(()) } else { Err(path.says(format!("{} is not of type '{type_}'", shown(value)))) }
}

fn check_array<'a>(item: &str, value: &'a Value, path: &mut Path<'a>) -> Check {
    let Some(items) = value.as_array() else { return Err(path.says(format!("{} is not of type 'array'", shown(value)))) };
    for (n, each) in items.iter().enumerate() {
        path.0.push(Step::Item(n));
        check(item, each, path)?;
        path.0.pop();
    }
    Ok(())
}

fn check_map<'a>(inner: &str, value: &'a Value, path: &mut Path<'a>) -> Check {
    let Some(map) = value.as_object() else { return Err(path.says(format!("{} is not of type 'object'", shown(value)))) };
    for (key, each) in map {
        path.0.push(Step::Key(key));
        check(inner, each, path)?;
        path.0.pop();
    }
    Ok(())
}

fn check_model<'a>(name: &str, value: &'a Value, path: &mut Path<'a>) -> Check {
    if name == MARKUP {
        return if value.is_object() { Ok(()) } else { Err(path.says(format!("{} is not of type 'object'", shown(value)))) };
    }
    match contract::model(name) {
        None => Ok(()),
        Some(Model::Alias { of }) => check(of, value, path),
        Some(Model::Enum { values }) => {
            if values.contains(value) || (OPEN_ENUMS.contains(&name) && value.is_string()) {
                return Ok(());
            }
            let allowed = values.iter().map(shown).collect::<Vec<_>>().join(", ");
            Err(path.says(format!("{} is not one of [{allowed}]", shown(value))))
        }
        Some(Model::Union { tag: Some(tag), variants }) => check_tagged(tag, variants, value, path),
        Some(Model::Union { tag: None, variants }) => check_untagged(variants, value, path),
        Some(Model::Object { fields }) => check_object(name, fields, value, path),
    }
}

fn check_tagged<'a>(tag: &str, variants: &[Variant], value: &'a Value, path: &mut Path<'a>) -> Check {
    let Some(object) = value.as_object() else { return Err(path.says(format!("{} is not of type 'object'", shown(value)))) };
    let Some(kind) = object.get(tag) else { return Err(path.says(format!("'{tag}' is a required property"))) };
    let text = kind.as_str().unwrap_or_default();
    let matches = |v: &&Variant| v.tag.as_deref() == Some(text) || v.tag_values.iter().any(|t| t == text);
    let mut first_breach = None;
    for variant in variants.iter().filter(matches) {
        let depth = path.0.len();
        match check(&variant.type_, value, path) {
            Ok(()) => return Ok(()),
            Err(breach) => first_breach.get_or_insert(breach),
        };
        path.0.truncate(depth);
    }
    Err(first_breach.unwrap_or_else(|| {
        let allowed: Vec<String> =
            variants.iter().flat_map(|v| v.tag.iter().chain(&v.tag_values)).map(|t| format!("'{t}'")).collect();
        path.says(format!("{} is not one of [{}]", shown(kind), allowed.join(", ")))
    }))
}

fn check_untagged<'a>(variants: &[Variant], value: &'a Value, path: &mut Path<'a>) -> Check {
    let depth = path.0.len();
    let mut last_breach = String::new();
    for variant in variants {
        match check(&variant.type_, value, path) {
            Ok(()) => return Ok(()),
            Err(breach) => last_breach = breach,
        }
        path.0.truncate(depth);
    }
    if variants.len() == 1 {
        Err(last_breach)
    } else {
        Err(path.says(format!("{} is not valid under any of the given schemas", shown(value))))
    }
}

fn check_object<'a>(name: &str, fields: &'a [FieldModel], value: &'a Value, path: &mut Path<'a>) -> Check {
    let Some(object) = value.as_object() else { return Err(path.says(format!("{} is not of type 'object'", shown(value)))) };
    // Where the real client is known not to send a "required" key, the key is not required.
    let is_client_known = fields.iter().any(|field| field.client_sends.is_some());
    for field in fields {
        let is_required = field.required && (!is_client_known || field.client_sends.as_deref() == Some("always"));
        match object.get(&field.name) {
            None if is_required => return Err(path.says(format!("'{}' is a required property", field.name))),
            // A null for an optional field is read as "not sent", or as "clear" where the operation knows that.
            None => {}
            Some(Value::Null) if !is_required || field.nullable => {}
            // Typed as a list, meant as one text (BEHAVIOUR 11): both are read.
            Some(Value::String(_)) if (name, field.name.as_str()) == ("Annotation", "comment_uid") => {}
            Some(inner) => {
                path.0.push(Step::Key(&field.name));
                let depth = path.0.len();
                if let Err(breach) = check(&field.type_, inner, path) {
                    path.0.truncate(depth);
                    match &field.alt_type {
                        Some(alternative) => check(alternative, inner, path)?,
                        None => return Err(breach),
                    }
                }
                path.0.pop();
            }
        }
    }
    for key in object.keys() {
        let is_known = fields.iter().any(|field| field.name == *key) || TOLERATED.contains(&(name, key.as_str()));
        if !is_known {
            return Err(path.says(format!("Additional properties are not allowed ('{key}' was unexpected)")));
        }
    }
    Ok(())
}

/// A value as a validator quotes it, cut where it gets long.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    };
    if text.chars().count() <= 80 { text } else { text.chars().take(77).collect::<String>() + "..." }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check_request;

    fn breach(operation: &str, body: serde_json::Value) -> String {
        check_request(operation, &body).map_or_else(|e| e.message().to_owned(), |()| "ok".into())
    }

    #[test]
    fn breaches_name_the_field_and_the_rule() {
        assert_eq!(breach("create_source", json!({"source": {}})), "ok");
        assert_eq!(breach("create_source", json!({})), "'source' is a required property");
        assert_eq!(breach("create_source", json!({"source": {"title": 7}})), "7 is not of type 'string' (at `source.title`)");
        assert_eq!(
            breach("create_source", json!({"source": {"titel": "x"}})),
            "Additional properties are not allowed ('titel' was unexpected) (at `source`)"
        );
        assert_eq!(
            breach("query_comments", json!({"filter": {}, "order": {"kind": "newest"}})).split(" [").next(),
            Some("'newest' is not one of")
        );
    }

    #[test]
    fn what_the_client_omits_is_not_required() {
        assert_eq!(
            breach(
                "get_dataset_statistics",
                json!({"comment_filter": {}, "label_property_timeseries": false, "label_timeseries": false})
            ),
            "ok"
        );
    }
}
