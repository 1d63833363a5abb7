//! Codes with check digits: IBAN, BIC, LEI, ISIN, CUSIP, SEDOL.

use crate::fields::Found;
use crate::fields::token::Token;

/// Countries with IBANs and how long these are.
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NL", 18),
    ("NO", 15),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SC", 31),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
];

/// Countries by their two letters.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW \
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB \
    GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM \
    KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC \
    NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL \
    SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK \
    YE YT ZA ZM ZW";

fn is_country(letters: &str) -> bool {
    letters.len() == 2 && COUNTRIES.split(' ').any(|country| country == letters)
}

/// A run of letters and digits without gaps: first token, the first behind it, its text in capitals.
type Run = (usize, usize, String);

/// Runs of ASCII letters and digits.
fn runs(tokens: &[Token<'_>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_part = (token.is_word() || token.is_number()) && token.text.is_ascii();
        match runs.last_mut() {
            _ if !is_part => {}
            Some((_, end, text)) if *end == at && token.is_glued => {
                *end = at + 1;
                text.push_str(&token.text.to_ascii_uppercase());
            }
            _ => runs.push((at, at + 1, token.text.to_ascii_uppercase())),
        }
    }
    runs
}

fn found(tokens: &[Token<'_>], start: usize, end: usize, value: String) -> Found {
    Found::new(tokens[start].start, tokens[end - 1].end, value)
}

/// Whether a code of letters was written in capitals and stands alone.
fn is_code(tokens: &[Token<'_>], run: &Run) -> bool {
    let (start, end, _) = run;
    let is_capital = tokens[*start..*end].iter().all(|token| token.is_number() || token.is_all_capitals());
    let joins = |token: &Token<'_>| matches!(token.text, "_" | "@" | "/" | "\\" | "=");
    let is_joined = *start > 0 && tokens[*start].is_glued && joins(&tokens[start - 1])
        || tokens.get(*end).is_some_and(|next| next.is_glued && joins(next));
    is_capital && !is_joined
}

/// Whether a word stands shortly before, on this or the line above.
fn is_announced(tokens: &[Token<'_>], at: usize, words: &[&str]) -> bool {
    let line = tokens[at].line;
    tokens[at.saturating_sub(6)..at].iter().any(|token| token.line + 1 >= line && token.is_any(words))
}

/// The rest of a number in letters and digits by 97, letters counting from 10.
fn mod_97(mut text: impl Iterator<Item = u8>) -> Option<u32> {
    text.try_fold(0, |rest: u32, c| {
        let digit = char::from(c).to_digit(36)?;
        Some(if digit < 10 { (rest * 10 + digit) % 97 } else { (rest * 100 + digit) % 97 })
    })
}

/// Whether the check digits of an IBAN without gaps are right (ISO 13616).
fn is_iban(text: &str) -> bool {
    let length = text.get(..2).and_then(|country| IBAN_LENGTHS.iter().find(|(known, _)| *known == country));
    length.is_some_and(|(_, length)| *length == text.len())
        && text.as_bytes()[2..4].iter().all(u8::is_ascii_digit)
        && mod_97(text.bytes().skip(4).chain(text.bytes().take(4))) == Some(1)
}

/// Every IBAN, written with or without gaps.
pub(crate) fn find_ibans(tokens: &[Token<'_>]) -> Vec<Found> {
    let runs = runs(tokens);
    let mut ibans = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let (start, _, first) = &runs[at];
        let length = first.get(..2).and_then(|country| IBAN_LENGTHS.iter().find(|(known, _)| *known == country));
        let mut text = String::new();
        let mut next = at;
        if let Some((_, length)) = length.filter(|_| first.len() >= 4) {
            // Groups follow one another with one gap.
            while text.len() < *length
                && next < runs.len()
                && (next == at || tokens[runs[next].0].start == tokens[runs[next - 1].1 - 1].end + 1)
            {
                text.push_str(&runs[next].2);
                next += 1;
            }
        }
        if is_iban(&text) {
            ibans.push(found(tokens, *start, runs[next - 1].1, text));
            at = next;
        } else {
            at += 1;
        }
    }
    ibans
}

/// Beginnings of banks whose codes hold no digit to be known by.
const BANKS: &[&str] = &[
    "ABNA", "BARC", "BBRU", "BBVA", "BCIT", "BKEN", "BNPA", "BOFA", "BOFI", "BOFS", "BPPI", "BRED", "BSCH", "CAIX", "CHAS",
    "CITI", "CMCI", "COBA", "CRES", "CRLY", "DABA", "DEUT", "DNBA", "ESSE", "GEBA", "GENO", "GIBA", "HAND", "HBUK", "HSBC",
    "HYVE", "INGB", "INGD", "KRED", "LOYD", "MARK", "MIDL", "NDEA", "NTSB", "NWBK", "PNBP", "POFI", "PSST", "RABO", "RBOS",
    "REVO", "RZBA", "SCBL", "SOGE", "SWED", "TRIO", "TRWI", "UBSW", "UNCR", "ZKBK",
];

/// Every BIC (ISO 9362): by a word before it, a digit or the branch in it, or a known bank.
pub(crate) fn find_bics(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut bics = Vec::new();
    for run in runs(tokens) {
        let text = &run.2;
        let is_shaped = matches!(text.len(), 8 | 11)
            && text.as_bytes()[..4].iter().all(u8::is_ascii_uppercase)
            && is_country(&text[4..6])
            && is_code(tokens, &run);
        let is_known = || {
            BANKS.contains(&&text[..4])
                || text.len() == 11 && text.ends_with("XXX")
                || text.bytes().skip(6).any(|c| c.is_ascii_digit())
                || is_announced(tokens, run.0, &["bic", "swift"])
        };
        if is_shaped && is_known() {
            bics.push(found(tokens, run.0, run.1, text.clone()));
        }
    }
    bics
}

/// Every LEI (ISO 17442).
pub(crate) fn find_leis(tokens: &[Token<'_>]) -> Vec<Found> {
    let is_lei = |run: &Run| {
        run.2.len() == 20
            && run.2.bytes().skip(18).all(|c| c.is_ascii_digit())
            && run.2.bytes().any(|c| c.is_ascii_uppercase())
            && mod_97(run.2.bytes()) == Some(1)
    };
    runs(tokens).into_iter().filter(is_lei).map(|run| found(tokens, run.0, run.1, run.2)).collect()
}

/// Digits of letters and digits, two for each letter, right to left, every second one doubled (Luhn).
fn passes_luhn(text: &str) -> bool {
    let mut digits = Vec::with_capacity(2 * text.len());
    for c in text.chars() {
        let Some(value) = c.to_digit(36) else { return false };
        if value >= 10 {
            digits.push(value / 10);
        }
        digits.push(value % 10);
    }
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(n, digit)| if n % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }).sum();
    sum.is_multiple_of(10)
}

/// Every ISIN (ISO 6166).
pub(crate) fn find_isins(tokens: &[Token<'_>]) -> Vec<Found> {
    let is_isin = |run: &Run| {
        run.2.len() == 12
            && (is_country(&run.2[..2]) || matches!(&run.2[..2], "XS" | "EU" | "XA" | "XB" | "XC" | "XD" | "XF"))
            && run.2.ends_with(|c: char| c.is_ascii_digit())
            && run.2.bytes().filter(u8::is_ascii_digit).count() >= 2
            && passes_luhn(&run.2)
    };
    runs(tokens).into_iter().filter(is_isin).map(|run| found(tokens, run.0, run.1, run.2)).collect()
}

/// Whether the ninth character checks the eight before it.
fn passes_cusip(text: &str) -> bool {
    let mut sum = 0;
    for (n, c) in text.chars().take(8).enumerate() {
        let Some(value) = c.to_digit(36) else { return false };
        let value = if n % 2 == 1 { 2 * value } else { value };
        sum += value / 10 + value % 10;
    }
    text.chars().nth(8).and_then(|c| c.to_digit(10)) == Some((10 - sum % 10) % 10)
}

/// Every CUSIP; nine digits alone only after the word.
pub(crate) fn find_cusips(tokens: &[Token<'_>]) -> Vec<Found> {
    let is_cusip = |run: &Run| {
        let has_both = run.2.bytes().any(|c| c.is_ascii_uppercase()) && run.2.bytes().take(3).all(|c| c.is_ascii_digit());
        run.2.len() == 9 && passes_cusip(&run.2) && is_code(tokens, run) && (has_both || is_announced(tokens, run.0, &["cusip"]))
    };
    runs(tokens).into_iter().filter(is_cusip).map(|run| found(tokens, run.0, run.1, run.2)).collect()
}

/// Whether the seventh character checks the six before it; SEDOLs hold no vowels.
fn passes_sedol(text: &str) -> bool {
    let mut sum = 0;
    for (c, weight) in text.chars().zip([1, 3, 1, 7, 3, 9, 1]) {
        match c.to_digit(36) {
            Some(value) if !"AEIOU".contains(c) => sum += weight * value,
            _ => return false,
        }
    }
    sum.is_multiple_of(10) && text.ends_with(|c: char| c.is_ascii_digit())
}

/// Every SEDOL; seven digits alone only after the word.
pub(crate) fn find_sedols(tokens: &[Token<'_>]) -> Vec<Found> {
    let is_sedol = |run: &Run| {
        let is_new = run.2.starts_with(|c: char| c.is_ascii_uppercase()) && run.2.bytes().any(|c| c.is_ascii_digit());
        run.2.len() == 7 && passes_sedol(&run.2) && is_code(tokens, run) && (is_new || is_announced(tokens, run.0, &["sedol"]))
    };
    runs(tokens).into_iter().filter(is_sedol).map(|run| found(tokens, run.0, run.1, run.2)).collect()
}

#[cfg(test)]
mod tests {
    use super::{find_bics, find_cusips, find_ibans, find_isins, find_leis, find_sedols};
    use crate::fields::Found;
    use crate::fields::token::{Token, tokens};

    fn check(find: fn(&[Token<'_>]) -> Vec<Found>, text: &str, expected: &[&str]) {
        assert_eq!(find(&tokens(text)).into_iter().map(|f| f.value).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn check_digits_decide() {
        check(
            find_ibans,
            "IBAN: GB82 WEST 1234 5698 7654 32, DE89370400440532013000",
            &["GB82WEST12345698765432", "DE89370400440532013000"],
        );
        check(find_ibans, "GB82 WEST 1234 5698 7654 33 and DE8937040044053201300", &[]);
        check(find_leis, "LEI 529900T8BM49AURSDO55 not 529900T8BM49AURSDO56", &["529900T8BM49AURSDO55"]);
        check(find_isins, "US0378331005, GB0002634946 and US0378331006", &["US0378331005", "GB0002634946"]);
        check(find_cusips, "037833100 is nothing, CUSIP 037833100 is, 17275R102 too", &["037833100", "17275R102"]);
        check(find_sedols, "SEDOL 0263494 or B0YBKJ7, not 0263494 alone far away from B0YBKJ8", &["0263494", "B0YBKJ7"]);
    }

    #[test]
    fn words_in_capitals_are_no_bank() {
        check(find_bics, "BIC: ABCDGB2L; DEUTDEFF, COBADEFFXXX", &["ABCDGB2L", "DEUTDEFF", "COBADEFFXXX"]);
        check(find_bics, "THE DOCUMENT SHOULD BE IN CAPITALS TOMORROW", &[]);
    }
}
