//! The contract validator: does this JSON body say what `contract/` says it must?
//!
//! Replies are judged strictly, because real clients drop a whole response over
//! one missing key. Requests are judged leniently, because clients differ in
//! what they send. The format of the two files is described in their own keys:
//! `kind`, `fields`, `variants`, `values`, and the type grammar parsed by [`Type`].

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::OnceLock;
use std::{fs, io};

use serde::Deserialize;
use serde_json::Value;

/// Operations whose successful reply must hold no key beyond its model: the
/// official client decodes them as unit types and refuses anything more.
const EXACT_REPLIES: [&str; 2] = ["add_comments", "set_quota_for_tenant"];

/// Request lists that documentation and scripts also write as a lone text.
const LONE_TEXTS: [(&str, &str); 1] = [("Annotation", "comment_uid")];

/// Beyond this many problems a report helps nobody.
const MAX_PROBLEMS: usize = 64;

/// The frozen surface: every operation and every model.
#[derive(Debug)]
pub struct Contract {
    routes: Vec<Route>,
    by_id: HashMap<String, usize>,
    models: HashMap<String, Model>,
}

/// One operation of the contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "RawRoute")]
pub struct Route {
    /// The name by which tests, ledgers and code call the operation.
    pub operation_id: String,
    /// The heading under which the contract lists it.
    pub area: String,
    /// The HTTP verb, upper case.
    pub method: String,
    /// The path template, with `{parameters}`.
    pub path: String,
    /// Model of a successful JSON reply; `None` where the reply is raw bytes.
    pub response_model: Option<String>,
    /// Model of the JSON request body, if it has one.
    pub request_model: Option<String>,
    /// Whether a request without a body is refused.
    pub is_request_required: bool,
}

impl Route {
    /// True where a successful reply is raw bytes instead of JSON.
    pub fn is_binary(&self) -> bool {
        self.response_model.is_none()
    }
}

#[derive(Deserialize)]
struct RawRoute {
    operation_id: String,
    area: String,
    method: String,
    path: String,
    response_model: Option<String>,
    request_body: Option<RawBody>,
}

#[derive(Deserialize)]
struct RawBody {
    model: Option<String>,
    #[serde(default)]
    required: bool,
}

impl From<RawRoute> for Route {
    fn from(raw: RawRoute) -> Self {
        let (request_model, is_request_required) = match raw.request_body {
            Some(body) => (body.model, body.required),
            None => (None, false),
        };
        Self {
            operation_id: raw.operation_id,
            area: raw.area,
            method: raw.method,
            path: raw.path,
            response_model: raw.response_model,
            request_model,
            is_request_required,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Model {
    Object {
        fields: Vec<Field>,
    },
    Enum {
        values: Vec<Value>,
        /// Clients keep values they do not know.
        #[serde(default)]
        client_open: bool,
    },
    Union {
        tag: Option<String>,
        variants: Vec<Variant>,
    },
    Alias {
        of: Type,
    },
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    kind: Type,
    /// A second shape seen in the wild; accepted beside the first.
    alt_type: Option<Type>,
    required: bool,
    nullable: bool,
    #[serde(rename = "const")]
    constant: Option<Value>,
    client_reads: Option<String>,
    client_sends: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Variant {
    #[serde(rename = "type")]
    kind: Type,
    tag: Option<String>,
    #[serde(default)]
    tag_values: Vec<String>,
}

impl Variant {
    fn answers_to(&self, tag: &str) -> bool {
        self.tag.as_deref() == Some(tag) || self.tag_values.iter().any(|value| value == tag)
    }
}

/// A parsed type expression: a scalar, `array<T>`, `map<string,T>`,
/// `literal<v>`, or the name of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    Any,
    Array(Box<Type>),
    Map(Box<Type>),
    Literal(String),
    Model(String),
}

impl TryFrom<String> for Type {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_type(text.trim())
    }
}

fn parse_type(text: &str) -> Result<Type, String> {
    if let Some(inner) = generic(text, "array") {
        return Ok(Type::Array(Box::new(parse_type(inner)?)));
    }
    if let Some(inner) = generic(text, "map") {
        // Keys of JSON objects are strings; only the value's type matters.
        let (_, value) = inner.split_once(',').ok_or_else(|| format!("`{text}` names no value type"))?;
        return Ok(Type::Map(Box::new(parse_type(value)?)));
    }
    if let Some(inner) = generic(text, "literal") {
        return Ok(Type::Literal(inner.to_owned()));
    }
    if text.is_empty() || text.contains(['<', '>', ',', ' ']) {
        return Err(format!("`{text}` is not a type expression"));
    }
    Ok(match text {
        "string" => Type::Text,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "any" | "binary" => Type::Any,
        model => Type::Model(model.to_owned()),
    })
}

fn generic<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(name)?.strip_prefix('<')?.strip_suffix('>')?;
    Some(inner.trim())
}

/// Which way a body travels; decides how strictly it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Reply,
    Request,
}

impl Contract {
    /// Reads `contract/routes.json` and `contract/models.json` of this repository.
    pub fn load() -> io::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contract");
        let routes = fs::read_to_string(folder.join("routes.json"))?;
        let models = fs::read_to_string(folder.join("models.json"))?;
        Self::parse(&routes, &models)
    }

    /// The repository's contract, read once per process. Panics if the files
    /// do not parse, which only a change to `contract/` can cause.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Contract> = OnceLock::new();
        SHARED.get_or_init(|| match Self::load() {
            Ok(contract) => contract,
            Err(error) => panic!("cannot read the contract: {error}"),
        })
    }

    fn parse(routes: &str, models: &str) -> io::Result<Self> {
        let routes: Vec<Route> = serde_json::from_str(routes)?;
        let models: HashMap<String, Model> = serde_json::from_str(models)?;
        let by_id = routes.iter().enumerate().map(|(idx, route)| (route.operation_id.clone(), idx)).collect();
        Ok(Self { routes, by_id, models })
    }

    /// Every operation, in the order of the contract.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The operation of that name.
    pub fn route(&self, operation_id: &str) -> Option<&Route> {
        self.by_id.get(operation_id).and_then(|idx| self.routes.get(*idx))
    }

    /// The problems of a JSON reply, each with the path of the offending value.
    /// An empty list means the official clients can read it.
    pub fn check_reply(&self, operation_id: &str, status: u16, body: &Value) -> Vec<String> {
        let Some(route) = self.route(operation_id) else {
            return vec![format!("`{operation_id}` is not an operation of the contract")];
        };
        let mut check = Check::new(self, Direction::Reply);
        match status {
            200..=299 => {
                // Raw bytes may be anything, JSON included.
                if let Some(model) = &route.response_model {
                    check.model(&mut At::root(), model, body);
                    if EXACT_REPLIES.contains(&operation_id) {
                        check.exact(model, body);
                    }
                }
            }
            400..=599 => check.model(&mut At::root(), "ErrorResponse", body),
            other => check.problems.push(format!("$: status {other} is no answer of this API")),
        }
        check.problems
    }

    /// The problems of a JSON request body, each with the path of the offending
    /// value. Lenient where real clients are: an optional key may be null, and
    /// a key the official client never sends may be missing.
    pub fn check_request(&self, operation_id: &str, body: &Value) -> Vec<String> {
        let Some(route) = self.route(operation_id) else {
            return vec![format!("`{operation_id}` is not an operation of the contract")];
        };
        let mut check = Check::new(self, Direction::Request);
        match &route.request_model {
            Some(_) if body.is_null() && !route.is_request_required => {}
            Some(model) => check.model(&mut At::root(), model, body),
            None => {}
        }
        check.problems
    }
}

/// Where in the body the check stands.
struct At(Vec<String>);

impl At {
    fn root() -> Self {
        Self(vec!["$".to_owned()])
    }

    fn inside<T>(&mut self, step: String, look: impl FnOnce(&mut Self) -> T) -> T {
        self.0.push(step);
        let found = look(self);
        self.0.pop();
        found
    }

    fn path(&self) -> String {
        self.0.concat()
    }
}

struct Check<'a> {
    contract: &'a Contract,
    direction: Direction,
    problems: Vec<String>,
}

impl<'a> Check<'a> {
    fn new(contract: &'a Contract, direction: Direction) -> Self {
        Self { contract, direction, problems: Vec::new() }
    }

    fn report(&mut self, at: &At, what: impl std::fmt::Display) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(format!("{}: {what}", at.path()));
        }
    }

    fn value(&mut self, at: &mut At, kind: &Type, value: &Value) {
        match (kind, value) {
            (Type::Any, _) | (Type::Text, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => {}
            (Type::Number, Value::Number(_)) => {}
            // `3.0` is refused by clients that read an integer.
            (Type::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (Type::Literal(expected), Value::String(found)) if expected == found => {}
            (Type::Literal(expected), other) => {
                self.report(at, format!("expected `\"{expected}\"`, found {}", show(other)));
            }
            (Type::Array(item), Value::Array(items)) => {
                for (idx, entry) in items.iter().enumerate() {
                    at.inside(format!("[{idx}]"), |at| self.value(at, item, entry));
                }
            }
            (Type::Map(item), Value::Object(entries)) => {
                for (key, entry) in entries {
                    at.inside(format!("[{key:?}]"), |at| self.value(at, item, entry));
                }
            }
            (Type::Model(name), value) => self.model(at, name, value),
            (kind, other) => self.report(at, format!("expected {}, found {}", name_of(kind), show(other))),
        }
    }

    fn model(&mut self, at: &mut At, name: &str, value: &Value) {
        match self.contract.models.get(name) {
            None => self.report(at, format!("the contract has no model `{name}`")),
            Some(Model::Alias { of }) => self.value(at, of, value),
            Some(Model::Object { fields }) => self.object(at, name, fields, value),
            Some(Model::Enum { values, client_open }) => {
                let is_known = values.contains(value);
                let is_tolerated = *client_open && value.is_string();
                if !is_known && !is_tolerated {
                    self.report(at, format!("{} is not a value of `{name}`", show(value)));
                }
            }
            Some(Model::Union { tag: Some(tag), variants }) => self.tagged(at, name, tag, variants, value),
            Some(Model::Union { tag: None, variants }) => {
                let kinds: Vec<&Type> = variants.iter().map(|variant| &variant.kind).collect();
                self.any_of(at, name, &kinds, value);
            }
        }
    }

    fn object(&mut self, at: &mut At, name: &str, fields: &[Field], value: &Value) {
        let Value::Object(entries) = value else {
            self.report(at, format!("expected an object (`{name}`), found {}", show(value)));
            return;
        };
        let knows_what_clients_send = fields.iter().any(|field| field.client_sends.is_some());
        for field in fields {
            let is_read = field.client_reads.as_deref() == Some("required");
            let is_required = match self.direction {
                Direction::Reply => field.required || is_read,
                Direction::Request => field.required && (!knows_what_clients_send || field.client_sends.is_some()),
            };
            let is_nullable = match self.direction {
                Direction::Reply => field.nullable && !is_read,
                Direction::Request => field.nullable || !is_required,
            };
            match entries.get(&field.name) {
                None if is_required => self.report(at, format!("`{}` is missing (`{name}`)", field.name)),
                None => {}
                Some(Value::Null) if is_nullable => {}
                Some(Value::String(_)) if self.takes_lone_text(name, &field.name) => {}
                Some(entry) => at.inside(format!(".{}", field.name), |at| self.field(at, field, entry)),
            }
        }
    }

    fn takes_lone_text(&self, model: &str, field: &str) -> bool {
        self.direction == Direction::Request && LONE_TEXTS.contains(&(model, field))
    }

    fn field(&mut self, at: &mut At, field: &Field, value: &Value) {
        if let Some(constant) = &field.constant
            && constant != value
        {
            self.report(at, format!("expected the constant {constant}, found {}", show(value)));
            return;
        }
        let before = self.problems.len();
        self.value(at, &field.kind, value);
        let Some(alternative) = &field.alt_type else { return };
        if self.problems.len() > before && self.attempt(at, alternative, value).is_empty() {
            self.problems.truncate(before);
        }
    }

    fn tagged(&mut self, at: &mut At, name: &str, tag: &str, variants: &[Variant], value: &Value) {
        let Some(Value::String(found)) = value.get(tag) else {
            self.report(at, format!("expected an object with a text `{tag}` (`{name}`), found {}", show(value)));
            return;
        };
        // Two generations of one kind may share a tag; either shape will do.
        let kinds: Vec<&Type> = variants.iter().filter(|v| v.answers_to(found)).map(|v| &v.kind).collect();
        match kinds.as_slice() {
            [] => self.report(at, format!("`{found}` is not a `{tag}` of `{name}`")),
            [only] => self.value(at, only, value),
            several => self.any_of(at, name, several, value),
        }
    }

    fn any_of(&mut self, at: &mut At, name: &str, kinds: &[&Type], value: &Value) {
        let mut closest: Option<Vec<String>> = None;
        for kind in kinds {
            let problems = self.attempt(at, kind, value);
            if problems.is_empty() {
                return;
            }
            if closest.as_ref().is_none_or(|best| problems.len() < best.len()) {
                closest = Some(problems);
            }
        }
        let detail = closest.unwrap_or_default().join("; ");
        self.report(at, format!("no variant of `{name}` fits; the closest: {detail}"));
    }

    fn attempt(&self, at: &mut At, kind: &Type, value: &Value) -> Vec<String> {
        let mut trial = Check::new(self.contract, self.direction);
        trial.value(at, kind, value);
        trial.problems
    }

    fn exact(&mut self, name: &str, value: &Value) {
        let Some(Model::Object { fields }) = self.contract.models.get(name) else { return };
        let Some(entries) = value.as_object() else { return };
        let extras: BTreeMap<_, _> = entries.iter().filter(|(key, _)| !fields.iter().any(|field| field.name == **key)).collect();
        for key in extras.keys() {
            self.problems.push(format!("$: `{key}` must not be there, the reply is exactly its model"));
        }
    }
}

fn name_of(kind: &Type) -> String {
    match kind {
        Type::Text => "a text".to_owned(),
        Type::Integer => "an integer".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Any => "anything".to_owned(),
        Type::Array(item) => format!("a list of {}", name_of(item)),
        Type::Map(item) => format!("a map to {}", name_of(item)),
        Type::Literal(value) => format!("`\"{value}\"`"),
        Type::Model(name) => format!("`{name}`"),
    }
}

/// A value as it appears in a report: short enough to read.
fn show(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        return format!("`{text}`");
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("`{head}…`")
}

#[cfg(test)]
mod tests;
