//! What a source may become.

use adit_kernel::{Error, Field, Result, catalogue, names};

use super::store::Source;
use super::wire::SourceUpdate;

const MAX_SENSITIVE_PROPERTIES: usize = 4096;
const MAX_PROPERTY_NAME: usize = 1024;

/// Sets what the update names; `is_new` allows what is fixed at creation.
pub(crate) fn apply(update: SourceUpdate, source: &mut Source, is_new: bool) -> Result<()> {
    if let Some(language) = update.language {
        if !is_new && language != source.language {
            return Err(Error::unprocessable(format!(
                "`language` cannot be changed after creation: it is `{}`.",
                source.language
            )));
        }
        source.language = language;
    }
    if let Some(kind) = update.kind {
        source.kind = kind;
    }
    if let Some(title) = update.title {
        names::check_title(&title)?;
        source.title = title;
    }
    if let Some(description) = update.description {
        names::check_description(&description)?;
        source.description = description;
    }
    if let Some(should_translate) = update.should_translate {
        source.should_translate = should_translate;
    }
    if let Some(properties) = update.sensitive_properties {
        if properties.len() > MAX_SENSITIVE_PROPERTIES {
            return Err(catalogue::too_many("sensitive_properties", MAX_SENSITIVE_PROPERTIES));
        }
        for property in &properties {
            names::check_text(property, "sensitive_properties", MAX_PROPERTY_NAME)?;
        }
        source.sensitive_properties = properties;
    }
    match update.bucket_id {
        Field::Absent => {}
        Field::Null => source.bucket_id = None,
        Field::Value(id) => source.bucket_id = Some(id.parse().map_err(|_| catalogue::unknown_bucket(&id))?),
    }
    if let Some(tag) = update.email_transform_tag {
        if !is_transform_tag(&tag) {
            return Err(catalogue::bad_transform_tag(&tag));
        }
        source.email_transform_tag = Some(tag);
    }
    if let Some(version) = update.email_transform_version {
        if version < 0 {
            return Err(Error::invalid("`email_transform_version` must not be negative."));
        }
        source.email_transform_version = Some(version);
    }
    Ok(())
}

/// Whether a text is a transform tag: `name.number.EIGHTCHR`.
pub(crate) fn is_transform_tag(tag: &str) -> bool {
    let parts: Vec<&str> = tag.split('.').collect();
    let [name, number, id] = parts.as_slice() else { return false };
    let is_name = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    let is_number = !number.is_empty() && number.len() <= 9 && number.bytes().all(|b| b.is_ascii_digit());
    let is_id = id.len() == 8 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_name && is_number && is_id
}
