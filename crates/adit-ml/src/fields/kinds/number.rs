//! Numbers in digits and in words, and percentages.

use crate::fields::token::{Token, on_same_line};
use crate::fields::{Found, Locale};

/// A number that begins at a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    /// The first token behind it.
    pub(crate) end: usize,
    /// Its digits with a point.
    pub(crate) value: String,
    pub(crate) is_in_words: bool,
}

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The number that begins at `at`, in digits or in words, with a word or letter of magnitude behind it.
pub(crate) fn number_at(tokens: &[Token<'_>], at: usize, locale: &Locale) -> Option<Number> {
    let number = digits_at(tokens, at, locale).or_else(|| words_at(tokens, at))?;
    let Some((power, end)) = magnitude_at(tokens, number.end) else { return Some(number) };
    Some(Number { end, value: shifted(&number.value, power)?, ..number })
}

fn digits_at(tokens: &[Token<'_>], at: usize, locale: &Locale) -> Option<Number> {
    let first = tokens.get(at).filter(|token| token.is_number())?;
    let mut end = at + 1;
    let mut written = first.text.to_owned();
    loop {
        let separator = tokens.get(end).filter(|sign| sign.is_glued && matches!(sign.text, "," | "." | "'" | "’"));
        if let Some(separator) = separator
            && let Some(next) = tokens.get(end + 1).filter(|next| next.is_number() && next.is_glued)
        {
            written.push_str(separator.text);
            written.push_str(next.text);
            end += 2;
            continue;
        }
        // `40 000`: groups of three behind at most three digits.
        let is_group = tokens.get(end).is_some_and(|next| {
            next.is_number() && next.text.len() == 3 && next.start == tokens[end - 1].end + 1 && on_same_line(tokens, end)
        });
        let groups_so_far = written.split(' ').skip(1).all(|group| group.len() == 3);
        if is_group
            && tokens[at].text.len() <= 3
            && !written.contains([',', '.'])
            && groups_so_far
            && !tokens[at].text.starts_with('0')
        {
            written.push(' ');
            written.push_str(tokens[end].text);
            end += 1;
            continue;
        }
        break;
    }
    let value = plain(&written, locale.decimal_comma)?;
    Some(Number { end, value, is_in_words: false })
}

/// A number as written, with separators, as digits and a point.
pub(crate) fn plain(written: &str, decimal_comma: bool) -> Option<String> {
    let written: String = written.chars().filter(|c| !matches!(c, ' ' | '\'' | '’')).collect();
    let n_commas = written.matches(',').count();
    let n_points = written.matches('.').count();
    let decimal = match (n_commas, n_points) {
        (0, 0) => None,
        (1.., 1..) => {
            let last = if written.rfind(',') > written.rfind('.') { ',' } else { '.' };
            if written.matches(last).count() > 1 {
                return None;
            }
            Some(last)
        }
        (2.., 0) | (0, 2..) => None,
        (n, _) => {
            let sign = if n == 1 { ',' } else { '.' };
            let (before, after) = written.split_once(sign)?;
            let is_group = after.len() == 3 && (1..=3).contains(&before.len()) && before != "0" && (sign == ',') != decimal_comma;
            (!is_group).then_some(sign)
        }
    };
    let (whole, fraction) = match decimal {
        Some(sign) => written.rsplit_once(sign)?,
        None => (written.as_str(), ""),
    };
    let groups: Vec<&str> = whole.split([',', '.']).collect();
    if groups.len() > 1 && (groups[0].len() > 3 || groups[1..].iter().any(|group| group.len() != 3)) {
        return None;
    }
    let whole = groups.concat();
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

/// The power of ten behind a number, and the token behind it.
fn magnitude_at(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = tokens.get(at).filter(|_| on_same_line(tokens, at))?;
    let is_end = tokens.get(at + 1).is_none_or(|next| !next.is_glued || !next.is_number());
    let power = match token.lower.as_str() {
        "thousand" | "tausend" => 3,
        "million" | "millions" | "mio" | "mln" | "millionen" => 6,
        "billion" | "billions" | "bn" => 9,
        "k" if token.is_glued && is_end => 3,
        "m" | "mm" | "mn" if token.is_glued && is_end => 6,
        _ => return None,
    };
    Some((power, at + 1))
}

/// The digits with the point moved to the right.
fn shifted(value: &str, power: usize) -> Option<String> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if whole.len() > 15 {
        return None;
    }
    let moved: String = fraction.chars().chain(std::iter::repeat('0')).take(power).collect();
    let rest: String = fraction.chars().skip(power).collect();
    let digits = format!("{whole}{moved}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    Some(if rest.is_empty() { digits.to_owned() } else { format!("{digits}.{rest}") })
}

/// A cardinal in English words: `three hundred and five`, `twenty-one`.
fn words_at(tokens: &[Token<'_>], at: usize) -> Option<Number> {
    let mut total = 0u64;
    let mut group = 0u64;
    let mut end = at;
    let mut idx = at;
    while let Some(token) = tokens.get(idx) {
        let word = token.lower.as_str();
        let unit = UNITS.iter().position(|unit| *unit == word);
        let ten = TENS.iter().position(|ten| *ten == word);
        let is_start = idx == at;
        if !is_start && !on_same_line(tokens, idx) {
            break;
        }
        match (unit, ten, word) {
            (Some(unit), _, _) if group.is_multiple_of(100) || (group.is_multiple_of(10) && unit < 10 && group % 100 >= 20) => {
                group += unit as u64;
            }
            (_, Some(ten), _) if group.is_multiple_of(100) => group += 10 * (ten as u64 + 2),
            (_, _, "hundred") if (1..100).contains(&group) => group *= 100,
            (_, _, "thousand") if group > 0 && total == 0 => (total, group) = (group * 1000, 0),
            (_, _, "and" | "-") if !is_start && tokens.get(idx + 1).is_some_and(|next| is_number_word(&next.lower)) => {
                idx += 1;
                continue;
            }
            _ => break,
        }
        idx += 1;
        end = idx;
    }
    // A lone `one` is a pronoun more often than a number.
    if end == at || (end == at + 1 && tokens[at].is("one")) {
        return None;
    }
    Some(Number { end, value: (total + group).to_string(), is_in_words: true })
}

fn is_number_word(lower: &str) -> bool {
    UNITS.contains(&lower) || TENS.contains(&lower)
}

/// Whether a token is a number in digits or a word of one; for features.
pub(crate) fn is_numeric(token: &Token<'_>) -> bool {
    token.is_number() || is_number_word(&token.lower)
}

/// Every number that is not part of something longer, such as a code or a date with slashes.
pub(crate) fn find(tokens: &[Token<'_>], locale: &Locale) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(number) = number_at(tokens, at, locale) else {
            at += 1;
            continue;
        };
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let is_glued_left = tokens[at].is_glued && before.is_some_and(|before| before.is_word() || is_joint(before));
        let is_glued_right = tokens.get(number.end).is_some_and(|next| {
            let goes_on = tokens.get(number.end + 1).is_some_and(|after| after.is_glued && after.is_number());
            next.is_glued && (next.is_word() || is_joint(next) && goes_on)
        });
        if is_glued_left || is_glued_right {
            at = number.end;
            continue;
        }
        let is_negative = before.is_some_and(|sign| matches!(sign.text, "-" | "−") && tokens[at].is_glued && !sign.is_glued);
        let start = if is_negative { tokens[at - 1].start } else { tokens[at].start };
        let sign = if is_negative { "-" } else { "" };
        found.push(Found::new(start, tokens[number.end - 1].end, format!("{sign}{}", number.value)));
        at = number.end;
    }
    found
}

/// Signs that bind digits into dates, times, codes and versions.
fn is_joint(token: &Token<'_>) -> bool {
    matches!(token.text, "/" | ":" | "." | "," | "_" | "#" | "@")
}

/// Numbers followed by a sign or word of per cent.
pub(crate) fn find_percentages(tokens: &[Token<'_>], locale: &Locale) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(number) = number_at(tokens, at, locale) else {
            at += 1;
            continue;
        };
        let same_line = |n: usize| tokens.get(n).filter(|_| on_same_line(tokens, n));
        let is = |n: usize, words: &[&str]| same_line(n).is_some_and(|token| token.is_any(words));
        let end = if is(number.end, &["%", "percent", "pct", "prozent", "procent", "％", "percentage"]) {
            Some(number.end + 1)
        } else if is(number.end, &["per", "pour", "por", "per"]) && is(number.end + 1, &["cent", "ciento", "cento"]) {
            Some(number.end + 2)
        } else {
            None
        };
        if let Some(end) = end {
            let is_negative =
                at > 0 && matches!(tokens[at - 1].text, "-" | "−") && tokens[at].is_glued && !tokens[at - 1].is_glued;
            let (start, sign) = if is_negative { (tokens[at - 1].start, "-") } else { (tokens[at].start, "") };
            found.push(Found::new(start, tokens[end - 1].end, format!("{sign}{}%", number.value)));
        }
        at = end.unwrap_or(number.end);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{find, find_percentages, plain};
    use crate::fields::Locale;
    use crate::fields::token::tokens;

    #[test]
    fn separators_are_read_as_people_mean_them() {
        let check = |written: &str, decimal_comma: bool, expected: Option<&str>| {
            assert_eq!(plain(written, decimal_comma).as_deref(), expected, "{written}");
        };
        check("1,234.56", false, Some("1234.56"));
        check("1.234,56", false, Some("1234.56"));
        check("1'234'567", false, Some("1234567"));
        check("1,234", false, Some("1234"));
        check("1,234", true, Some("1.234"));
        check("1.234", true, Some("1234"));
        check("0.125", true, Some("0.125"));
        check("41.55", true, Some("41.55"));
        check("12,34,567", false, None);
    }

    #[test]
    fn numbers_stand_in_digits_and_words_but_not_in_codes() {
        let found = |text: &str| {
            let values: Vec<String> = find(&tokens(text), &Locale::default()).into_iter().map(|f| f.value).collect();
            values.join(" ")
        };
        assert_eq!(found("send 3 boxes, three hundred and five units, -4 and 2.5 million"), "3 305 -4 2500000");
        assert_eq!(found("40 000 people, 3k more"), "40000 3000");
        assert_eq!(found("ref AB12, 12/03/2024, at 10:30, v1.2.3 and this one"), "");
        assert_eq!(found("twenty-one or 21."), "21 21");
    }

    #[test]
    fn percentages_keep_their_sign() {
        let found: Vec<String> = find_percentages(&tokens("up 12.5%, down -3 per cent, 5 men"), &Locale::default())
            .into_iter()
            .map(|f| f.value)
            .collect();
        assert_eq!(found, ["12.5%", "-3%"]);
    }
}
