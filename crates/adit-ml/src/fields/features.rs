//! What can be said about a word, or about a place, as numbers that never change.

use super::Found;
use super::analysis::Analysis;
use super::kinds;
use super::token::Token;
use crate::stable_hash::Fnv;

/// A hash of what is said.
fn hashed(template: u8, parts: &[&str]) -> u64 {
    let mut hash = Fnv::default().with(&[template]);
    for part in parts {
        hash = hash.with(part.as_bytes()).with(&[0]);
    }
    hash.value()
}

/// The form of a word: `Xx`, `dd`, `X-d`, runs shortened.
fn shape(token: &Token<'_>) -> String {
    let mut shape = String::new();
    let mut last = ' ';
    let mut run = 0;
    for c in token.text.chars() {
        let class = if c.is_uppercase() {
            'X'
        } else if c.is_alphabetic() {
            'x'
        } else if c.is_ascii_digit() {
            'd'
        } else {
            c
        };
        run = if class == last { run + 1 } else { 1 };
        last = class;
        // The exact number of digits matters up to six, of letters up to two.
        if run <= if class == 'd' { 6 } else { 2 } {
            shape.push(class);
        }
    }
    shape
}

/// A word as others see it: numbers by their length.
fn neighbour<'a>(tokens: &'a [Token<'_>], at: Option<usize>) -> &'a str {
    const DIGITS: [&str; 7] = ["#", "#", "##", "###", "####", "#####", "######"];
    match at.and_then(|at| tokens.get(at)) {
        Some(token) if token.is_number() => DIGITS[token.text.len().min(6)],
        Some(token) => &token.lower,
        None => "<>",
    }
}

fn prefix(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).map_or(text, |(at, _)| &text[..at])
}

fn suffix(text: &str, n: usize) -> &str {
    let count = text.chars().count();
    text.char_indices().nth(count.saturating_sub(n)).map_or(text, |(at, _)| &text[at..])
}

/// How far back the beginning of a line is looked for; texts may be one endless line.
const MOST_BACK: usize = 64;

/// The first token of the line, or one far enough before.
fn line_start(tokens: &[Token<'_>], at: usize) -> usize {
    let line = tokens[at].line;
    (at.saturating_sub(MOST_BACK)..=at).rev().take_while(|n| tokens[*n].line == line).last().unwrap_or(at)
}

/// What is said about each token of a range.
pub(crate) fn of_tokens(analysis: &Analysis<'_>, first: usize, last: usize) -> Vec<Vec<u64>> {
    let tokens = &analysis.tokens;
    let hints = analysis.hints();
    (first..last).map(|at| of_token(analysis, tokens, &hints, at)).collect()
}

fn of_token(analysis: &Analysis<'_>, tokens: &[Token<'_>], hints: &[Vec<(u8, bool)>], at: usize) -> Vec<u64> {
    let token = &tokens[at];
    let word = |offset: isize| neighbour(tokens, at.checked_add_signed(offset));
    let (w, before, after) = (word(0), word(-1), word(1));
    let mut features = Vec::with_capacity(40);
    let mut say = |template: u8, parts: &[&str]| features.push(hashed(template, parts));
    say(0, &[]);
    say(1, &[&token.lower]);
    say(2, &[before]);
    say(3, &[after]);
    say(4, &[word(-2)]);
    say(5, &[word(2)]);
    say(6, &[before, w]);
    say(7, &[w, after]);
    say(8, &[word(-2), before]);
    say(9, &[after, word(2)]);
    say(10, &[before, after]);
    let form = shape(token);
    say(11, &[&form]);
    for (offset, template) in [(-1isize, 12), (1, 13)] {
        if let Some(other) = at.checked_add_signed(offset).and_then(|at| tokens.get(at)) {
            say(template, &[&shape(other)]);
            say(template + 2, &[&form, &shape(other)]);
        }
    }
    if token.is_word() {
        for n in 2..=3 {
            say(16, &[prefix(&token.lower, n)]);
            say(17, &[suffix(&token.lower, n)]);
        }
    }
    for (offset, template) in [(0isize, 18u8), (-1, 19), (1, 20)] {
        let Some(hints) = at.checked_add_signed(offset).and_then(|at| hints.get(at)) else { continue };
        for (kind, begins) in hints {
            say(template, &[std::str::from_utf8(&[b'a' + kind, if *begins { b'B' } else { b'I' }]).unwrap_or_default()]);
            if offset == 0 {
                say(21, &[std::str::from_utf8(&[b'a' + kind]).unwrap_or_default(), before]);
            }
        }
    }
    let line_start = line_start(tokens, at);
    if line_start == at {
        say(22, &["first"]);
    }
    if tokens.get(at + 1).is_none_or(|next| next.line > token.line) {
        say(22, &["last"]);
    }
    // `Heading: value`
    let heading = tokens[line_start..at].iter().position(|token| token.is(":")).map(|n| line_start + n);
    if let Some(colon) = heading.filter(|colon| colon - line_start <= 5) {
        let words: Vec<&str> = tokens[line_start..colon].iter().map(|token| token.lower.as_str()).collect();
        say(23, &[&words.join(" ")]);
        say(24, &[words.last().copied().unwrap_or_default()]);
    }
    let lists = [
        (kinds::month(&token.lower).is_some(), "month"),
        (kinds::weekday(&token.lower).is_some(), "weekday"),
        (kinds::is_first_name(&token.lower), "name"),
        (kinds::is_numeric(token), "number"),
        (analysis.is_subject, "subject"),
    ];
    for (_, list) in lists.iter().filter(|(is_in, _)| *is_in) {
        say(25, &[list]);
    }
    for n in 1..=4usize {
        if let Some(other) = at.checked_sub(n).map(|at| &tokens[at]).filter(|other| other.is_word()) {
            say(26, &[&other.lower]);
        }
        if let Some(other) = tokens.get(at + n).filter(|other| other.is_word()) {
            say(27, &[&other.lower]);
        }
    }
    features
}

/// What is said about the n-th of `total` places of a field in a text; `names` are words to look for beside it.
pub(crate) fn of_place(analysis: &Analysis<'_>, found: &Found, n: usize, total: usize, names: &[String]) -> Vec<u64> {
    let tokens = &analysis.tokens;
    let (first, last) = analysis.covered(found.start, found.end);
    let word = |at: Option<usize>| neighbour(tokens, at);
    let left = |n: usize| word(first.checked_sub(n));
    let right = |n: usize| word(Some(last + n - 1));
    let mut features = Vec::with_capacity(48);
    let mut say = |template: u8, parts: &[&str]| features.push(hashed(template, parts));
    say(40, &[]);
    for n in 1..=3 {
        say(40 + n as u8, &[left(n)]);
        say(43 + n as u8, &[right(n)]);
    }
    say(47, &[left(2), left(1)]);
    say(48, &[right(1), right(2)]);
    say(49, &[left(1), right(1)]);
    say(70, &[left(3), left(2), left(1)]);
    for (n, token) in tokens[first..last].iter().enumerate().take(8) {
        let said = neighbour(tokens, Some(first + n));
        say(50, &[said]);
        if n == 0 {
            say(51, &[said]);
            say(52, &[&shape(token)]);
        }
    }
    let Some(line) = tokens.get(first).map(|token| token.line) else { return features };
    let whole_shape: String = tokens[first..last].iter().take(6).map(shape).collect();
    say(53, &[&whole_shape]);
    for n in 1..=10usize {
        if let Some(other) = first.checked_sub(n).map(|at| &tokens[at]).filter(|other| other.is_word()) {
            say(54, &[&other.lower]);
            if n <= 5 {
                say(55, &[&other.lower]);
            }
        }
        if let Some(other) = tokens.get(last + n - 1).filter(|other| other.is_word()) {
            say(56, &[&other.lower]);
        }
    }
    let line_start = line_start(tokens, first);
    if line_start == first {
        say(57, &["first"]);
    }
    if tokens.get(last).is_none_or(|next| next.line > line) {
        say(57, &["last"]);
    }
    if let Some(colon) = tokens[line_start..first].iter().position(|token| token.is(":")) {
        let words: Vec<&str> = tokens[line_start..line_start + colon].iter().map(|token| token.lower.as_str()).collect();
        say(58, &[&words.join(" ")]);
        say(59, &[words.last().copied().unwrap_or_default()]);
    }
    let place = if total == 1 {
        "only"
    } else if n == 0 {
        "first"
    } else if n + 1 == total {
        "last"
    } else {
        "middle"
    };
    say(60, &[place]);
    say(61, &[place, left(1)]);
    if n == 1 {
        say(60, &["second"]);
    }
    if analysis.is_subject {
        say(62, &["subject"]);
    }
    let near = &tokens[first.saturating_sub(6).max(tokens.partition_point(|token| token.line + 1 < line))..first];
    let said = names.iter().filter(|name| near.iter().any(|token| token.is(name))).count();
    if said > 0 {
        say(63, &["named"]);
        if said == names.len() {
            say(63, &["all"]);
        }
    }
    features
}

/// The feature that says a place stands beside the field's name; a prior speaks of it before anything is learnt.
pub(crate) fn named_feature() -> u64 {
    hashed(63, &["named"])
}

/// The feature that every place has.
pub(crate) fn constant_of_places() -> u64 {
    hashed(40, &[])
}

/// The features of the first and the only place.
pub(crate) fn first_features() -> [u64; 2] {
    [hashed(60, &["only"]), hashed(60, &["first"])]
}
