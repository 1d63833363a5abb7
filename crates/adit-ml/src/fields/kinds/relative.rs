//! Days that are told from the day of the message: tomorrow, in three days, two months ago.

use chrono::{Days, Months, NaiveDate};

use super::number::number_at;
use crate::fields::Locale;
use crate::fields::token::Token;

/// The day that begins at a token, and the first token behind it.
pub(crate) fn day_at(tokens: &[Token<'_>], at: usize, today: NaiveDate, is_past: bool) -> Option<(NaiveDate, usize)> {
    named(tokens, at, today, is_past).or_else(|| counted(tokens, at, today))
}

fn named(tokens: &[Token<'_>], at: usize, today: NaiveDate, is_past: bool) -> Option<(NaiveDate, usize)> {
    let word = |n: usize| tokens.get(at + n).map_or("", |token| token.lower.as_str());
    let before = at.checked_sub(1).map_or("", |before| tokens[before].lower.as_str());
    let ahead = |days| today.checked_add_days(Days::new(days));
    let back = |days| today.checked_sub_days(Days::new(days));
    let from_the = usize::from(word(0) == "the");
    match (word(from_the), word(from_the + 1), word(from_the + 2)) {
        ("day", "after", "tomorrow") => return Some((ahead(2)?, at + from_the + 3)),
        ("day", "before", "yesterday") => return Some((back(2)?, at + from_the + 3)),
        _ => {}
    }
    let (date, n_tokens) = match (word(0), word(1)) {
        ("today" | "tonight" | "heute" | "oggi" | "hoy" | "vandaag" | "hoje", _) => (Some(today), 1),
        ("aujourd", "'" | "’") if word(2) == "hui" => (Some(today), 3),
        ("this", "morning" | "afternoon" | "evening") => (Some(today), 2),
        ("tomorrow" | "demain" | "domani" | "amanhã", _) => (ahead(1), 1),
        // `Guten Morgen` greets, `mañana` is also the morning.
        ("morgen", _) if !matches!(before, "guten" | "goede" | "am" | "jeden" | "de") && word(0).len() == 6 && !is_past => {
            let is_name = tokens[at].is_capital();
            (if is_name { None } else { ahead(1) }, 1)
        }
        ("yesterday" | "gestern" | "ieri" | "ayer" | "gisteren" | "ontem", _) => (back(1), 1),
        ("übermorgen" | "overmorgen", _) => (ahead(2), 1),
        ("vorgestern" | "eergisteren", _) => (back(2), 1),
        ("last", "night") => (back(1), 2),
        _ => return None,
    };
    Some((date?, at + n_tokens))
}

/// `in 3 days`, `2 months ago`, `a week from now`.
fn counted(tokens: &[Token<'_>], at: usize, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let has_in = tokens[at].is_any(&["in", "within"]);
    let start = at + usize::from(has_in);
    let (n, next) = amount_at(tokens, start)?;
    let unit = tokens.get(next)?;
    let date = |forward: bool| match (unit.lower.as_str(), forward) {
        ("day" | "days", true) => today.checked_add_days(Days::new(u64::from(n))),
        ("day" | "days", false) => today.checked_sub_days(Days::new(u64::from(n))),
        ("week" | "weeks", true) => today.checked_add_days(Days::new(7 * u64::from(n))),
        ("week" | "weeks", false) => today.checked_sub_days(Days::new(7 * u64::from(n))),
        ("month" | "months", true) => today.checked_add_months(Months::new(n)),
        ("month" | "months", false) => today.checked_sub_months(Months::new(n)),
        ("year" | "years", true) => today.checked_add_months(Months::new(n.checked_mul(12)?)),
        ("year" | "years", false) => today.checked_sub_months(Months::new(n.checked_mul(12)?)),
        _ => None,
    };
    let word = |k: usize| tokens.get(next + k).map_or("", |token| token.lower.as_str());
    match (has_in, word(1), word(2)) {
        (_, "ago", _) => Some((date(false)?, next + 2)),
        (_, "from", "now" | "today") => Some((date(true)?, next + 3)),
        (true, "time", _) => Some((date(true)?, next + 2)),
        (true, ..) => Some((date(true)?, next + 1)),
        _ => None,
    }
}

fn amount_at(tokens: &[Token<'_>], at: usize) -> Option<(u32, usize)> {
    let token = tokens.get(at)?;
    if token.is_any(&["a", "an", "one"]) {
        return Some((1, at + 1));
    }
    if token.is("couple") && tokens.get(at + 1).is_some_and(|next| next.is("of")) {
        return Some((2, at + 2));
    }
    let number = number_at(tokens, at, &Locale::default())?;
    let n = number.value.parse().ok().filter(|n| *n < 10_000)?;
    Some((n, number.end))
}
