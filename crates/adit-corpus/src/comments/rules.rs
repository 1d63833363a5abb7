//! What a comment must look like beyond its schema (BEHAVIOUR 9).

use adit_kernel::{Error, Result, names};

use super::wire::{Attachment, CommentNew, Message, PropertyValue, RichText, UserProperties};

/// Most comments in one request.
pub(crate) const MAX_COMMENTS: usize = 16_384;
/// Most ids in one deletion.
pub(crate) const MAX_DELETED: usize = 128;
const MAX_MESSAGES: usize = 2048;
const MAX_RECIPIENTS: usize = 2048;
const MAX_ADDRESS: usize = 512;
const MAX_TEXT: usize = 65_536;
const MAX_LANGUAGE: usize = 8;
const MAX_ATTACHMENTS: usize = 128;
const MAX_ATTACHMENT_TEXT: usize = 256;
const MAX_PROPERTIES: usize = 4096;
const MAX_PROPERTY_NAME: usize = 1024;
const MAX_THREAD_ID: usize = 1024;

/// A breach: the field inside the comment, and the rule it breaks.
type Check = std::result::Result<(), (String, String)>;

/// Checks a batch; the error names the comment by its place, the field and the rule.
pub(crate) fn check_batch(comments: &[CommentNew]) -> Result<()> {
    if comments.len() > MAX_COMMENTS {
        return Err(adit_kernel::catalogue::too_many("comments", MAX_COMMENTS));
    }
    for (n, comment) in comments.iter().enumerate() {
        names::check_comment_id(&comment.id).map_err(|e| Error::invalid(format!("`comments.{n}`: {}", e.message())))?;
        check(comment).map_err(|(field, rule)| Error::invalid(format!("`comments.{n}.{field}` {rule}.")))?;
    }
    Ok(())
}

fn check(comment: &CommentNew) -> Check {
    if let Some(thread) = &comment.thread_id {
        at_most(thread, MAX_THREAD_ID, || "thread_id".into())?;
        if thread.contains('\0') {
            return Err(("thread_id".into(), "must not contain the NUL character".into()));
        }
    }
    if let Some(properties) = &comment.user_properties {
        check_properties(properties)?;
    }
    let messages = comment.messages.as_deref().unwrap_or_default();
    no_more_than(messages.len(), MAX_MESSAGES, "messages", || "messages".into())?;
    for (n, message) in messages.iter().enumerate() {
        check_message(message).map_err(|(field, rule)| (format!("messages.{n}.{field}"), rule))?;
    }
    let attachments = comment.attachments.as_deref().unwrap_or_default();
    no_more_than(attachments.len(), MAX_ATTACHMENTS, "attachments", || "attachments".into())?;
    for (n, attachment) in attachments.iter().enumerate() {
        check_attachment(attachment).map_err(|(field, rule)| (format!("attachments.{n}.{field}"), rule))?;
    }
    Ok(())
}

/// Checks the names and the types of user properties; the type is in the name's prefix.
pub(crate) fn check_properties(properties: &UserProperties) -> Check {
    no_more_than(properties.len(), MAX_PROPERTIES, "properties", || "user_properties".into())?;
    for (name, value) in properties {
        let breach = |rule: &str| Err((format!("user_properties.{name}"), rule.to_owned()));
        match (name.split_once(':'), value) {
            (Some(("string" | "number", "")), _) => return breach("has no name after its prefix"),
            (Some(("string", _)), PropertyValue::String(text)) => {
                at_most(text, MAX_TEXT, || format!("user_properties.{name}"))?;
            }
            (Some(("number", _)), PropertyValue::Number(_)) => {}
            (Some(("string", _)), _) => return breach("must have a string as its value"),
            (Some(("number", _)), _) => return breach("must have a number as its value"),
            _ => return breach("must have a name that begins with `string:` or `number:`"),
        }
        if name.chars().count() > MAX_PROPERTY_NAME {
            return breach("has too long a name");
        }
    }
    Ok(())
}

fn check_message(message: &Message) -> Check {
    if let Some(from) = &message.from {
        check_address(from, || "from".into())?;
    }
    for (name, list) in [("to", &message.to), ("cc", &message.cc), ("bcc", &message.bcc)] {
        let list = list.as_deref().unwrap_or_default();
        no_more_than(list.len(), MAX_RECIPIENTS, "addresses", || name.into())?;
        for (n, address) in list.iter().enumerate() {
            check_address(address, || format!("{name}.{n}"))?;
        }
    }
    if let Some(language) = &message.language {
        let length = language.chars().count();
        if length == 0 || length > MAX_LANGUAGE {
            return Err(("language".into(), format!("must have 1 to {MAX_LANGUAGE} characters")));
        }
    }
    check_rich("body", &message.body)?;
    if let Some(subject) = &message.subject {
        check_texts("subject", &subject.text, subject.translated_from.as_deref())?;
    }
    message.signature.as_ref().map_or(Ok(()), |signature| check_rich("signature", signature))
}

fn check_rich(part: &str, rich: &RichText) -> Check {
    check_texts(part, &rich.text, rich.translated_from.as_deref())
}

fn check_texts(part: &str, text: &str, translated_from: Option<&str>) -> Check {
    at_most(text, MAX_TEXT, || format!("{part}.text"))?;
    translated_from.map_or(Ok(()), |original| at_most(original, MAX_TEXT, || format!("{part}.translated_from")))
}

fn check_address(address: &str, field: impl Fn() -> String) -> Check {
    if address.is_empty() {
        return Err((field(), "must not be empty".into()));
    }
    at_most(address, MAX_ADDRESS, field)
}

fn check_attachment(attachment: &Attachment) -> Check {
    at_most(&attachment.name, MAX_ATTACHMENT_TEXT, || "name".into())?;
    at_most(&attachment.content_type, MAX_ATTACHMENT_TEXT, || "content_type".into())?;
    if let Some(hash) = &attachment.content_hash {
        at_most(hash, MAX_ATTACHMENT_TEXT, || "content_hash".into())?;
    }
    if attachment.size < 0 { Err(("size".into(), "must not be negative".into())) } else { Ok(()) }
}

fn at_most(text: &str, max: usize, field: impl Fn() -> String) -> Check {
    // A text has at least as many bytes as characters, so most texts need no counting.
    if text.len() > max && text.chars().count() > max {
        return Err((field(), format!("is too long: at most {max} characters are allowed")));
    }
    Ok(())
}

fn no_more_than(count: usize, max: usize, what: &str, field: impl Fn() -> String) -> Check {
    if count > max { Err((field(), format!("is too long: at most {max} {what} are allowed"))) } else { Ok(()) }
}
