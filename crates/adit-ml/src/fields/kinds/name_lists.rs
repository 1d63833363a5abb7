//! Lists of names, and words around and instead of names.
//!
//! The first and last names are the most frequent ones of the census of the United States of 1990, a work of its government
//! and in the public domain, with first names of other languages added by hand. A star marks a name that more often is
//! something else: an ordinary word, a place, or a short and rare name.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::fields::token::Token;
use crate::stable_hash::StableBuild;

pub(super) const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "lady",
    "lord",
    "herr",
    "frau",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "señor",
    "señora",
    "sr",
    "sra",
    "signor",
    "signora",
];
/// Titles that mean nothing else in small letters.
pub(super) const SMALL_TITLES: &[&str] = &["mr", "mrs", "ms", "prof", "professor"];
pub(super) const GREETINGS: &[&str] =
    &["dear", "hi", "hello", "hey", "liebe", "lieber", "hallo", "bonjour", "cher", "chère", "hola", "caro", "cara", "beste"];
pub(super) const CLOSINGS: &[&str] = &[
    "regards",
    "sincerely",
    "thanks",
    "cheers",
    "wishes",
    "faithfully",
    "best",
    "grüße",
    "grüßen",
    "cordialement",
    "saludos",
    "saluti",
    "groet",
];
/// Words that are no names, even in capitals at the start of a sentence or in greetings.
pub(super) const NO_NAMES: &[&str] = &[
    "all",
    "team",
    "there",
    "sir",
    "madam",
    "everyone",
    "everybody",
    "colleagues",
    "customer",
    "customers",
    "support",
    "sirs",
    "both",
    "folks",
    "guys",
    "i",
    "we",
    "you",
    "please",
    "thank",
    "thanks",
    "the",
    "this",
    "that",
    "and",
    "or",
    "to",
    "from",
    "for",
    "of",
    "regards",
    "kind",
    "best",
    "many",
    "subject",
    "re",
    "fw",
    "fwd",
    "sent",
    "on",
    "in",
    "at",
    "by",
    "my",
    "your",
    "our",
    "his",
    "her",
    "it",
    "is",
    "as",
    "if",
    "can",
    "could",
    "would",
    "will",
    "may",
    "june",
    "april",
    "august",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "july",
    "september",
    "october",
    "november",
    "december",
    "sales",
    "manager",
    "director",
    "service",
    "services",
    "department",
    "dept",
    "account",
    "accounts",
    "hope",
    "just",
    "again",
    "with",
    "was",
    "are",
    "were",
    "be",
    "been",
    "have",
    "has",
    "had",
    "do",
    "does",
    "did",
    "not",
    "no",
    "but",
    "so",
    "then",
    "than",
    "when",
    "where",
    "why",
    "who",
    "which",
    "what",
    "how",
    "a",
    "an",
    "here",
    "they",
    "them",
    "he",
    "she",
    "me",
    "us",
    "their",
    "its",
    "into",
    "after",
    "before",
    "about",
    "also",
    "any",
    "some",
    "since",
    "still",
    "yet",
    "only",
    "very",
    "too",
    "more",
    "most",
    "today",
    "yesterday",
    "tomorrow",
    "now",
    "ok",
    "okay",
    "yes",
    "hello",
    "hi",
    "hey",
    "dear",
    "sorry",
    "etc",
    "via",
    "per",
];
/// Small words inside of the names of people.
pub(super) const PARTICLES: &[&str] = &["von", "van", "der", "den", "de", "di", "da", "del", "la", "bin", "al"];
/// Legal forms behind the name of a company.
pub(super) const FORMS: &[&str] = &[
    "ltd",
    "limited",
    "plc",
    "llp",
    "llc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "ag",
    "kg",
    "kgaa",
    "se",
    "sa",
    "sas",
    "sarl",
    "spa",
    "srl",
    "bv",
    "nv",
    "ab",
    "as",
    "asa",
    "oy",
    "oyj",
    "aps",
    "pty",
    "lp",
    "ug",
    "ohg",
    "ev",
];
/// Last words of organisations.
pub(super) const ENDINGS: &[&str] = &[
    "bank",
    "insurance",
    "group",
    "holdings",
    "partners",
    "capital",
    "university",
    "college",
    "hospital",
    "council",
    "association",
    "foundation",
    "institute",
    "airlines",
    "airways",
    "industries",
    "solutions",
    "technologies",
    "systems",
    "logistics",
    "consulting",
    "securities",
    "investments",
    "underwriters",
    "brokers",
    "assurance",
    "ministry",
    "agency",
    "authority",
    "club",
    "trust",
    "bancorp",
    "financial",
    "energy",
    "pharma",
    "pharmaceuticals",
    "motors",
    "telecom",
    "media",
    "labs",
    "ventures",
    "union",
];
/// Small words inside of the names of organisations.
pub(super) const JOINTS: &[&str] = &[
    "of", "and", "the", "de", "du", "des", "la", "le", "von", "van", "der", "den", "di", "da", "del", "for", "&", "'", "’", "-",
    ".",
];

/// How sure it is that a word is a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// It hardly is anything else.
    Surely,
    /// It often is something else.
    Perhaps,
}

type List = HashMap<&'static str, Known, StableBuild>;

fn read(text: &'static str) -> List {
    let entry = |line: &'static str| match line.strip_suffix('*') {
        Some(name) => (name, Known::Perhaps),
        None => (line, Known::Surely),
    };
    text.lines().map(entry).collect()
}

/// Whether a word in small letters is a first name.
pub(super) fn first_name(lower: &str) -> Option<Known> {
    static LIST: LazyLock<List> = LazyLock::new(|| read(include_str!("../data/first_names.txt")));
    LIST.get(lower).copied()
}

/// Whether a word in small letters is a last name.
pub(super) fn last_name(lower: &str) -> Option<Known> {
    static LIST: LazyLock<List> = LazyLock::new(|| read(include_str!("../data/last_names.txt")));
    LIST.get(lower).copied()
}

/// Whether a word is a first name and hardly anything else; for features.
pub(crate) fn is_first_name(lower: &str) -> bool {
    first_name(lower) == Some(Known::Surely)
}

/// A word written like a name: one capital, small letters, perhaps another capital inside.
pub(super) fn is_name_like(token: &Token<'_>) -> bool {
    token.is_word() && token.is_capital() && token.text.chars().count() > 1 && !token.is_all_capitals() && !token.is_any(NO_NAMES)
}

/// Whether the token opens a line or a sentence, so that its capital says nothing.
pub(super) fn opens_sentence(tokens: &[Token<'_>], at: usize) -> bool {
    at == 0
        || tokens[at - 1].line < tokens[at].line
        || tokens[at - 1].is_any(&[".", "!", "?", ":", ";", "\"", "“", "(", "-", "–", "•", "*", ">", "|"])
}

#[cfg(test)]
mod tests {
    #[test]
    fn lists_hold_each_name_once_in_small_letters_and_in_order() {
        for list in [include_str!("../data/first_names.txt"), include_str!("../data/last_names.txt")] {
            let names: Vec<&str> = list.lines().map(|line| line.strip_suffix('*').unwrap_or(line)).collect();
            assert!(names.iter().all(|name| !name.is_empty() && name.chars().all(|c| c.is_lowercase() || "'-".contains(c))));
            for pair in list.lines().collect::<Vec<_>>().windows(2) {
                assert!(pair[0] < pair[1], "{pair:?}");
            }
            let once: std::collections::BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(once.len(), names.len());
        }
    }
}
