//! Comments as they stand on the wire.
//!
//! What was not sent stays `None` and is not written back: an absent list never turns into an empty one.

use std::collections::BTreeMap;

use adit_kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value of a user property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PropertyValue {
    /// Of a `string:` property.
    String(String),
    /// Of a `number:` property, with the digits that were sent.
    Number(serde_json::Number),
    /// Allowed by the schema, refused by the rules.
    Boolean(bool),
}

impl PropertyValue {
    /// The text of a `string:` property.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Number(_) | Self::Boolean(_) => None,
        }
    }

    /// The number of a `number:` property.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::String(_) | Self::Boolean(_) => None,
        }
    }
}

/// User properties by full name: `string:Team`, `number:NPS`.
pub type UserProperties = BTreeMap<String, PropertyValue>;

/// How the texts of a comment are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Markdown.
    Markdown,
    /// As it stands.
    Plain,
}

/// A text with its untranslated original.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The text.
    pub text: String,
    /// What it was translated from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translated_from: Option<String>,
}

/// A text with its original and the markup of both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RichText {
    /// The text.
    pub text: String,
    /// What it was translated from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translated_from: Option<String>,
    /// Markup nodes with spans into `text`, kept as they were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_markup: Option<Vec<Value>>,
    /// The same for `translated_from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translated_from_markup: Option<Vec<Value>>,
}

/// One message of a comment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<String>>,
    /// Copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cc: Option<Vec<String>>,
    /// Blind copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bcc: Option<Vec<String>>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// The language it was written in; never guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it says.
    pub body: RichText,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// Its signature, which models do not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<RichText>,
}

/// What is known about an attached file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: i64,
    /// An extension with its dot, or a MIME type.
    pub content_type: String,
    /// The hash that links uploaded content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// Whether it stands inside the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline: Option<bool>,
    /// Where its content can be fetched; given out by the server only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_reference: Option<String>,
}

/// A comment as a caller sends it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct CommentNew {
    /// The caller's key.
    pub id: String,
    /// When it was said; the time of arrival when absent.
    #[serde(default)]
    pub timestamp: Option<Timestamp>,
    /// The conversation it belongs to.
    #[serde(default)]
    pub thread_id: Option<String>,
    /// User properties.
    #[serde(default)]
    pub user_properties: Option<UserProperties>,
    /// What was said.
    #[serde(default)]
    pub messages: Option<Vec<Message>>,
    /// How the texts are to be read.
    #[serde(default)]
    pub text_format: Option<TextFormat>,
    /// Attached files.
    #[serde(default)]
    pub attachments: Option<Vec<Attachment>>,
    /// The version a replacement is based on.
    #[serde(default)]
    pub context: Option<String>,
}

/// A comment as a caller receives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// `{source_id}.{id}`.
    pub uid: String,
    /// The caller's key.
    pub id: String,
    /// When it was said.
    pub timestamp: Timestamp,
    /// The conversation it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// User properties the caller may see.
    pub user_properties: UserProperties,
    /// What was said.
    pub messages: Vec<Message>,
    /// How the texts are to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_format: Option<TextFormat>,
    /// Attached files.
    pub attachments: Vec<Attachment>,
    /// Its source.
    pub source_id: Id,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// When it was first received.
    pub created_at: Timestamp,
    /// The token that allows replacing exactly this version.
    pub context: String,
    /// Whether somebody reviewed it in some dataset.
    pub has_annotations: bool,
}

/// What is derived from the conversation of a comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThreadProperties {
    /// Seconds from the first to the last message.
    pub duration: Option<f64>,
    /// Seconds from the first message to the first one by somebody else.
    pub response_time: Option<f64>,
    /// How many messages it has.
    pub num_messages: i64,
    /// How many different people take part.
    pub num_participants: i64,
    /// Who began.
    pub first_sender: Option<String>,
    /// Which comment of the conversation this is, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_position: Option<i64>,
}
