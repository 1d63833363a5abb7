//! WordPiece as uncased BERT splits text: lower case, no accents, punctuation and Han characters alone.

use std::collections::HashMap;

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
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        let mut word = String::new();
        for raw in text.chars() {
            if tokens.len() >= limit {
                break;
            }
            if raw.is_ascii() {
                self.push_char(raw.to_ascii_lowercase(), &mut word, &mut tokens);
                continue;
            }
            if is_han(raw) {
                self.flush(&mut word, &mut tokens);
                word.push(raw);
                self.flush(&mut word, &mut tokens);
                continue;
            }
            for part in std::iter::once(raw).nfd().filter(|c| !is_combining_mark(*c)) {
                for lower in part.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)) {
                    self.push_char(lower, &mut word, &mut tokens);
                }
            }
        }
        self.flush(&mut word, &mut tokens);
        tokens.truncate(limit);
        tokens
    }

    fn push_char(&self, c: char, word: &mut String, tokens: &mut Vec<u32>) {
        if c.is_whitespace() {
            self.flush(word, tokens);
        } else if is_removed(c) {
        } else if is_punctuation(c) {
            self.flush(word, tokens);
            word.push(c);
            self.flush(word, tokens);
        } else {
            word.push(c);
        }
    }

    /// Adds the pieces of the word and empties it.
    fn flush(&self, word: &mut String, tokens: &mut Vec<u32>) {
        if word.is_empty() {
            return;
        }
        let before = tokens.len();
        if word.chars().take(MAX_WORD_CHARS + 1).count() > MAX_WORD_CHARS || !self.split(word, tokens) {
            tokens.truncate(before);
            tokens.push(self.unknown);
        }
        word.clear();
    }

    /// Greedy longest match from the left; false when some rest matches nothing.
    fn split(&self, word: &str, tokens: &mut Vec<u32>) -> bool {
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
            tokens.push(id);
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
            let tokens = t.tokens(&text, 40);
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
