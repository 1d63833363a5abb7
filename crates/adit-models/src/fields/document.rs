//! From messages to the parts that the engine reads, and from places in parts to spans of the wire. Pure.

use adit_corpus::StoredComment;
use adit_corpus::wire::Message;
use adit_datasets::wire::TextSpan;
use adit_kernel::Timestamp;
use adit_ml::fields::{Context, Offsets, Part, Span, paragraphs};

use super::Definition;

/// What somebody wrote, and when.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    messages: Vec<Message>,
    at: Timestamp,
}

impl Document {
    pub(crate) fn new(messages: Vec<Message>, at: Timestamp) -> Document {
        Document { messages, at }
    }

    pub(crate) fn of(comment: &StoredComment) -> Document {
        Document { messages: comment.content.messages.clone(), at: comment.timestamp }
    }

    /// Subject and body of each message: two parts a message, empty ones included. Signatures are not read.
    pub(crate) fn parts(&self, definition: &Definition) -> Vec<Part> {
        let mut parts = Vec::with_capacity(2 * self.messages.len());
        for message in &self.messages {
            let locale = definition.locale(message.language.as_deref());
            let at = message.sent_at.unwrap_or(self.at);
            let context = Some(Context::at_micros(at.micros(), locale));
            let subject = message.subject.as_ref().map(|subject| subject.text.clone()).unwrap_or_default();
            parts.push(Part { text: subject, is_subject: true, context });
            parts.push(Part { text: message.body.text.clone(), is_subject: false, context });
        }
        parts
    }

    /// When and where it was written as a whole.
    pub(crate) fn context(&self, definition: &Definition) -> Context {
        let language = self.messages.first().and_then(|message| message.language.as_deref());
        Context::at_micros(self.at.micros(), definition.locale(language))
    }
}

/// What tells the places of all parts.
pub(crate) fn offsets_of(parts: &[Part]) -> Vec<Offsets<'_>> {
    parts.iter().map(|part| Offsets::new(&part.text)).collect()
}

/// For each message of a comment the paragraphs of its body, in bytes of UTF-16 from and to: who decides about a field
/// in one of them decides about the whole of it.
pub fn reviewable_blocks(comment: &StoredComment) -> Vec<Vec<(usize, usize)>> {
    let blocks = |text: &str| {
        let offsets = Offsets::new(text);
        let span = |(start, end): (usize, usize)| offsets.span(start, start + text[start..end].trim_end().len());
        paragraphs(text).into_iter().map(span).map(|span| (span.utf16_byte_start, span.utf16_byte_end)).collect()
    };
    comment.content.messages.iter().map(|message| blocks(&message.body.text)).collect()
}

/// A place in a part as the wire tells it.
pub(crate) fn span_of(offsets: &[Offsets<'_>], part: usize, start: usize, end: usize) -> TextSpan {
    let span = offsets.get(part).map_or_else(|| Span::of("", 0, 0), |offsets| offsets.span(start, end));
    TextSpan {
        content_part: if part.is_multiple_of(2) { "subject" } else { "body" }.to_owned(),
        message_index: part as u64 / 2,
        utf16_byte_start: span.utf16_byte_start as u64,
        utf16_byte_end: span.utf16_byte_end as u64,
        char_start: span.char_start as u64,
        char_end: span.char_end as u64,
    }
}

/// A span of the wire as a place in a part: part, first byte, first byte behind it. `None` if the text has no such
/// place, or nobody reads it.
pub(crate) fn place_of(parts: &[Part], span: &TextSpan) -> Option<(usize, usize, usize)> {
    let message = usize::try_from(span.message_index).ok()?.checked_mul(2)?;
    let part = match span.content_part.as_str() {
        "subject" => message,
        "body" => message.checked_add(1)?,
        _ => return None,
    };
    let text = &parts.get(part)?.text;
    let units = |at: u64| usize::try_from(at).ok();
    let (start, end) = Span::bytes_in(text, units(span.utf16_byte_start)?, units(span.utf16_byte_end)?)?;
    (start < end).then_some((part, start, end))
}

#[cfg(test)]
mod tests {
    use adit_corpus::wire::Message;
    use adit_kernel::Timestamp;
    use serde_json::json;

    use super::{Document, offsets_of, place_of, span_of};
    use crate::fields::Definition;

    #[test]
    fn places_and_spans_mean_the_same() {
        let message: Message =
            serde_json::from_value(json!({"body": {"text": "né 😀 £5"}, "sent_at": "2024-03-05T00:00:00Z"})).unwrap();
        let document = Document::new(vec![message.clone(), message], Timestamp::from_micros(0));
        let parts = document.parts(&Definition::default());
        assert_eq!(parts.len(), 4);
        let start = parts[3].text.find('£').unwrap();
        let span = span_of(&offsets_of(&parts), 3, start, start + 3);
        assert_eq!((span.content_part.as_str(), span.message_index, span.char_start, span.utf16_byte_start), ("body", 1, 5, 12));
        assert_eq!(place_of(&parts, &span), Some((3, start, start + 3)));
        let mut wrong = span.clone();
        wrong.message_index = u64::MAX;
        assert_eq!(place_of(&parts, &wrong), None);
        wrong = span;
        wrong.content_part = "signature".into();
        assert_eq!(place_of(&parts, &wrong), None);
    }
}
