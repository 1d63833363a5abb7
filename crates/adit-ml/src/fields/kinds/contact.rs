//! E-mail addresses, web addresses and telephone numbers.

use std::sync::LazyLock;

use regex::Regex;

use super::compiled;
use crate::fields::Found;

/// Every e-mail address; its domain in small letters.
pub(crate) fn find_emails(text: &str) -> Vec<Found> {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        compiled(r"(?i)[a-z0-9_][a-z0-9._%+'\-]{0,63}@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}\b")
    });
    let Some(pattern) = PATTERN.as_ref().filter(|_| text.contains('@')) else { return Vec::new() };
    let value = |address: &str| match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.to_owned(),
    };
    pattern.find_iter(text).map(|m| Found::new(m.start(), m.end(), value(m.as_str()))).collect()
}

/// Every web address with a scheme, a leading `www.`, or a usual ending; signs of the sentence are left out.
pub(crate) fn find_urls(text: &str) -> Vec<Found> {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        compiled(concat!(
            r#"(?i)\b(?:https?://|ftp://|www\.)[^\s<>"“”\[\]{}|\\^`]+"#,
            r"|\b[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?(?:\.[a-z0-9\-]{1,63}){0,4}\.(?:com|org|net|edu|gov|info|io|ai|co\.uk|org\.uk|ac\.uk|gov\.uk|de|fr|eu|nl|es|it|ch|at|be)\b",
            r#"(?:[/?#][^\s<>"“”\[\]{}|\\^`]*)?"#
        ))
    });
    let Some(pattern) = PATTERN.as_ref().filter(|_| text.contains('.') || text.contains("://")) else { return Vec::new() };
    let mut found = Vec::new();
    for m in pattern.find_iter(text) {
        let is_of_address = text[..m.start()].ends_with(['@', '/', '-', '_']) || text[m.end()..].starts_with('@');
        let trimmed = trimmed(m.as_str());
        if is_of_address || trimmed.len() < 4 || trimmed.ends_with("://") {
            continue;
        }
        found.push(Found::new(m.start(), m.start() + trimmed.len(), trimmed.to_owned()));
    }
    found
}

/// Without the signs that end the sentence around it.
fn trimmed(mut url: &str) -> &str {
    loop {
        let opened = |open: char, close: char| url.matches(open).count() >= url.matches(close).count();
        let last = url.chars().next_back();
        let drops = match last {
            Some('.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '’' | '…') => true,
            Some(')') => !opened('(', ')'),
            _ => false,
        };
        if !drops {
            return url;
        }
        url = &url[..url.len() - last.map_or(1, char::len_utf8)];
    }
}

/// Codes of countries and regions; one digit stands for the whole block.
const CALLING_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92",
    "93", "94", "95", "98", "21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "80",
    "85", "87", "88", "96", "97", "99",
];

/// Words that announce a number to call.
const CUES: &[&str] = &[
    "tel", "phone", "call", "mobile", "mob", "fax", "whatsapp", "ring", "cell", "telefon", "dial", "number", "contact", "t:",
    "m:", "p:",
];

/// Every telephone number: international ones by their `+` or `00`, others by their form or a word before them.
/// The value is digits, with `+` where the country is known.
pub(crate) fn find_phones(text: &str) -> Vec<Found> {
    static PATTERN: LazyLock<Option<Regex>> =
        LazyLock::new(|| compiled(r"(?:\+|\b00|\(|\b)[0-9][0-9 ().\-/\u{a0}]{5,24}[0-9]\b"));
    let Some(pattern) = PATTERN.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for m in pattern.find_iter(text) {
        let start = m.start();
        let before = &text[..start];
        let is_joined =
            before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '.' | '_' | '#' | '$' | '£' | '€' | ','));
        let goes_on = text[m.end()..].starts_with(['%', '€', '£', ':', '_']);
        if is_joined || goes_on || !is_one_number(m.as_str()) {
            continue;
        }
        if let Some(value) = phone(m.as_str(), before) {
            found.push(Found::new(start, m.end(), value));
        }
    }
    found
}

/// No two gaps beside each other, no dates, no more signs than digits.
fn is_one_number(written: &str) -> bool {
    let is_double = |pair: &[u8]| pair.iter().all(|c| !c.is_ascii_digit()) && !matches!(pair, b") " | b" (" | b")-" | b"+(");
    let n_digits = written.bytes().filter(u8::is_ascii_digit).count();
    !written.as_bytes().windows(2).any(is_double)
        && n_digits * 2 > written.len()
        && written.matches('(').count() == written.matches(')').count()
}

fn phone(written: &str, before: &str) -> Option<String> {
    let digits: String = written.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let international = if written.starts_with('+') { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    if let Some(digits) = international {
        let is_known = CALLING_CODES.iter().any(|code| digits.starts_with(code));
        return (is_known && (8..=15).contains(&digits.len())).then(|| format!("+{digits}"));
    }
    let n_groups = written.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    let is_date =
        written.split(['-', '/', '.']).map(str::len).eq([4, 2, 2]) || written.split(['-', '/', '.']).map(str::len).eq([2, 2, 4]);
    if is_date || !(7..=13).contains(&digits.len()) {
        return None;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let tail: String = line.chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect::<String>().to_lowercase();
    let is_announced = CUES.iter().any(|cue| tail.contains(cue))
        && !["account", "order", "invoice", "policy", "reference"].iter().any(|word| tail.contains(word));
    // `020 7946 0018`, `(212) 555-0123`, `212-555-0123`.
    let is_trunk = digits.starts_with('0') && (10..=12).contains(&digits.len()) && n_groups >= 2;
    let lengths: Vec<usize> =
        written.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).map(str::len).collect();
    let is_american = lengths == [3, 3, 4] && !written.contains('/');
    (is_announced || is_trunk || is_american).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::{find_emails, find_phones, find_urls};

    fn texts(text: &str, found: Vec<crate::fields::Found>) -> Vec<String> {
        found.into_iter().map(|f| format!("{}={}", &text[f.start..f.end], f.value)).collect()
    }

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        let text = "Write to Ann.Lee+x@Acme.CO.UK. See https://acme.test/a_(b)?q=1, (www.acme.com/x) or acme.io/help!";
        assert_eq!(texts(text, find_emails(text)), ["Ann.Lee+x@Acme.CO.UK=Ann.Lee+x@acme.co.uk"]);
        let urls: Vec<String> = find_urls(text).into_iter().map(|f| f.value).collect();
        assert_eq!(urls, ["https://acme.test/a_(b)?q=1", "www.acme.com/x", "acme.io/help"]);
        assert!(find_urls("e.g. this.That and 3.14, v1.2").is_empty());
    }

    #[test]
    fn telephone_numbers_are_told_from_other_digits() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(find_phones(text).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}")
        };
        check("ring +44 (0)20 7946 0018 today", &["+442079460018"]);
        check("0044 20 7946 0018", &["+442079460018"]);
        check("020 7946 0018 or (212) 555-0123", &["02079460018", "2125550123"]);
        check("Tel: 5550123", &["5550123"]);
        check("on 2024-03-05, 12/03/2024, order 123456789, £1 200 000, 4111 1111 1111 1111", &[]);
        check("account number 12345678, +999 123", &[]);
    }
}
