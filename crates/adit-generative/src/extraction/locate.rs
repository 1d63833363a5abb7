//! Where a quotation stands in the messages it is said to come from.

use adit_corpus::wire::Message;
use adit_datasets::wire::TextSpan;

/// Places that are taken already, so that a second quotation of the same words finds the next ones.
#[derive(Debug, Default)]
pub(super) struct Taken(Vec<TextSpan>);

/// The first free place of `quote`: letter by letter, else ignoring case and the kind of white space.
pub(super) fn locate(messages: &[Message], quote: &str, taken: &mut Taken) -> Option<(TextSpan, String)> {
    let quote = quote.trim();
    if quote.is_empty() {
        return None;
    }
    for find in [exactly, loosely] {
        let mut first = None;
        for (index, message) in messages.iter().enumerate() {
            let subject = message.subject.as_ref().map(|subject| ("subject", subject.text.as_str()));
            for (part, text) in subject.into_iter().chain([("body", message.body.text.as_str())]) {
                let mut from = 0;
                while let Some((start, end)) = find(text, quote, from) {
                    let span = span_of(text, part, index, start, end);
                    let found = (span, text[start..end].to_owned());
                    if !taken.0.contains(&found.0) {
                        taken.0.push(found.0.clone());
                        return Some(found);
                    }
                    first.get_or_insert(found);
                    from = end;
                }
            }
        }
        // One value may serve several records; then it is the same place again.
        if first.is_some() {
            return first;
        }
    }
    None
}

fn exactly(text: &str, quote: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.find(quote)?;
    Some((start, start + quote.len()))
}

/// Compares letters without case, and any run of white space with any other.
fn loosely(text: &str, quote: &str, from: usize) -> Option<(usize, usize)> {
    let starts = text.get(from..)?.char_indices().filter(|(_, c)| !c.is_whitespace()).map(|(at, _)| from + at);
    starts.into_iter().find_map(|start| Some((start, start + matched(&text[start..], quote)?)))
}

/// How many bytes of `text` read like `quote` from the start on.
fn matched(text: &str, quote: &str) -> Option<usize> {
    let mut rest = text;
    let mut wanted = quote;
    loop {
        let Some(next) = wanted.chars().next() else { return Some(text.len() - rest.len()) };
        let here = rest.chars().next()?;
        if next.is_whitespace() {
            if !here.is_whitespace() {
                return None;
            }
            (rest, wanted) = (rest.trim_start(), wanted.trim_start());
            continue;
        }
        if here != next && !here.to_lowercase().eq(next.to_lowercase()) {
            return None;
        }
        (rest, wanted) = (&rest[here.len_utf8()..], &wanted[next.len_utf8()..]);
    }
}

fn span_of(text: &str, part: &str, message: usize, start: usize, end: usize) -> TextSpan {
    let units = |text: &str| text.chars().fold((0, 0), |(chars, bytes), c| (chars + 1, bytes + 2 * c.len_utf16() as u64));
    let (char_start, utf16_byte_start) = units(&text[..start]);
    let (char_end, utf16_byte_end) = units(&text[..end]);
    TextSpan {
        content_part: part.to_owned(),
        message_index: message as u64,
        utf16_byte_start,
        utf16_byte_end,
        char_start,
        char_end,
    }
}

#[cfg(test)]
mod tests {
    use adit_corpus::wire::{Message, RichText, Text};

    use super::{Taken, locate};

    fn messages(subject: &str, body: &str) -> Vec<Message> {
        let subject = (!subject.is_empty()).then(|| Text { text: subject.into(), translated_from: None });
        vec![Message { subject, body: RichText { text: body.into(), ..RichText::default() }, ..Message::default() }]
    }

    #[test]
    fn places_are_counted_in_characters_and_in_utf16_bytes() {
        let (span, text) = locate(&messages("", "😀 pay £5 now"), "£5", &mut Taken::default()).unwrap();
        assert_eq!((span.char_start, span.char_end, span.utf16_byte_start, span.utf16_byte_end), (6, 8, 14, 18));
        assert_eq!((span.content_part.as_str(), span.message_index, text.as_str()), ("body", 0, "£5"));
    }

    #[test]
    fn each_quotation_takes_the_next_place() {
        let messages = messages("order 7", "Order\n 7 and order 7");
        let mut taken = Taken::default();
        let mut place =
            || locate(&messages, "order 7", &mut taken).map(|(span, _)| (span.content_part, span.char_start)).unwrap();
        assert_eq!([place(), place(), place()], [("subject".into(), 0), ("body".into(), 13), ("subject".into(), 0)]);
        let (span, text) = locate(&messages, "ORDER   7", &mut Taken::default()).unwrap();
        assert_eq!((span.content_part.as_str(), text.as_str()), ("subject", "order 7"));
    }

    #[test]
    fn what_does_not_stand_there_is_not_found() {
        let messages = messages("", "ẞtraße Ünal İstanbul");
        for quote in ["", " ", "9", "strasse", "ünal x"] {
            assert!(locate(&messages, quote, &mut Taken::default()).is_none(), "{quote}");
        }
        assert!(locate(&messages, "ünal", &mut Taken::default()).is_some());
        assert!(locate(&messages, "i\u{307}stanbul", &mut Taken::default()).is_none());
    }
}
