//! The grammar of names (BEHAVIOUR 1.1).

use crate::{Error, Result};

fn check(value: &str, what: &str, max: usize, allowed: fn(u8) -> bool, alphabet: &str) -> Result<()> {
    if value.is_empty() || value.len() > max || !value.bytes().all(allowed) {
        return Err(Error::invalid(format!("`{value}` is not a valid {what}: 1 to {max} characters of {alphabet} are allowed.")));
    }
    Ok(())
}

/// A project name: `[A-Za-z0-9-_.]{1,1024}`.
pub fn check_project(value: &str) -> Result<()> {
    check(value, "project name", 1024, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'), "`A-Z a-z 0-9 - _ .`")
}

/// A source, dataset or stream name: `[A-Za-z0-9-_]{1,256}`; `what` names the thing in the message.
pub fn check_resource(value: &str, what: &str) -> Result<()> {
    check(value, what, 256, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'), "`A-Z a-z 0-9 - _`")
}

/// A comment id: 1 to 1024 characters without control characters.
pub fn check_comment_id(value: &str) -> Result<()> {
    if value.is_empty() || value.chars().count() > 1024 || value.chars().any(char::is_control) {
        return Err(Error::invalid("`id` of a comment must have 1 to 1024 characters and no control characters."));
    }
    Ok(())
}

/// A title: at most 128 characters.
pub fn check_title(value: &str) -> Result<()> {
    check_text(value, "title", 128)
}

/// A description: at most 16384 characters.
pub fn check_description(value: &str) -> Result<()> {
    check_text(value, "description", 16_384)
}

/// A text of at most `max` characters; NUL is refused because not every engine can store it.
pub fn check_text(value: &str, field: &str, max: usize) -> Result<()> {
    if value.chars().count() > max {
        return Err(Error::invalid(format!("`{field}` is too long: at most {max} characters are allowed.")));
    }
    if value.contains('\0') {
        return Err(Error::invalid(format!("`{field}` must not contain the NUL character.")));
    }
    Ok(())
}

/// A label name: elements joined by ` > `, each 1 to 64 characters, at most 64 deep.
pub fn check_label(value: &str) -> Result<()> {
    let parts: Vec<&str> = value.split(" > ").collect();
    let is_good = parts.len() <= 64
        && parts.iter().all(|part| !part.trim().is_empty() && part.chars().count() <= 64 && !part.chars().any(char::is_control));
    if !is_good {
        return Err(Error::invalid(format!(
            "`{value}` is not a valid label name: 1 to 64 characters per level, levels joined by ` > `, at most 64 levels."
        )));
    }
    Ok(())
}
