//! Places in a comment's text: from either unit to both.

use adit_corpus::wire::Message;
use adit_kernel::{Error, Result};

use super::wire::{SpanNew, TextSpan};

/// The place `sent` means in `messages`, in both units.
///
/// # Errors
/// Unprocessable when the place does not exist, splits a character, or the two units disagree.
pub(super) fn resolve(messages: &[Message], sent: &SpanNew) -> Result<TextSpan> {
    let text = part(messages, sent)?;
    let by_utf16 = match (sent.utf16_byte_start, sent.utf16_byte_end) {
        (Some(start), Some(end)) => Some((from_utf16(text, start)?, from_utf16(text, end)?)),
        _ => None,
    };
    let by_char = match (sent.char_start, sent.char_end) {
        (Some(start), Some(end)) => Some((from_chars(text, start)?, from_chars(text, end)?)),
        _ => None,
    };
    let (start, end) = match (by_utf16, by_char) {
        (Some(a), Some(b)) if a != b => return Err(Error::unprocessable("A span's two units name different places.")),
        (Some(place), _) | (None, Some(place)) => place,
        (None, None) => {
            return Err(Error::invalid("A span needs `char_start` and `char_end`, or `utf16_byte_start` and `utf16_byte_end`."));
        }
    };
    if start > end {
        return Err(Error::unprocessable("A span ends before it starts."));
    }
    let (char_start, utf16_byte_start) = units(&text[..start]);
    let (char_end, utf16_byte_end) = units(&text[..end]);
    Ok(TextSpan {
        content_part: sent.content_part.clone(),
        message_index: sent.message_index.cast_unsigned(),
        utf16_byte_start,
        utf16_byte_end,
        char_start,
        char_end,
    })
}

fn part<'a>(messages: &'a [Message], sent: &SpanNew) -> Result<&'a str> {
    let index = usize::try_from(sent.message_index).ok();
    let Some(message) = index.and_then(|index| messages.get(index)) else {
        return Err(Error::unprocessable(format!(
            "A span names message {}, which the comment does not have.",
            sent.message_index
        )));
    };
    let text = match sent.content_part.as_str() {
        "subject" => message.subject.as_ref().map(|subject| subject.text.as_str()),
        "signature" => message.signature.as_ref().map(|signature| signature.text.as_str()),
        _ => Some(message.body.text.as_str()),
    };
    text.ok_or_else(|| Error::unprocessable(format!("A span names the {} of a message that has none.", sent.content_part)))
}

/// How many characters and UTF-16 bytes a text has.
fn units(text: &str) -> (u64, u64) {
    text.chars().fold((0, 0), |(chars, bytes), c| (chars + 1, bytes + 2 * c.len_utf16() as u64))
}

fn from_utf16(text: &str, wanted: i64) -> Result<usize> {
    let mut passed = 0i64;
    for (at, c) in text.char_indices() {
        if passed == wanted {
            return Ok(at);
        }
        passed += 2 * c.len_utf16() as i64;
    }
    if passed == wanted { Ok(text.len()) } else { Err(outside("utf16_byte", wanted)) }
}

fn from_chars(text: &str, wanted: i64) -> Result<usize> {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let at = usize::try_from(wanted).ok().and_then(|wanted| ends.into_iter().nth(wanted));
    at.ok_or_else(|| outside("char", wanted))
}

fn outside(unit: &str, at: i64) -> Error {
    Error::unprocessable(format!("The {unit} offset {at} of a span is not a place in the text."))
}
