//! The texts callers see, one place for all of them.

use super::{Error, Kind};

/// The text of every internal error: details go to the log, never to the caller.
pub const INTERNAL: &str = "An internal error occurred. The request id in `X-Request-Id` helps to find it in the log.";

/// The platform's text for an unknown route.
pub fn unknown_route() -> Error {
    Error::new(Kind::Missing, "404 Not Found")
}

/// A known path, asked with another verb.
pub fn method_not_allowed(allowed: &str) -> Error {
    Error::new(Kind::MethodNotAllowed, format!("405 Method Not Allowed: this path answers {allowed}."))
}

/// No credentials, or malformed ones.
pub fn no_token() -> Error {
    Error::new(Kind::Unauthenticated, "Authentication required: send the header `Authorization: Bearer <token>`.")
}

/// Credentials that name nobody: unknown, revoked or expired.
pub fn bad_token() -> Error {
    Error::new(Kind::Unauthenticated, "The token is not valid: it is unknown, revoked or expired.")
}

/// The caller lacks a permission in a project.
pub fn forbidden_in(permission: &str, project: &str) -> Error {
    Error::new(Kind::Forbidden, format!("Permission `{permission}` is required in project `{project}`."))
}

/// The caller lacks a permission of the whole tenant.
pub fn forbidden(permission: &str) -> Error {
    Error::new(Kind::Forbidden, format!("Permission `{permission}` is required."))
}

/// An absent tenant.
pub fn no_tenant(name: &str) -> Error {
    Error::missing(format!("No such tenant: `{name}`."))
}

/// A tenant that does not serve at the moment.
pub fn tenant_disabled(name: &str) -> Error {
    Error::new(Kind::Forbidden, format!("The tenant `{name}` is disabled."))
}

/// A client outside the tenant's networks.
pub fn client_not_allowed(client: &str, tenant: &str) -> Error {
    Error::new(Kind::Forbidden, format!("The tenant `{tenant}` may not be used from {client}."))
}

/// The caller asked more often than its budget allows.
pub fn too_often(what: &str, seconds: u64) -> Error {
    Error::new(Kind::TooMany, format!("Too many {what}: try again in {seconds} s.")).after(seconds)
}

/// A write with a session cookie that does not prove that our own page sent it.
pub fn forged() -> Error {
    Error::new(
        Kind::Forbidden,
        "A write with a session cookie must come from this host and repeat the session's token in `X-CSRF-Token`.",
    )
}

/// The body is larger than the limit.
pub fn too_large(limit_bytes: usize) -> Error {
    Error::new(Kind::TooLarge, format!("The request body is larger than the limit of {limit_bytes} bytes."))
}

/// A body that comes too slowly or not at all.
pub fn slow_body() -> Error {
    Error::new(Kind::Timeout, "The request body came too slowly.")
}

/// An operation of the contract that is not built yet.
pub fn not_served(operation: &str) -> Error {
    Error::new(Kind::NotServed, format!("Operation `{operation}` is not served yet."))
}

/// An absent project. Clients retry on the words `No such project`.
pub fn no_project(name: &str) -> Error {
    Error::missing(format!("No such project: `{name}`."))
}

/// An absent source.
pub fn no_source(address: &str) -> Error {
    Error::missing(format!("No such source: `{address}`."))
}

/// An absent dataset.
pub fn no_dataset(address: &str) -> Error {
    Error::missing(format!("No such dataset: `{address}`."))
}

/// An absent comment.
pub fn no_comment(id: &str) -> Error {
    Error::missing(format!("No such comment: `{id}`."))
}

/// An absent stream.
pub fn no_stream(name: &str) -> Error {
    Error::missing(format!("No such stream: `{name}`."))
}

/// An absent model version.
pub fn no_model(version: &str) -> Error {
    Error::missing(format!("No such model: version `{version}`."))
}

/// A continuation or position that we did not issue.
pub fn bad_continuation(field: &str) -> Error {
    Error::invalid(format!("`{field}` is not a valid continuation token."))
}

/// A list longer than allowed.
pub fn too_many(field: &str, limit: usize) -> Error {
    Error::invalid(format!("`{field}` is too long: at most {limit} items are allowed."))
}

/// A source that is created twice.
pub fn source_exists(address: &str) -> Error {
    Error::conflict(format!("The source `{address}` already exists."))
}

/// A comment that is added although it exists with other content, without the context of its latest version.
pub fn comment_exists(id: &str) -> Error {
    Error::conflict(format!(
        "The comment `{id}` already exists with different content; to replace it, send the `context` of its latest version."
    ))
}

/// A tag that is no transform tag. Clients match on this text.
pub fn bad_transform_tag(tag: &str) -> Error {
    Error::unprocessable(format!("The value '{tag}' is not a valid transform tag."))
}

/// A bucket that does not exist, named in a body.
pub fn unknown_bucket(id: &str) -> Error {
    Error::unprocessable(format!("`bucket_id`: there is no bucket `{id}`."))
}

/// A bucket that is already there.
pub fn bucket_exists(address: &str) -> Error {
    Error::conflict(format!("The bucket `{address}` already exists."))
}

/// A bucket that cannot go because sources are attached to it.
pub fn bucket_in_use(address: &str, sources: &[String]) -> Error {
    let sources = sources.join("`, `");
    Error::unprocessable(format!("The bucket `{address}` has sources attached to it: `{sources}`. Detach them first."))
}

/// An absent bucket.
pub fn no_bucket(address: &str) -> Error {
    Error::missing(format!("No such bucket: `{address}`."))
}

/// A stream of that name is already there.
pub fn stream_exists(name: &str) -> Error {
    Error::conflict(format!("A stream named `{name}` already exists in this dataset."))
}

/// An attempt to rename a stream.
pub fn stream_keeps_its_name(name: &str) -> Error {
    Error::unprocessable(format!("The stream `{name}` cannot be renamed: leave out `name` or send the current one."))
}

/// A model version that cannot be used because it is absent or not pinned.
pub fn model_not_pinned(version: u32) -> Error {
    Error::unprocessable(format!("Model version `{version}` cannot be used: it does not exist or is not pinned."))
}

/// A comment that is in none of the dataset's sources.
pub fn comment_not_in_dataset(uid: &str) -> Error {
    Error::unprocessable(format!("The comment `{uid}` does not exist in a source of this dataset."))
}
