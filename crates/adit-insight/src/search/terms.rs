//! Words and their stems, and the short codes that stand for them in the index. Pure.

use adit_corpus::StoredComment;
use adit_kernel::Id;
use rust_stemmers::{Algorithm, Stemmer};

/// Bytes of a comment that are searched.
const MAX_BYTES: usize = 1 << 16;

/// The language whose words are stemmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    /// One that the stemmer knows, by its two letters.
    Known(&'static str),
    /// Any other: words are taken as they are.
    Other,
}

/// Languages with a stemmer; of the eight that are fully supported only Japanese has none.
const KNOWN: &[(&str, Algorithm)] = &[
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

impl Language {
    /// The language of a source's tag: `en`, `en-GB`.
    pub(crate) fn of_tag(tag: &str) -> Self {
        let bare = tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        KNOWN.iter().find(|(known, _)| *known == bare).map_or(Self::Other, |(known, _)| Self::Known(known))
    }

    fn stemmer(self) -> Option<Stemmer> {
        let Self::Known(tag) = self else { return None };
        KNOWN.iter().find(|(known, _)| *known == tag).map(|(_, algorithm)| Stemmer::create(*algorithm))
    }
}

/// Stems words of one language.
pub(crate) struct Stems(Option<Stemmer>);

impl Stems {
    pub(crate) fn new(language: Language) -> Self {
        Self(language.stemmer())
    }

    /// The stem of a word in lower case.
    pub(crate) fn of(&self, word: &str) -> String {
        self.0.as_ref().map_or_else(|| word.to_owned(), |stemmer| stemmer.stem(word).into_owned())
    }
}

/// The words of a text in lower case, with their places in bytes.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, usize, String)> {
    let mut end = text.len().min(MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    words.map(|word| word.trim_matches(['\'', '’'])).filter(|word| !word.is_empty()).map(move |word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (start, start + word.len(), word.to_lowercase().replace('’', "'"))
    })
}

/// The parts of a comment that are searched: message, part and text.
pub(crate) fn parts(comment: &StoredComment) -> impl Iterator<Item = (usize, &'static str, &str)> {
    comment.content.messages.iter().enumerate().flat_map(|(n, message)| {
        let subject = message.subject.as_ref().map(|subject| (n, "subject", subject.text.as_str()));
        let signature = message.signature.as_ref().map(|signature| (n, "signature", signature.text.as_str()));
        subject.into_iter().chain([(n, "body", message.body.text.as_str())]).chain(signature)
    })
}

/// Everything the index holds about a comment, joined by spaces: its source, stems of its words, and stems of the
/// names of its attachments.
pub(super) fn index_terms(comment: &StoredComment, language: Language) -> String {
    let stems = Stems::new(language);
    let mut terms = vec![source_term(comment.source_id)];
    for (_, _, text) in parts(comment) {
        terms.extend(words(text).map(|(_, _, word)| word_term(&stems.of(&word))));
    }
    for file in &comment.content.attachments {
        terms.extend(words(&file.name).map(|(_, _, word)| file_term(&stems.of(&word))));
    }
    terms.sort_unstable();
    terms.dedup();
    terms.join(" ")
}

/// Letters and digits only, whatever the language: both engines take it for one word. Two stems may share a code;
/// what is found is read again before it is shown.
fn code(prefix: char, text: &str) -> String {
    let hash =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{prefix}{:010x}", (hash ^ (hash >> 40)) & 0xff_ffff_ffff)
}

pub(super) fn word_term(stem: &str) -> String {
    code('w', stem)
}

pub(super) fn file_term(stem: &str) -> String {
    code('f', stem)
}

pub(super) fn source_term(source: Id) -> String {
    format!("s{source}")
}

#[cfg(test)]
mod tests {
    use super::{Language, Stems, words};

    #[test]
    fn forms_of_one_word_have_one_stem() {
        let english = Stems::new(Language::of_tag("en-GB"));
        assert_eq!(english.of("transfers"), english.of("transferred"));
        let german = Stems::new(Language::of_tag("de"));
        assert_eq!(german.of("karten"), german.of("karte"));
        assert_eq!(Language::of_tag("ja"), Language::Other);
        assert_eq!(Stems::new(Language::Other).of("カード"), "カード");
    }

    #[test]
    fn words_know_their_places() {
        let text = "Don’t  panic, Ünal!";
        let found: Vec<(&str, String)> = words(text).map(|(start, end, word)| (&text[start..end], word)).collect();
        let expected = [("Don’t", "don't"), ("panic", "panic"), ("Ünal", "ünal")];
        assert_eq!(found, expected.map(|(place, word)| (place, word.to_owned())));
    }
}
