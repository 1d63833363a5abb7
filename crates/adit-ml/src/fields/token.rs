//! Words, numbers and signs of a text with their places.

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// Letters.
    Word,
    /// ASCII digits.
    Number,
    /// One character of anything else.
    Sign,
}

/// A token; offsets are bytes and lie on character boundaries.
#[derive(Debug, Clone)]
pub(crate) struct Token<'t> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: &'t str,
    pub(crate) lower: String,
    pub(crate) kind: TokenKind,
    /// Which line of the text it stands on.
    pub(crate) line: u32,
    /// Whether nothing lies between it and the token before.
    pub(crate) is_glued: bool,
}

impl Token<'_> {
    pub(crate) fn is(&self, word: &str) -> bool {
        self.lower == word
    }

    pub(crate) fn is_any(&self, words: &[&str]) -> bool {
        words.contains(&self.lower.as_str())
    }

    pub(crate) fn is_word(&self) -> bool {
        self.kind == TokenKind::Word
    }

    pub(crate) fn is_number(&self) -> bool {
        self.kind == TokenKind::Number
    }

    /// The number it stands for, if it is one of few digits.
    pub(crate) fn small_number(&self) -> Option<u32> {
        if self.is_number() && self.text.len() <= 9 { self.text.parse().ok() } else { None }
    }

    /// Whether its first letter is a capital.
    pub(crate) fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it has letters and all are capitals.
    pub(crate) fn is_all_capitals(&self) -> bool {
        self.is_word() && !self.text.chars().any(char::is_lowercase) && self.is_capital()
    }
}

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut list: Vec<Token<'_>> = Vec::with_capacity(text.len() / 4);
    let mut line = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((start, c)) = rest.next() {
        if c == '\n' {
            line += 1;
        }
        if c.is_whitespace() {
            continue;
        }
        let kind = if c.is_ascii_digit() {
            TokenKind::Number
        } else if c.is_alphabetic() {
            TokenKind::Word
        } else {
            TokenKind::Sign
        };
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = rest.peek().copied() {
            let goes_on = match kind {
                TokenKind::Number => next.is_ascii_digit(),
                // Combining marks belong to the letter before.
                TokenKind::Word => next.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&next),
                TokenKind::Sign => false,
            };
            if !goes_on {
                break;
            }
            end = at + next.len_utf8();
            rest.next();
        }
        let shown = &text[start..end];
        let lower = match kind {
            TokenKind::Number => shown.to_owned(),
            _ => shown.to_lowercase(),
        };
        let is_glued = list.last().is_some_and(|before| before.end == start);
        list.push(Token { start, end, text: shown, lower, kind, line, is_glued });
    }
    list
}

/// Whether the token at `at` exists and lies on the same line as the one before it.
pub(crate) fn on_same_line(tokens: &[Token<'_>], at: usize) -> bool {
    at > 0 && tokens.get(at).is_some_and(|token| token.line == tokens[at - 1].line)
}

#[cfg(test)]
mod tests {
    use super::{TokenKind, tokens};

    #[test]
    fn words_numbers_and_signs_are_told_apart() {
        let found: Vec<(&str, TokenKind, bool)> =
            tokens("22nd\nÉté, 3€").into_iter().map(|token| (token.text, token.kind, token.is_glued)).collect();
        use TokenKind::{Number, Sign, Word};
        let expected = [
            ("22", Number, false),
            ("nd", Word, true),
            ("Été", Word, false),
            (",", Sign, true),
            ("3", Number, false),
            ("€", Sign, true),
        ];
        assert_eq!(found, expected);
    }
}
