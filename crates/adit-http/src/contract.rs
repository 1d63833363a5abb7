//! The frozen surface, as data: the routes and models of the contract, parsed once.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One route of the contract.
#[derive(Debug, Deserialize)]
pub struct Route {
    /// The operation's id.
    pub operation_id: String,
    /// Its area, for reports.
    pub area: String,
    /// The verb.
    pub method: String,
    /// The path with `{parameters}`.
    pub path: String,
    /// The request body, if the operation takes one.
    pub request_body: Option<RequestBody>,
    /// The model of the success reply.
    pub response_model: Option<String>,
}

/// The body of a request.
#[derive(Debug, Deserialize)]
pub struct RequestBody {
    /// The model of a JSON body.
    pub model: Option<String>,
}

/// A model: an object, an enum, a union or an alias.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Model {
    Object { fields: Vec<FieldModel> },
    Enum { values: Vec<serde_json::Value> },
    Union { tag: Option<String>, variants: Vec<Variant> },
    Alias { of: String },
}

/// A field of an object.
#[derive(Debug, Deserialize)]
pub(crate) struct FieldModel {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) type_: String,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) client_sends: Option<String>,
    pub(crate) alt_type: Option<String>,
}

/// A variant of a union, chosen by a tag value when the union has a tag.
#[derive(Debug, Deserialize)]
pub(crate) struct Variant {
    pub(crate) tag: Option<String>,
    #[serde(default)]
    pub(crate) tag_values: Vec<String>,
    #[serde(rename = "type")]
    pub(crate) type_: String,
}

static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../contract/routes.json")).unwrap_or_default());

static MODELS: LazyLock<HashMap<String, Model>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../contract/models.json")).unwrap_or_default());

/// All routes of the contract.
pub fn routes() -> &'static [Route] {
    &ROUTES
}

/// A model by its name.
pub(crate) fn model(name: &str) -> Option<&'static Model> {
    MODELS.get(name)
}

/// The request model of an operation, if it takes JSON.
pub(crate) fn request_model(operation: &str) -> Option<&'static str> {
    let route = ROUTES.iter().find(|route| route.operation_id == operation)?;
    route.request_body.as_ref()?.model.as_deref()
}

/// Whether an operation takes a body at all.
pub(crate) fn takes_body(operation: &str) -> bool {
    ROUTES.iter().any(|route| route.operation_id == operation && route.request_body.is_some())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_contract_parses() {
        assert_eq!(super::routes().len(), 218);
        assert!(super::model("CommentNew").is_some());
    }
}
