//! Phrases that stand for something: currencies, countries, states, and lists that users give.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::token::{Token, tokens};

/// Phrases with what they stand for; compared word by word, without case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gazetteer {
    /// By the first word: the other words and what the phrase stands for.
    by_first: HashMap<String, Vec<(Vec<String>, String)>>,
}

impl Gazetteer {
    /// Phrases and their meanings; of two equal phrases the first one counts.
    pub(crate) fn new<'a>(phrases: impl IntoIterator<Item = (&'a str, &'a str)>) -> Gazetteer {
        let mut by_first: HashMap<String, Vec<(Vec<String>, String)>> = HashMap::new();
        for (phrase, meaning) in phrases {
            let mut words = tokens(phrase).into_iter().map(|token| token.lower);
            let Some(first) = words.next() else { continue };
            by_first.entry(first).or_default().push((words.collect(), meaning.to_owned()));
        }
        for entries in by_first.values_mut() {
            // Longest first; a stable sort keeps the first of equal ones in front.
            entries.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Gazetteer { by_first }
    }

    /// Lines of `meaning`, a tab, and phrases with bars between them.
    fn read(data: &'static str) -> Gazetteer {
        let lines = data.lines().filter_map(|line| line.split_once('\t'));
        Gazetteer::new(lines.flat_map(|(meaning, phrases)| phrases.split('|').map(move |phrase| (phrase, meaning))))
    }

    /// The longest phrase that begins at a token: the first token behind it, and what it stands for.
    pub(crate) fn longest_at(&self, tokens: &[Token<'_>], at: usize) -> Option<(usize, &str)> {
        let entries = self.by_first.get(&tokens.get(at)?.lower)?;
        let fits = |words: &[String]| {
            let behind = tokens.get(at + 1 + words.len());
            let is_whole = behind.is_none_or(|behind| {
                let last = &tokens[at + words.len()];
                !behind.is_glued || last.kind != behind.kind || !(last.is_word() || last.is_number())
            });
            tokens.len() > at + words.len() && is_whole && words.iter().zip(&tokens[at + 1..]).all(|(word, token)| token.is(word))
        };
        let (words, meaning) = entries.iter().find(|(words, _)| fits(words))?;
        Some((at + 1 + words.len(), meaning))
    }
}

/// Names of currencies, by code.
pub(crate) fn currencies() -> &'static Gazetteer {
    static LIST: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::read(include_str!("data/currencies.txt")));
    &LIST
}

/// Names of countries, by their usual English name.
pub(crate) fn countries() -> &'static Gazetteer {
    static LIST: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::read(include_str!("data/countries.txt")));
    &LIST
}

/// Names of the states of the USA.
pub(crate) fn us_states() -> &'static Gazetteer {
    static LIST: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::read(include_str!("data/us_states.txt")));
    &LIST
}

#[cfg(test)]
mod tests {
    use super::Gazetteer;
    use crate::fields::token::tokens;

    #[test]
    fn the_longest_whole_phrase_wins() {
        let list = Gazetteer::new([("new york", "city"), ("New York Times", "paper"), ("A-1", "code")]);
        let check =
            |text: &str, expected: Option<(usize, &str)>| assert_eq!(list.longest_at(&tokens(text), 0), expected, "{text}");
        check("new  york", Some((2, "city")));
        check("NEW YORK TIMES!", Some((3, "paper")));
        check("a-1", Some((3, "code")));
        check("newer york", None);
        check("a-12", None);
    }
}
