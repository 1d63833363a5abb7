//! `cargo xtask openapi`: the contract as an OpenAPI 3.1 document, for tools that read one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{contract, paths};

mod schemas;

/// Flags of `cargo xtask openapi`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write to this file instead of standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Leave out the operations that are still pending.
    #[arg(long)]
    served: bool,
}

/// An operation as the contract describes it.
#[derive(Deserialize)]
struct Route {
    operation_id: String,
    area: String,
    method: String,
    path: String,
    path_params: Vec<PathParameter>,
    query_params: Vec<QueryParameter>,
    request_body: Option<Body>,
    response_model: Option<String>,
    error_model: String,
    content_types: ContentTypes,
}

#[derive(Deserialize)]
struct PathParameter {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct QueryParameter {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    repeated: bool,
}

#[derive(Deserialize)]
struct Body {
    model: Option<String>,
    #[serde(default)]
    multipart: bool,
    #[serde(default)]
    required: bool,
}

#[derive(Deserialize)]
struct ContentTypes {
    #[serde(default)]
    request: Vec<String>,
    #[serde(default)]
    response: Vec<String>,
}

/// Models that the contract's source describes twice, once without saying what may be null (NOTES 10).
const LESSER_COPIES: &[(&str, &str)] = &[("GetSourceCommentsResponseThreadPropertiesInner", "ThreadProperties")];

/// Writes the document.
pub(crate) fn run(options: &Options) -> Result<()> {
    let text = serde_json::to_string_pretty(&document(options.served)?)?;
    match &options.out {
        Some(file) => fs::write(file, text + "\n").with_context(|| format!("cannot write `{}`", file.display()))?,
        None => println!("{text}"),
    }
    Ok(())
}

/// Writes the served part of the contract.
pub(crate) fn write_served(file: &Path) -> Result<()> {
    fs::write(file, serde_json::to_string(&document(true)?)?).with_context(|| format!("cannot write `{}`", file.display()))
}

/// The whole contract, or the served part of it.
fn document(only_served: bool) -> Result<Value> {
    let folder = paths::root().join("contract");
    let read = |name: &str| fs::read_to_string(folder.join(name)).with_context(|| format!("cannot read `contract/{name}`"));
    let routes: Vec<Route> = serde_json::from_str(&read("routes.json")?).context("`contract/routes.json` does not parse")?;
    let models: BTreeMap<String, schemas::Model> =
        serde_json::from_str(&read("models.json")?).context("`contract/models.json` does not parse")?;
    let pending = read("pending.txt").unwrap_or_default();
    let pending: Vec<&str> = contract::pending_ids(&pending).map(|(_, id)| id).collect();
    let mut by_path: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in &routes {
        if only_served && pending.contains(&route.operation_id.as_str()) {
            continue;
        }
        let verbs = by_path.entry(route.path.clone()).or_default();
        if verbs.insert(route.method.to_lowercase(), operation(route)).is_some() {
            bail!("the contract has {} {} twice", route.method, route.path);
        }
    }
    let mut components: Map<String, Value> = models.iter().map(|(name, model)| (name.clone(), schemas::schema(model))).collect();
    for (copy, original) in LESSER_COPIES {
        components.insert((*copy).to_owned(), schemas::reference(original));
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {"title": "Adit", "version": "1", "description": "The wire contract of Adit, generated from `contract/`."},
        "security": [{"bearer": []}],
        "paths": by_path,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": components,
        },
    }))
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = route
        .path_params
        .iter()
        .map(|p| json!({"name": p.name, "in": "path", "required": true, "schema": schemas::of_type(&p.kind)}))
        .collect();
    parameters.extend(route.query_params.iter().map(|p| {
        let one = schemas::of_type(&p.kind);
        let schema = if p.repeated && !p.kind.starts_with("array") { json!({"type": "array", "items": one}) } else { one };
        json!({"name": p.name, "in": "query", "required": p.required, "schema": schema})
    }));
    let mut operation = json!({
        "operationId": route.operation_id,
        "tags": [route.area],
        "parameters": parameters,
        "responses": {
            "200": reply("Success.", route.response_model.as_deref(), &route.content_types.response),
            "default": reply("What went wrong.", Some(&route.error_model), &[]),
        },
    });
    if let Some(body) = request(route) {
        operation["requestBody"] = body;
    }
    operation
}

fn reply(description: &str, model: Option<&str>, types: &[String]) -> Value {
    let content: Map<String, Value> = match model {
        Some(model) => types
            .iter()
            .map(String::as_str)
            .chain(types.is_empty().then_some("application/json"))
            .map(|kind| {
                let schema = if kind == "application/json" { schemas::reference(model) } else { json!({}) };
                (kind.to_owned(), json!({"schema": schema}))
            })
            .collect(),
        None => types.iter().map(|kind| (kind.clone(), json!({"schema": {}}))).collect(),
    };
    json!({"description": description, "content": content})
}

fn request(route: &Route) -> Option<Value> {
    let body = route.request_body.as_ref()?;
    let content = match &body.model {
        Some(model) => json!({"application/json": {"schema": schemas::reference(model)}}),
        None if body.multipart => json!({"multipart/form-data": {"schema": {
            "type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}},
        }}}),
        None => {
            let kind = route.content_types.request.first().map_or("application/octet-stream", String::as_str);
            json!({kind: {"schema": {"type": "string", "format": "binary"}}})
        }
    };
    Some(json!({"required": body.required, "content": content}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    found.push(target.clone());
                }
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_document_holds_every_operation_and_no_dangling_reference() {
        let document = document(false).unwrap();
        let verbs = |paths: &Value| paths.as_object().unwrap().values().map(|v| v.as_object().unwrap().len()).sum::<usize>();
        assert_eq!(verbs(&document["paths"]), 218);
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 1000);
        for target in found {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "`{target}` leads nowhere");
        }
        assert!(verbs(&self::document(true).unwrap()["paths"]) < 218, "pending operations are left out on request");
    }

    #[test]
    fn path_parameters_are_those_of_the_path() {
        let document = document(false).unwrap();
        for (path, verbs) in document["paths"].as_object().unwrap() {
            for operation in verbs.as_object().unwrap().values() {
                for parameter in operation["parameters"].as_array().unwrap().iter().filter(|p| p["in"] == "path") {
                    let name = parameter["name"].as_str().unwrap();
                    assert!(path.contains(&format!("{{{name}}}")), "{path} has no `{name}`");
                }
                assert_eq!(
                    path.matches('{').count(),
                    operation["parameters"].as_array().unwrap().iter().filter(|p| p["in"] == "path").count(),
                    "{path}"
                );
            }
        }
    }
}
