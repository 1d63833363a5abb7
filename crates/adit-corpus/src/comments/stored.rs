//! A comment as it is kept, and the views of it that others are given.

use adit_kernel::{Id, Timestamp};
use serde::{Deserialize, Serialize};

use super::wire::{Attachment, Comment, Message, RichText, TextFormat, UserProperties};

/// The part of a comment that is stored as one JSON record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// What was said, markup included.
    pub messages: Vec<Message>,
    /// User properties, sensitive ones included.
    #[serde(default, skip_serializing_if = "UserProperties::is_empty")]
    pub user_properties: UserProperties,
    /// Attached files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// How the texts are to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_format: Option<TextFormat>,
}

/// A stored comment.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredComment {
    /// Its position in the ingestion order; never changes.
    pub seq: i64,
    /// Its source.
    pub source_id: Id,
    /// The caller's key.
    pub id: String,
    /// When it was said.
    pub timestamp: Timestamp,
    /// When it was first received; never decreases with `seq`.
    pub created_at: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// The conversation it belongs to.
    pub thread_id: Option<String>,
    /// Counts its changes.
    pub version: i64,
    /// The hash of everything under `messages`.
    pub messages_hash: String,
    /// The hash of [`StoredComment::model_text`].
    pub text_hash: String,
    /// In how many datasets somebody reviewed it.
    pub n_reviewed_in: i64,
    /// The rest.
    pub content: Content,
}

/// Who looks, and at what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommentView {
    /// Whether markup is shown.
    pub include_markup: bool,
    /// Known to be annotated whatever the row says.
    pub has_annotations: bool,
    /// Sensitive properties the caller may not see: full names, or bare names for both types.
    pub hidden_properties: Vec<String>,
}

impl CommentView {
    /// Whether a property is kept from the caller.
    pub fn hides(&self, full_name: &str) -> bool {
        let bare = full_name.split_once(':').map_or(full_name, |(_, bare)| bare);
        self.hidden_properties.iter().any(|hidden| hidden == full_name || hidden == bare)
    }
}

impl StoredComment {
    /// The comment's name across sources: `{source_id}.{id}`.
    pub fn uid(&self) -> String {
        format!("{}.{}", self.source_id, self.id)
    }

    /// What models read: subject and body of each message; signatures are left out.
    pub fn model_text(&self) -> String {
        model_text_of(&self.content.messages)
    }

    /// Whether somebody reviewed it in some dataset.
    pub fn is_reviewed(&self) -> bool {
        self.n_reviewed_in > 0
    }

    /// The token that a replacement of exactly this version must carry.
    pub fn context(&self) -> String {
        context_of(self.seq, self.version)
    }

    /// The comment as a caller with this view receives it.
    pub fn to_wire(&self, view: &CommentView) -> Comment {
        let properties = self.content.user_properties.iter().filter(|(name, _)| !view.hides(name));
        Comment {
            uid: self.uid(),
            id: self.id.clone(),
            timestamp: self.timestamp,
            thread_id: self.thread_id.clone(),
            user_properties: properties.map(|(name, value)| (name.clone(), value.clone())).collect(),
            messages: self.content.messages.iter().map(|message| shown(message, view.include_markup)).collect(),
            text_format: self.content.text_format,
            attachments: self.content.attachments.clone(),
            source_id: self.source_id,
            last_modified: self.last_modified,
            created_at: self.created_at,
            context: self.context(),
            has_annotations: self.is_reviewed() || view.has_annotations,
        }
    }
}

/// The token of one version of one comment; a comment deleted and sent again has another `seq`.
pub(crate) fn context_of(seq: i64, version: i64) -> String {
    format!("{seq:x}-{version:x}")
}

/// What models read of these messages: subject and body of each, separated by blank lines.
pub fn model_text_of(messages: &[Message]) -> String {
    let mut text = String::new();
    for message in messages {
        let subject = message.subject.as_ref().map_or("", |subject| subject.text.as_str());
        for part in [subject, message.body.text.as_str()] {
            if part.trim().is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(part);
        }
    }
    text
}

fn shown(message: &Message, include_markup: bool) -> Message {
    if include_markup {
        return message.clone();
    }
    let plain = |rich: &RichText| RichText {
        text: rich.text.clone(),
        translated_from: rich.translated_from.clone(),
        text_markup: None,
        translated_from_markup: None,
    };
    Message {
        from: message.from.clone(),
        to: message.to.clone(),
        cc: message.cc.clone(),
        bcc: message.bcc.clone(),
        sent_at: message.sent_at,
        language: message.language.clone(),
        body: plain(&message.body),
        subject: message.subject.clone(),
        signature: message.signature.as_ref().map(plain),
    }
}
