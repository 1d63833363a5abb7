//! A sent comment, made ready to be stored and compared before any transaction begins.

use adit_kernel::{Result, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::stored::{Content, model_text_of};
use super::wire::{CommentNew, PropertyValue, UserProperties};

/// A comment ready to be written.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) id: String,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) thread_id: Option<String>,
    pub(crate) context: Option<String>,
    /// The JSON record.
    pub(crate) content: String,
    /// Of the record and the thread, not of the timestamp, which is compared itself.
    pub(crate) content_hash: String,
    pub(crate) messages_hash: String,
    pub(crate) text_hash: String,
}

/// Drops blank properties and what only the server may say, and hashes the rest.
pub(crate) fn prepare(new: CommentNew) -> Result<Prepared> {
    let content = Content {
        messages: new.messages.unwrap_or_default(),
        user_properties: new.user_properties.map(without_blanks).unwrap_or_default(),
        attachments: new.attachments.unwrap_or_default(),
        text_format: new.text_format,
    };
    let mut content = content;
    for attachment in &mut content.attachments {
        attachment.attachment_reference = None;
    }
    let record = serde_json::to_string(&content)?;
    let thread_id = new.thread_id.filter(|thread| !thread.is_empty());
    Ok(Prepared {
        id: new.id,
        timestamp: new.timestamp,
        content_hash: hash([thread_id.as_deref().unwrap_or_default().as_bytes(), b"\0", record.as_bytes()]),
        messages_hash: hash_json(&content.messages)?,
        text_hash: hash([model_text_of(&content.messages).as_bytes()]),
        thread_id,
        context: new.context,
        content: record,
    })
}

fn without_blanks(properties: UserProperties) -> UserProperties {
    let is_blank = |value: &PropertyValue| value.as_str().is_some_and(|text| text.trim().is_empty());
    properties.into_iter().filter(|(_, value)| !is_blank(value)).collect()
}

fn hash_json(value: &impl Serialize) -> Result<String> {
    Ok(hash([serde_json::to_vec(value)?.as_slice()]))
}

/// 128 bits of SHA-256: enough to tell any two contents apart.
fn hash<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    hex::encode(&digest.finalize()[..16])
}
