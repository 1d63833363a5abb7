//! WordPiece as uncased BERT splits text: lower case, no accents, punctuation and Han characters alone.

use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::stable_hash::StableBuild;

/// Longer words become the unknown token, as in the original.
const MAX_WORD_CHARS: usize = 100;

/// Splits text into the numbers of vocabulary entries.
pub(super) struct Tokenizer {
    starts: HashMap<&'static str, u32, StableBuild>,
    continuations: HashMap<&'static str, u32, StableBuild>,
    n_tokens: usize,
    longest_bytes: usize,
    unknown: u32,
    /// Token that opens a sequence.
    pub(super) open: u32,
    /// Token that closes a sequence.
    pub(super) close: u32,
}

/// How far a text is read.
#[derive(Default)]
struct Reading {
    tokens: Vec<u32>,
    /// For each token the bytes it stands for, where they are asked for; so too below.
    places: Vec<Range<usize>>,
    /// What was read of a word.
    word: String,
    /// For each byte of the word the bytes of the text it stands for.
    word_at: Vec<Range<usize>>,
    /// The bytes of the character that is being read.
    at: Range<usize>,
}

impl Reading {
    fn push<const PLACES: bool>(&mut self, c: char) {
        self.word.push(c);
        if PLACES {
            self.word_at.resize(self.word.len(), self.at.clone());
        }
    }
}

impl Tokenizer {
    /// Reads a vocabulary of one entry a line; the line's number is the token.
    pub(super) fn new(vocabulary: &'static str) -> Tokenizer {
        let mut starts = HashMap::with_capacity_and_hasher(32_768, StableBuild::default());
        let mut continuations = HashMap::with_capacity_and_hasher(8_192, StableBuild::default());
        let mut longest_bytes = 1;
        for (line, id) in vocabulary.lines().zip(0u32..) {
            let entry = line.trim_end_matches('\r');
            match entry.strip_prefix("##") {
                Some(rest) if !rest.is_empty() => {
                    longest_bytes = longest_bytes.max(rest.len());
                    continuations.insert(rest, id);
                }
                _ => {
                    longest_bytes = longest_bytes.max(entry.len());
                    starts.insert(entry, id);
                }
            }
        }
        let special = |name: &str| starts.get(name).copied().unwrap_or(0);
        let (unknown, open, close) = (special("[UNK]"), special("[CLS]"), special("[SEP]"));
        let n_tokens = vocabulary.lines().count();
        Tokenizer { unknown, open, close, starts, continuations, n_tokens, longest_bytes }
    }

    /// The size of the vocabulary.
    pub(super) fn n_tokens(&self) -> usize {
        self.n_tokens
    }

    /// The tokens of a text, without the opening and closing ones; at most `limit` of them.
    pub(super) fn tokens(&self, text: &str, limit: usize) -> Vec<u32> {
        self.read::<false>(text, limit).tokens
    }

    /// The same, and the bytes of the text that each stands for.
    pub(super) fn tokens_at(&self, text: &str, limit: usize) -> (Vec<u32>, Vec<Range<usize>>) {
        let read = self.read::<true>(text, limit);
        (read.tokens, read.places)
    }

    fn read<const PLACES: bool>(&self, text: &str, limit: usize) -> Reading {
        let mut reading = Reading { tokens: Vec::with_capacity(text.len() / 4 + 1), ..Reading::default() };
        for (start, raw) in text.char_indices() {
            if PLACES {
                reading.at = start..start + raw.len_utf8();
            }
            if reading.tokens.len() >= limit {
                break;
            }
            if raw.is_ascii() {
                self.push_char::<PLACES>(raw.to_ascii_lowercase(), &mut reading);
                continue;
            }
            if is_han(raw) {
                self.push_alone::<PLACES>(raw, &mut reading);
                continue;
            }
            for part in std::iter::once(raw).nfd().filter(|c| !is_combining_mark(*c)) {
                for lower in part.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)) {
                    self.push_char::<PLACES>(lower, &mut reading);
                }
            }
        }
        self.flush::<PLACES>(&mut reading);
        reading.tokens.truncate(limit);
        reading.places.truncate(limit);
        reading
    }

    fn push_char<const PLACES: bool>(&self, c: char, reading: &mut Reading) {
        if c.is_whitespace() {
            self.flush::<PLACES>(reading);
        } else if is_removed(c) {
        } else if is_punctuation(c) {
            self.push_alone::<PLACES>(c, reading);
        } else {
            reading.push::<PLACES>(c);
        }
    }

    fn push_alone<const PLACES: bool>(&self, c: char, reading: &mut Reading) {
        self.flush::<PLACES>(reading);
        reading.push::<PLACES>(c);
        self.flush::<PLACES>(reading);
    }

    /// Adds the pieces of the word and empties it.
    fn flush<const PLACES: bool>(&self, reading: &mut Reading) {
        let Reading { word, word_at, tokens, places, .. } = reading;
        if word.is_empty() {
            return;
        }
        let before = tokens.len();
        let take = |id: u32, from: usize, until: usize| {
            tokens.push(id);
            if PLACES {
                places.push(word_at[from].start..word_at[until - 1].end);
            }
        };
        if word.chars().take(MAX_WORD_CHARS + 1).count() > MAX_WORD_CHARS || !self.split(word, take) {
            tokens.truncate(before);
            tokens.push(self.unknown);
            if PLACES {
                places.truncate(before);
                places.push(word_at[0].start..word_at[word.len() - 1].end);
            }
        }
        word.clear();
        word_at.clear();
    }

    /// Greedy longest match from the left; false when some rest matches nothing.
    fn split(&self, word: &str, mut take: impl FnMut(u32, usize, usize)) -> bool {
        let mut at = 0;
        while at < word.len() {
            let known = if at == 0 { &self.starts } else { &self.continuations };
            let mut end = word.len().min(at + self.longest_bytes);
            while !word.is_char_boundary(end) {
                end -= 1;
            }
            let found = loop {
                if end == at {
                    break None;
                }
                if let Some(&id) = known.get(&word[at..end]) {
                    break Some(id);
                }
                end -= 1;
                while !word.is_char_boundary(end) {
                    end -= 1;
                }
            };
            let Some(id) = found else { return false };
            take(id, at, end);
            at = end;
        }
        true
    }
}

/// Control, format and replacement characters, which the model never saw.
fn is_removed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{FFFD}' | '\u{AD}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{180E}')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E000}'..='\u{F8FF}' | '\u{E0001}'..='\u{E007F}')
}

/// ASCII symbols and the punctuation blocks that occur in mail; the rest of Unicode counts as letters.
fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    matches!(c, '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '՚'..='՟' | '։' | '֊' | '־' | '׀' | '׃' | '׳' | '״')
        || matches!(c, '؉' | '؊' | '،' | '؍' | '؛' | '؞' | '؟' | '٪'..='٭' | '۔' | '।' | '॥' | '॰' | '๏' | '๚' | '๛')
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}' | '\u{2045}'..='\u{2051}' | '\u{2053}'..='\u{205E}')
        || matches!(c, '⁽' | '⁾' | '₍' | '₎' | '⌈'..='⌋' | '〈' | '〉' | '❨'..='❵' | '⟦'..='⟯' | '⦃'..='⦘')
        || matches!(c, '\u{2E00}'..='\u{2E5D}' | '、'..='〃' | '〈'..='】' | '〔'..='〟' | '〰' | '〽' | '゠' | '・')
        || matches!(c, '\u{FE10}'..='\u{FE19}' | '\u{FE30}'..='\u{FE52}' | '\u{FE54}'..='\u{FE61}' | '﹣' | '﹨' | '﹪' | '﹫')
        || matches!(c, '!'..='#' | '%'..='*' | ','..='/' | ':' | ';' | '?' | '@' | '['..=']' | '_' | '{' | '}')
        || matches!(c, '⦅'..='・')
}

/// The blocks that BERT calls CJK: Han characters only.
fn is_han(c: char) -> bool {
    matches!(u32::from(c),
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x20000..=0x2A6DF | 0x2A700..=0x2B73F | 0x2B740..=0x2B81F
        | 0x2B820..=0x2CEAF | 0xF900..=0xFAFF | 0x2F800..=0x2FA1F)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokenizer() -> Tokenizer {
        Tokenizer::new(include_str!("../../assets/vocab.txt"))
    }

    #[test]
    fn splits_like_the_original() {
        let t = tokenizer();
        assert_eq!(t.tokens("Hello, World!", 99), [7592, 1010, 2088, 999]);
        assert_eq!(t.tokens("Café RESUMÉ unaffable", 99), [7668, 13746, 14477, 20961, 3468]);
        assert_eq!(t.tokens("a东b", 99).len(), 3);
    }

    #[test]
    fn tokens_know_their_bytes() {
        let text = "É t\u{200b}é, resumé’s 东x unaffable";
        let (tokens, places) = tokenizer().tokens_at(text, 99);
        assert_eq!(tokens, tokenizer().tokens(text, 99));
        let shown: Vec<&str> = places.iter().map(|place| &text[place.clone()]).collect();
        assert_eq!(shown, ["É", "t\u{200b}é", ",", "resumé", "’", "s", "东", "x", "una", "ffa", "ble"]);
        let (_, places) = tokenizer().tokens_at(&format!("a {}", "x".repeat(101)), 99);
        assert_eq!(places, [0..1, 2..103]);
    }

    #[test]
    fn is_total_on_arbitrary_unicode() {
        let t = tokenizer();
        let mut state = 7u64;
        for _ in 0..2_000 {
            let text: String = (0..60)
                .filter_map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let wide = (state >> 33) as u32;
                    char::from_u32(if wide.is_multiple_of(3) { wide % 0x110000 } else { wide % 0x3000 })
                })
                .collect();
            let (tokens, places) = t.tokens_at(&text, 40);
            assert!(tokens == t.tokens(&text, 40) && places.len() == tokens.len());
            assert!(places.iter().all(|place| text.get(place.clone()).is_some_and(|shown| !shown.is_empty())));
            assert!(tokens.len() <= 40 && tokens.iter().all(|&id| id < 30_522));
        }
    }

    #[test]
    fn a_very_long_word_is_one_unknown_token() {
        let t = tokenizer();
        assert_eq!(t.tokens(&"x".repeat(101), 99), [100]);
        assert!(t.tokens("", 99).is_empty());
    }
}
