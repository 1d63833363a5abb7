//! Amounts of money and currencies.

use super::number::number_at;
use crate::fields::gazetteer::{self, Gazetteer};
use crate::fields::token::{Token, TokenKind, on_same_line};
use crate::fields::{Found, Locale};

/// Codes of ISO 4217 that are not also words in capitals.
const CODES: &[&str] = &[
    "AED", "AFN", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BBD", "BDT", "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL",
    "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNH", "CNY", "COP", "CRC", "CVE", "CZK", "DJF", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
    "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR",
    "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB",
    "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS",
    "TMT", "TND", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VES", "VND", "VUV", "WST", "XAF", "XAG", "XAU", "XCD",
    "XOF", "XPF", "YER", "ZAR", "ZMW",
];

/// Codes that are words as well: a currency only beside an amount.
const WORDLIKE_CODES: &[&str] = &["ALL", "BAM", "CUP", "GEL", "MOP", "PEN", "TOP", "TRY"];

/// The currency that a sign means.
fn of_sign(sign: &str, locale: &Locale) -> Option<&'static str> {
    Some(match sign {
        "£" => "GBP",
        "€" => "EUR",
        "$" => locale.dollar,
        "¥" | "円" => "JPY",
        "₹" => "INR",
        "₩" => "KRW",
        "₽" => "RUB",
        "₺" => "TRY",
        "₪" => "ILS",
        "฿" => "THB",
        "₴" => "UAH",
        "₦" => "NGN",
        "₫" => "VND",
        "₱" => "PHP",
        _ => return None,
    })
}

/// The currency of letters before a dollar sign: `US$`.
fn of_dollar(letters: &str) -> Option<&'static str> {
    Some(match letters {
        "US" | "U.S." => "USD",
        "A" | "AU" => "AUD",
        "C" | "CA" | "CAD" => "CAD",
        "NZ" => "NZD",
        "HK" => "HKD",
        "S" | "SG" => "SGD",
        "R" => "BRL",
        "NT" => "TWD",
        _ => return None,
    })
}

/// A currency beside an amount: its code, and the tokens it takes up.
fn before(tokens: &[Token<'_>], at: usize, locale: &Locale) -> Option<(&'static str, usize)> {
    let token = tokens.get(at)?;
    if let Some(code) = of_sign(token.text, locale) {
        let letters = at.checked_sub(1).map(|before| &tokens[before]).filter(|before| before.is_word() && token.is_glued);
        let named = letters.filter(|_| token.text == "$").and_then(|letters| of_dollar(letters.text));
        return Some(named.map_or((code, at), |named| (named, at - 1)));
    }
    let code = code_of(token.text).or(match token.lower.as_str() {
        "rs" => Some("INR"),
        "fr" | "sfr" => Some("CHF"),
        _ => None,
    })?;
    Some((code, at))
}

fn code_of(text: &str) -> Option<&'static str> {
    let is_code = |code: &&&str| **code == text;
    CODES.iter().find(is_code).or_else(|| WORDLIKE_CODES.iter().find(is_code)).copied()
}

/// The currency behind an amount: its code and the first token behind it.
fn after(tokens: &[Token<'_>], at: usize, locale: &Locale) -> Option<(&'static str, usize)> {
    let token = tokens.get(at).filter(|_| on_same_line(tokens, at))?;
    if let Some(code) = of_sign(token.text, locale).or_else(|| code_of(token.text)) {
        // `5 $3` : the sign belongs to what follows.
        let is_of_next = token.kind == TokenKind::Sign
            && !token.is_glued
            && tokens.get(at + 1).is_some_and(|next| next.is_glued && next.is_number());
        return (!is_of_next).then_some((code, at + 1));
    }
    if let Some((end, code)) = names().longest_at(tokens, at) {
        return Some((code_of(code)?, end));
    }
    let code = match token.lower.as_str() {
        "usd" | "eur" | "gbp" | "chf" | "jpy" | "cad" | "aud" => code_of(&token.text.to_uppercase())?,
        "zł" | "zl" => "PLN",
        "kč" => "CZK",
        "kr" => locale.krone?,
        _ => return None,
    };
    Some((code, at + 1))
}

fn names() -> &'static Gazetteer {
    gazetteer::currencies()
}

/// Every amount of money with a currency.
pub(crate) fn find(tokens: &[Token<'_>], locale: &Locale) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    // The first token that no amount has taken yet.
    let mut free = 0;
    let mut at = 0;
    while at < tokens.len() {
        let is_inside = tokens[at].is_glued && at > 0 && tokens[at - 1].is_word() && code_of(tokens[at - 1].text).is_none();
        let number = if is_inside { None } else { number_at(tokens, at, locale) };
        let Some(number) = number else {
            at += 1;
            continue;
        };
        let minus = usize::from(at > 0 && matches!(tokens[at - 1].text, "-" | "−") && tokens[at].is_glued);
        let left = at.checked_sub(1 + minus).filter(|before| tokens[*before].line == tokens[at].line);
        let left = left.and_then(|at| before(tokens, at, locale)).filter(|(_, start)| *start >= free);
        let right = after(tokens, number.end, locale);
        // A code on both sides: `USD 5 EUR`; the nearer sign wins, else the left.
        let (code, start, end) = match (left, right) {
            (Some((code, start)), None) => (code, start, number.end),
            (Some((left, start)), Some((right, end))) if left == right || tokens[start].text == "$" => (right, start, end),
            (Some((code, start)), Some(_)) => (code, start, number.end),
            (None, Some((code, end))) => {
                let start = if minus == 1 && !tokens[at - 1].is_glued { at - 1 } else { at };
                (code, start, end)
            }
            (None, None) => {
                at = number.end;
                continue;
            }
        };
        let is_debit = minus == 1 && (start < at);
        let outer = start.checked_sub(1).filter(|before| tokens[*before].text == "-" && tokens[start].is_glued);
        let outer = outer.filter(|before| !tokens[*before].is_glued && *before >= free);
        let start = outer.unwrap_or(start);
        let sign = if is_debit || outer.is_some() { "-" } else { "" };
        found.push(Found::new(tokens[start].start, tokens[end - 1].end, format!("{sign}{} {code}", number.value)));
        at = end;
        free = end;
    }
    found
}

/// Every currency: codes, signs and names.
pub(crate) fn find_currencies(tokens: &[Token<'_>], locale: &Locale) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let is_free = !token.is_glued || at == 0 || !tokens[at - 1].is_word();
        let named = if token.is_word() && is_free { names().longest_at(tokens, at) } else { None };
        let code = CODES.iter().find(|code| **code == token.text && is_free).copied();
        if let Some((end, code)) = named {
            found.push(Found::new(token.start, tokens[end - 1].end, code.to_owned()));
            at = end;
            continue;
        }
        if let Some(code) = code.or_else(|| of_sign(token.text, locale)) {
            found.push(Found::new(token.start, token.end, code.to_owned()));
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{find, find_currencies};
    use crate::fields::Locale;
    use crate::fields::token::tokens;

    #[test]
    fn amounts_carry_their_currency_in_every_usual_order() {
        let check = |text: &str, locale: &str, place: &str, value: &str| {
            let found: Vec<(&str, String)> = find(&tokens(text), &Locale::of(locale))
                .into_iter()
                .map(|money| (&text[money.start..money.end], money.value))
                .collect();
            assert_eq!(found, [(place, value.to_owned())], "{text}");
        };
        check("pay £1,200.50 now", "en-GB", "£1,200.50", "1200.50 GBP");
        check("41.55£", "en-GB", "41.55£", "41.55 GBP");
        check("USD 1,200", "en-GB", "USD 1,200", "1200 USD");
        check("1.200,50 EUR", "de-DE", "1.200,50 EUR", "1200.50 EUR");
        check("3880 euros!", "en-GB", "3880 euros", "3880 EUR");
        check("five hundred pounds", "en-GB", "five hundred pounds", "500 GBP");
        check("US$3.5m", "en-GB", "US$3.5m", "3500000 USD");
        check("$5 CAD", "en-US", "$5 CAD", "5 CAD");
        check("$5", "en-AU", "$5", "5 AUD");
        check("GBP-20.00 was taken", "en-GB", "GBP-20.00", "-20.00 GBP");
        check("2 million dollars", "en-GB", "2 million dollars", "2000000 USD");
    }

    #[test]
    fn plain_numbers_are_no_money_and_words_no_currency() {
        assert!(find(&tokens("5885 items, 10 TOPS, ALL in"), &Locale::default()).is_empty());
        let found: Vec<String> = find_currencies(&tokens("in USD, Swiss francs or £; ALL TOP"), &Locale::default())
            .into_iter()
            .map(|f| f.value)
            .collect();
        assert_eq!(found, ["USD", "CHF", "GBP"]);
    }
}
