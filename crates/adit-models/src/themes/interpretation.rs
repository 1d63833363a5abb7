//! Which words of a comment explain its theme, in the units of the wire. Pure.

use adit_corpus::wire::Message;
use adit_ml::clustering::{WordSpan, marked};

use super::wire::{InterpretationSpan, ThemeCommentInterpretation};

/// The part of the comment that explains most, with its words; `None` when no word does.
pub(super) fn interpretation(messages: &[Message], words: &[(String, f32)]) -> Option<ThemeCommentInterpretation> {
    let mut best: Option<(f32, ThemeCommentInterpretation)> = None;
    for (message_index, message) in messages.iter().enumerate() {
        let subject = message.subject.as_ref().map(|subject| ("subject", subject.text.as_str()));
        for (content_part, text) in subject.into_iter().chain([("body", message.body.text.as_str())]) {
            let spans = marked(text, words);
            let importance: f32 = spans.iter().map(|span| span.importance).sum();
            if importance > best.as_ref().map_or(0.0, |(most, _)| *most) {
                let spans = in_utf16(text, &spans);
                best = Some((importance, ThemeCommentInterpretation { content_part, message_index, spans }));
            }
        }
    }
    best.map(|(_, interpretation)| interpretation)
}

/// The spans in bytes of UTF-16; they come in order.
fn in_utf16(text: &str, spans: &[WordSpan]) -> Vec<InterpretationSpan> {
    let (mut at, mut units) = (0, 0);
    let mut until = |end: usize| {
        units += text[at..end].chars().map(|c| 2 * c.len_utf16()).sum::<usize>();
        at = end;
        units
    };
    let span = |span: &WordSpan| InterpretationSpan {
        utf16_byte_start: until(span.start),
        utf16_byte_end: until(span.end),
        importance: span.importance,
    };
    spans.iter().map(span).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::interpretation;

    #[test]
    fn the_part_with_the_most_telling_words_is_marked_in_bytes_of_utf_16() {
        let messages = serde_json::from_value::<Vec<adit_corpus::wire::Message>>(json!([
            {"subject": {"text": "card"}, "body": {"text": "hello"}},
            {"body": {"text": "🎉 my Card is late"}},
        ]))
        .unwrap();
        let words = [("card".to_owned(), 1.0), ("late".to_owned(), 0.5)];
        let found = interpretation(&messages, &words).unwrap();
        assert_eq!((found.content_part, found.message_index), ("body", 1));
        let spans: Vec<(usize, usize)> = found.spans.iter().map(|span| (span.utf16_byte_start, span.utf16_byte_end)).collect();
        assert_eq!(spans, [(12, 20), (28, 36)]);
        assert_eq!(interpretation(&messages, &[("nothing".to_owned(), 1.0)]), None);
    }
}
