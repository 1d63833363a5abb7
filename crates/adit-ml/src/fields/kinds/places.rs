//! Countries, states of the USA and postcodes of the United Kingdom.

use crate::fields::Found;
use crate::fields::gazetteer::{self, Gazetteer};
use crate::fields::token::{Token, on_same_line};

/// Names that in small letters mean something else.
const CAPITAL_ONLY: &[&str] =
    &["turkey", "china", "chile", "guinea", "mali", "togo", "oman", "palau", "samoa", "maine", "france"];

/// Countries as letters.
const COUNTRY_LETTERS: &[(&str, &str)] = &[
    ("UK", "United Kingdom"),
    ("GB", "United Kingdom"),
    ("USA", "United States"),
    ("US", "United States"),
    ("UAE", "United Arab Emirates"),
    ("DRC", "Democratic Republic of the Congo"),
];

/// States as postal letters; those that are words as well need a ZIP code or a comma before them.
const STATE_LETTERS: &[(&str, &str)] = &[
    ("AL", "Alabama"),
    ("AK", "Alaska"),
    ("AZ", "Arizona"),
    ("AR", "Arkansas"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DE", "Delaware"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("HI", "Hawaii"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("IA", "Iowa"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("ME", "Maine"),
    ("MD", "Maryland"),
    ("MA", "Massachusetts"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MS", "Mississippi"),
    ("MO", "Missouri"),
    ("MT", "Montana"),
    ("NE", "Nebraska"),
    ("NV", "Nevada"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NY", "New York"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VT", "Vermont"),
    ("VA", "Virginia"),
    ("WA", "Washington"),
    ("WV", "West Virginia"),
    ("WI", "Wisconsin"),
    ("WY", "Wyoming"),
    ("DC", "District of Columbia"),
];

/// Letters with which a postcode begins.
const POSTCODE_AREAS: &[&str] = &[
    "AB", "AL", "B", "BA", "BB", "BD", "BF", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH", "CM", "CO", "CR", "CT",
    "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E", "EC", "EH", "EN", "EX", "FK", "FY", "G", "GL", "GU",
    "GY", "HA", "HD", "HG", "HP", "HR", "HS", "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT", "KW", "KY", "L", "LA", "LD",
    "LE", "LL", "LN", "LS", "LU", "M", "ME", "MK", "ML", "N", "NE", "NG", "NN", "NP", "NR", "NW", "OL", "OX", "PA", "PE", "PH",
    "PL", "PO", "PR", "RG", "RH", "RM", "S", "SA", "SE", "SG", "SK", "SL", "SM", "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY",
    "TA", "TD", "TF", "TN", "TQ", "TR", "TS", "TW", "UB", "W", "WA", "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE",
];

fn named(tokens: &[Token<'_>], list: &Gazetteer, letters: impl Fn(usize) -> Option<(usize, &'static str)>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        let is_free = !token.is_glued || at == 0 || !(tokens[at - 1].is_word() || tokens[at - 1].is_any(&["@", ".", "_", "/"]));
        let phrase = list.longest_at(tokens, at).filter(|_| token.is_capital() || !token.is_any(CAPITAL_ONLY));
        match phrase.or_else(|| letters(at)).filter(|_| is_free) {
            Some((end, name)) => {
                found.push(Found::new(token.start, tokens[end - 1].end, name.to_owned()));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// Every country, by its usual English name.
pub(crate) fn find_countries(tokens: &[Token<'_>]) -> Vec<Found> {
    let letters = |at: usize| {
        let token = &tokens[at];
        let by_letters = |text: &str| COUNTRY_LETTERS.iter().find(|(letters, _)| *letters == text).map(|(_, name)| *name);
        if let Some(name) = by_letters(token.text) {
            // `US$` is money.
            let is_money = tokens.get(at + 1).is_some_and(|next| next.is_glued && next.is("$"));
            return (!is_money).then_some((at + 1, name));
        }
        // `U.K.`
        let text = |n: usize| tokens.get(at + n).filter(|token| token.is_glued).map_or("", |token| token.text);
        if text(1) == "." && text(2).len() == 1 && token.text.len() == 1 {
            let end = if text(3) == "." { at + 4 } else { at + 3 };
            return by_letters(&format!("{}{}", token.text, text(2))).map(|name| (end, name));
        }
        None
    };
    named(tokens, gazetteer::countries(), letters)
}

/// Every state of the USA, by its name.
pub(crate) fn find_us_states(tokens: &[Token<'_>]) -> Vec<Found> {
    let letters = |at: usize| {
        let (_, name) = STATE_LETTERS.iter().find(|(letters, _)| *letters == tokens[at].text)?;
        let has_zip =
            tokens.get(at + 1).is_some_and(|next| next.is_number() && next.text.len() == 5 && on_same_line(tokens, at + 1));
        let has_comma = at > 1 && tokens[at - 1].is(",") && tokens[at - 2].is_capital();
        (has_zip || has_comma).then_some((at + 1, *name))
    };
    named(tokens, gazetteer::us_states(), letters)
}

/// Every postcode of the United Kingdom, in capitals with one gap.
pub(crate) fn find_uk_postcodes(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].is_glued && at > 0 && !tokens[at - 1].is_any(&["(", ",", ":", ";", "\"", "."]) {
            continue;
        }
        if let Some((value, end)) = postcode_at(tokens, at) {
            found.push(Found::new(tokens[at].start, tokens[end - 1].end, value));
        }
    }
    found
}

fn postcode_at(tokens: &[Token<'_>], at: usize) -> Option<(String, usize)> {
    let area = tokens[at].text.to_uppercase();
    if !tokens[at].is_word() || !POSTCODE_AREAS.contains(&area.as_str()) {
        return None;
    }
    // What follows without gaps, then perhaps one gap, then a digit and two letters.
    let mut outward = area;
    let mut idx = at + 1;
    while let Some(token) = tokens.get(idx).filter(|token| token.is_glued && (token.is_word() || token.is_number())) {
        outward.push_str(&token.text.to_uppercase());
        idx += 1;
    }
    let is_letter = |c: u8| c.is_ascii_uppercase() && !b"CIKMOV".contains(&c);
    let is_inward = |text: &str| matches!(text.as_bytes(), [a, b, c] if a.is_ascii_digit() && is_letter(*b) && is_letter(*c));
    let is_outward = |text: &str| {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let rest = digits.as_bytes();
        let ends_well = match rest {
            [a] => a.is_ascii_digit(),
            [a, b] => a.is_ascii_digit() && (b.is_ascii_digit() || b.is_ascii_uppercase()),
            _ => false,
        };
        ends_well && text.len() <= 4 && text.len() > digits.len()
    };
    if outward.is_ascii() && outward.len() > 4 {
        let (head, tail) = outward.split_at(outward.len() - 3);
        return (is_outward(head) && is_inward(tail)).then(|| (format!("{head} {tail}"), idx));
    }
    if !is_outward(&outward) || !on_same_line(tokens, idx) {
        return None;
    }
    let digit = tokens.get(idx).filter(|token| token.is_number() && token.text.len() == 1)?;
    let letters = tokens.get(idx + 1).filter(|token| token.is_glued && token.text.len() == 2)?;
    let inward = format!("{}{}", digit.text, letters.text.to_uppercase());
    let goes_on = tokens.get(idx + 2).is_some_and(|next| next.is_glued && (next.is_word() || next.is_number()));
    (is_inward(&inward) && !goes_on).then(|| (format!("{outward} {inward}"), idx + 2))
}

#[cfg(test)]
mod tests {
    use super::{find_countries, find_uk_postcodes, find_us_states};
    use crate::fields::token::tokens;

    #[test]
    fn places_carry_their_usual_name() {
        let values = |found: Vec<crate::fields::Found>| found.into_iter().map(|f| f.value).collect::<Vec<_>>().join("; ");
        assert_eq!(
            values(find_countries(&tokens("from Deutschland to the U.K., USA or New Zealand"))),
            "Germany; United Kingdom; United States; New Zealand"
        );
        assert_eq!(values(find_countries(&tokens("roast turkey, US$5, contact us, ann@uk.com, NewGermany"))), "");
        assert_eq!(
            values(find_us_states(&tokens("Austin, TX or Portland OR 97201, in North Carolina"))),
            "Texas; Oregon; North Carolina"
        );
        assert_eq!(values(find_us_states(&tokens("OK, come IN or not"))), "");
    }

    #[test]
    fn postcodes_are_told_from_codes_that_look_like_them() {
        let values = |text: &str| find_uk_postcodes(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>().join("; ");
        assert_eq!(values("LS1 4AP, sw1a1aa (EC1A 1BB) M1 1AE"), "LS1 4AP; SW1A 1AA; EC1A 1BB; M1 1AE");
        assert_eq!(values("QQ1 4AP LS1 4APX LS12345 LS1 4CI xLS1 4AP"), "");
    }
}
