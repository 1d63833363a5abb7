//! People and organisations, by the shape of the words and by what stands around them.
//!
//! No learnt model stands behind this: a short list of first names, titles, greetings and closings, and the legal
//! forms of companies. A trainable field that inherits from it learns which of the places to keep.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::fields::Found;
use crate::fields::token::{Token, on_same_line};

const TITLES: &[&str] = &[
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
const GREETINGS: &[&str] =
    &["dear", "hi", "hello", "hey", "liebe", "lieber", "hallo", "bonjour", "cher", "chère", "hola", "caro", "cara", "beste"];
const CLOSINGS: &[&str] = &[
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

/// Words in capitals at the start of a sentence or in greetings that are no names.
const NO_NAMES: &[&str] = &[
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
];

/// Legal forms behind the name of a company.
const FORMS: &[&str] = &[
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
const ENDINGS: &[&str] = &[
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

/// Small words inside of names.
const PARTICLES: &[&str] = &[
    "of", "and", "the", "de", "du", "des", "la", "le", "von", "van", "der", "den", "di", "da", "del", "for", "&", "'", "’", "-",
    ".",
];

fn first_names() -> &'static HashSet<&'static str> {
    static LIST: LazyLock<HashSet<&'static str>> = LazyLock::new(|| include_str!("../data/first_names.txt").lines().collect());
    &LIST
}

/// Whether a word is a usual first name; for features.
pub(crate) fn is_first_name(lower: &str) -> bool {
    first_names().contains(lower)
}

/// A word written like a name: one capital, small letters, perhaps another capital inside.
fn is_name_like(token: &Token<'_>) -> bool {
    token.is_word() && token.is_capital() && token.text.chars().count() > 1 && !token.is_all_capitals() && !token.is_any(NO_NAMES)
}

fn is_initial(token: &Token<'_>) -> bool {
    token.is_word() && token.is_capital() && token.text.chars().count() == 1
}

/// The first token behind the names that follow one another from `at` on.
fn names_from(tokens: &[Token<'_>], at: usize, most: usize) -> usize {
    let mut end = at;
    let mut n_names = 0;
    let mut idx = at;
    while n_names < most && idx < tokens.len() && (idx == at || on_same_line(tokens, idx)) {
        let token = &tokens[idx];
        if is_name_like(token) && !(token.is_glued && idx > at && tokens[idx - 1].is(".") && idx - 1 == end) {
            n_names += 1;
            idx += 1;
            end = idx;
            // `O'Neill`, `Smith-Jones`
            let joins = tokens.get(idx).is_some_and(|sign| sign.is_glued && matches!(sign.text, "'" | "’" | "-"));
            if joins && tokens.get(idx + 1).is_some_and(|next| next.is_glued && is_name_like(next)) {
                idx += 2;
                end = idx;
            }
            continue;
        }
        if is_initial(token)
            && tokens.get(idx + 1).is_some_and(|next| {
                is_name_like(next) || next.is(".") && next.is_glued || next.is_glued && matches!(next.text, "'" | "’")
            })
        {
            idx += 1 + usize::from(tokens[idx + 1].is(".") || matches!(tokens[idx + 1].text, "'" | "’"));
            continue;
        }
        if n_names > 0 && token.is_any(&["von", "van", "der", "den", "de", "di", "da", "del", "la", "bin", "al"]) {
            idx += 1;
            continue;
        }
        break;
    }
    end
}

/// Every person.
pub(crate) fn find_people(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match person_at(tokens, at) {
            Some((start, end)) => {
                found.push(named(tokens, start, end));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

fn person_at(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = &tokens[at];
    let is_free = |n: usize| {
        tokens
            .get(n)
            .is_some_and(|token| !token.is_glued || n == 0 || !tokens[n - 1].is_any(&["@", ".", "/", "_", "-", "#", "'", "’"]))
    };
    if token.is_any(TITLES) && token.is_capital() {
        let next = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.is(".")));
        let end = names_from(tokens, next, 3);
        return (end > next && on_same_line(tokens, next)).then_some((next, end));
    }
    if token.is_any(GREETINGS) && (at == 0 || tokens[at - 1].line < token.line || tokens[at - 1].is_any(&[".", "!", ">"])) {
        let next = at + 1;
        if tokens.get(next).is_some_and(|next| next.is_any(TITLES)) || !on_same_line(tokens, next) {
            return None;
        }
        let end = names_from(tokens, next, 3);
        let is_closed =
            tokens.get(end).is_none_or(|after| after.line > token.line || after.is_any(&[",", "!", "-", ".", ":", "–"]));
        return (end > next && is_closed).then_some((next, end));
    }
    // A line of nothing but a name behind a closing.
    let starts_line = at == 0 || tokens[at - 1].line < token.line;
    if starts_line && at > 0 {
        let closing_line = tokens[at - 1].line;
        let is_closing = token.line - closing_line <= 2
            && tokens[..at].iter().rev().take_while(|before| before.line == closing_line).any(|before| before.is_any(CLOSINGS))
            && tokens[..at].iter().rev().take_while(|before| before.line == closing_line).count() <= 5;
        let end = names_from(tokens, at, 3);
        let fills_line = tokens.get(end).is_none_or(|after| after.line > token.line || after.is(","));
        if is_closing && end > at && fills_line {
            return Some((at, end));
        }
    }
    if is_free(at) && is_name_like(token) && is_first_name(&token.lower) {
        let end = names_from(tokens, at, 3);
        // A first name alone may open a sentence with another meaning: `Will`, `Mark`, `Rose`.
        let is_common_word = token.is_any(&[
            "will",
            "mark",
            "rose",
            "grace",
            "dawn",
            "may",
            "april",
            "amber",
            "ruby",
            "daisy",
            "holly",
            "frank",
            "bill",
            "sue",
            "rob",
            "rick",
            "angel",
            "jordan",
            "georgia",
            "austin",
            "madison",
            "virginia",
            "victoria",
            "florence",
            "charlotte",
            "jack",
            "wayne",
            "gloria",
            "max",
            "kim",
            "lee",
            "chad",
            "dean",
            "drew",
            "pat",
            "ray",
            "roy",
            "chris",
            "christian",
        ]);
        if is_organisation(tokens, at, end) || (end == at + 1 && is_common_word) {
            return None;
        }
        return Some((at, end));
    }
    None
}

fn is_organisation(tokens: &[Token<'_>], at: usize, end: usize) -> bool {
    tokens[at..end].iter().any(|token| token.is_any(ENDINGS))
        || tokens.get(end).is_some_and(|next| next.is_any(FORMS) || next.is_any(ENDINGS))
}

fn named(tokens: &[Token<'_>], start: usize, end: usize) -> Found {
    let mut value = String::new();
    for token in &tokens[start..end] {
        if !value.is_empty() && !token.is_glued {
            value.push(' ');
        }
        value.push_str(token.text);
    }
    Found::new(tokens[start].start, tokens[end - 1].end, value)
}

/// Every organisation: names that end in a legal form or in a word for organisations.
pub(crate) fn find_organisations(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut floor = 0;
    for at in 0..tokens.len() {
        if at < floor {
            continue;
        }
        let Some(start) = organisation_until(tokens, at, floor) else {
            if let Some(end) = organisation_from(tokens, at) {
                found.push(named(tokens, at, end));
                floor = end;
            }
            continue;
        };
        let mut end = at + 1;
        // `S.p.A.` was one token with its points; `Ltd.` takes its point along, `Co. Ltd` its second form.
        while tokens.get(end).is_some_and(|next| {
            let is_form = (next.is_any(FORMS) || next.is_any(ENDINGS)) && next.is_capital();
            let is_point = next.is(".")
                && next.is_glued
                && tokens.get(end + 1).is_some_and(|after| after.is_any(FORMS) && on_same_line(tokens, end + 1));
            let is_joint = next.is("&") && tokens.get(end + 1).is_some_and(|after| after.is_any(FORMS));
            on_same_line(tokens, end) && (is_form || is_point || is_joint)
        }) {
            end += 1;
        }
        found.push(named(tokens, start, end));
        floor = end;
    }
    found
}

/// Whether a word at `at` ends an organisation; the first token of its name.
fn organisation_until(tokens: &[Token<'_>], at: usize, floor: usize) -> Option<usize> {
    let token = &tokens[at];
    let is_form = token.is_any(FORMS) && (token.is_capital() || token.is_any(&["gmbh", "ltd", "plc", "llc"]));
    let is_ending = token.is_any(ENDINGS) && token.is_capital();
    if !(is_form || is_ending) || token.is_glued && at > 0 && !tokens[at - 1].is_any(&["-", "."]) {
        return None;
    }
    // `AS`, `SE`, `SA` in a line of capitals are words.
    let is_shouted = token.is_all_capitals()
        && token.text.len() <= 3
        && at > 0
        && tokens[at - 1].is_all_capitals()
        && token.is_any(&["AS", "as", "se", "co"]);
    let mut start = at;
    let mut idx = at;
    while idx > floor && at - idx < 8 && tokens[idx - 1].line == token.line {
        let before = &tokens[idx - 1];
        let is_part = before.is_word() && before.is_capital() && !before.is_any(NO_NAMES);
        if is_part {
            idx -= 1;
            start = idx;
        } else if before.is_any(PARTICLES) && !before.is_any(&["."]) || before.is_number() && before.is_glued {
            idx -= 1;
        } else {
            break;
        }
    }
    (start < at && !is_shouted).then_some(start)
}

/// `Bank of Ireland`, `University of Leeds`, `Ministry of Justice`: the first token behind it.
fn organisation_from(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let token = &tokens[at];
    let opens = token.is_any(&[
        "bank",
        "university",
        "ministry",
        "department",
        "house",
        "institute",
        "bureau",
        "board",
        "royal",
        "church",
    ]);
    if !opens || !token.is_capital() || !tokens.get(at + 1).is_some_and(|of| of.is_any(&["of", "for", "de"])) {
        return None;
    }
    let first = at + 2 + usize::from(tokens.get(at + 2).is_some_and(|token| token.is("the")));
    let mut end = first;
    while tokens.get(end).is_some_and(|next| next.is_word() && next.is_capital() && on_same_line(tokens, end)) && end - first < 4
    {
        end += 1;
    }
    (end > first).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::{find_organisations, find_people};
    use crate::fields::token::tokens;

    #[test]
    fn people_are_found_by_title_greeting_closing_and_first_name() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_people(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("Dear Mr. Featherstonehaugh,\nI spoke to Sarah O'Neill today.", &["Featherstonehaugh", "Sarah O'Neill"]);
        check("Hi Xochitl,\nplease call.\n\nKind regards,\nWolf von Stein\nManager", &["Xochitl", "Wolf von Stein"]);
        check("Dear all, Will you come? Mark it. John Lewis Partners Ltd", &[]);
        check("sent by John P. Smith-Jones.", &["John P. Smith-Jones"]);
    }

    #[test]
    fn organisations_are_found_by_legal_form_and_kind() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_organisations(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
        };
        check("from Acme Widgets Ltd. and Müller & Söhne GmbH", &["Acme Widgets Ltd", "Müller & Söhne GmbH"]);
        check(
            "the Bank of Ireland, Royal Mail Group, and British Airways",
            &["Bank of Ireland", "Royal Mail Group", "British Airways"],
        );
        check("please limited the company to a group", &[]);
    }
}
