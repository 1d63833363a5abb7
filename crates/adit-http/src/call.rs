//! Everything a handler is given about one request.

use std::fmt;
use std::net::IpAddr;

use adit_kernel::{Error, Id, Result, catalogue};
use adit_store::Env;
use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;

use crate::path::Parameters;
use crate::{Caller, Operation, Query, schema};

/// How a path points at a source, dataset or bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// `owner/name`.
    Name {
        /// The project.
        owner: String,
        /// The resource's name in it.
        name: String,
    },
    /// `id:{hex}`.
    Id(Id),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { owner, name } => write!(f, "{owner}/{name}"),
            Self::Id(id) => write!(f, "id:{id}"),
        }
    }
}

/// One authenticated, permitted request.
pub struct Call {
    /// The environment.
    pub env: Env,
    /// Who is calling.
    pub caller: Caller,
    /// The address the request comes from, where it is known.
    pub client: Option<IpAddr>,
    /// The tenant that the host name means, where there is a base domain.
    pub subdomain: Option<String>,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The query string.
    pub query: Query,
    /// The raw body.
    pub body: Bytes,
    /// The operation being served.
    pub operation: &'static Operation,
    pub(crate) parameters: Parameters,
    pub(crate) project: Option<String>,
}

const ID_PARAMETERS: &[&str] = &["id", "source_id", "raw_source_id", "dataset_id", "bucket_id", "raw_bucket_id"];

/// The source, dataset or bucket that the parameters of a path address, if they do.
pub fn address_in(parameters: &[(&'static str, String)]) -> Result<Option<Address>> {
    if let Some((_, hex)) = parameters.iter().find(|(name, _)| ID_PARAMETERS.contains(name)) {
        return hex.parse().map(|id| Some(Address::Id(id)));
    }
    let value = |wanted: &[&str]| parameters.iter().find(|(name, _)| wanted.contains(name)).map(|(_, value)| value.clone());
    let owner = value(&["owner"]);
    let name = value(&["source_name", "dataset_name", "bucket_name"]);
    Ok(owner.zip(name).map(|(owner, name)| Address::Name { owner, name }))
}

impl Call {
    /// A path parameter, decoded.
    ///
    /// # Errors
    /// Internal when the path has no such parameter: a mistake in the operation.
    pub fn param(&self, name: &str) -> Result<&str> {
        let found = self.parameters.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| Error::internal(format!("no path parameter `{name}`")))
    }

    /// A path parameter and, because one client writes a space as `+`, the same with spaces (NOTES 2).
    pub fn param_spellings(&self, name: &str) -> Result<Vec<String>> {
        let literal = self.param(name)?.to_owned();
        let spaced = literal.replace('+', " ");
        Ok(if spaced == literal { vec![literal] } else { vec![literal, spaced] })
    }

    /// The source, dataset or bucket the path addresses.
    pub fn address(&self) -> Result<Address> {
        address_in(&self.parameters)?.ok_or_else(|| Error::internal("the path addresses no resource"))
    }

    /// The project of the addressed resource, as the guard found it.
    pub fn project(&self) -> Result<&str> {
        self.project.as_deref().ok_or_else(|| Error::internal("the operation has no project"))
    }

    /// The body, checked against the contract's request model and decoded. An absent body is an empty object.
    ///
    /// # Errors
    /// Invalid, naming the field and the rule.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let value = self.json_value()?;
        schema::check_request(self.operation.id, &value)?;
        serde_json::from_value(value).map_err(|e| Error::invalid(format!("The body cannot be read: {e}.")))
    }

    fn json_value(&self) -> Result<serde_json::Value> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(serde_json::json!({}));
        }
        // serde_json's own limit of 128 levels guards against stack overflow and is ample for bodies;
        // rich e-mail markup can nest deeper, so the depth is checked first and the limit then lifted.
        check_depth(&self.body)?;
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        deserializer.disable_recursion_limit();
        let value = serde::Deserialize::deserialize(&mut deserializer).map_err(malformed)?;
        deserializer.end().map_err(malformed)?;
        Ok(value)
    }

    /// The error for a missing or unknown resource of this path.
    pub fn no_dataset(&self) -> Error {
        self.address().map_or_else(|e| e, |address| catalogue::no_dataset(&address.to_string()))
    }

    /// The error for a missing or unknown bucket of this path.
    pub fn no_bucket(&self) -> Error {
        self.address().map_or_else(|e| e, |address| catalogue::no_bucket(&address.to_string()))
    }

    /// The error for a missing or unknown source of this path.
    pub fn no_source(&self) -> Error {
        self.address().map_or_else(|e| e, |address| catalogue::no_source(&address.to_string()))
    }
}

fn malformed(error: serde_json::Error) -> Error {
    Error::invalid(format!("The body is not valid JSON: {error}."))
}

/// The deepest nesting a body may have.
const MAX_NESTING: usize = 480;

fn check_depth(body: &[u8]) -> Result<()> {
    let (mut depth, mut in_string, mut is_escaped) = (0usize, false, false);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(Error::invalid(format!("The body is nested deeper than {MAX_NESTING} levels.")));
        }
    }
    Ok(())
}
