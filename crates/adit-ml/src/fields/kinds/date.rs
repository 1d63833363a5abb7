//! Dates that name a day of a month: in digits, or with the month in letters.

use chrono::NaiveDate;

use super::calendar::{Which, formatted, full_year, month, of_weekday, weekday, without_month, without_year};
use super::relative;
use crate::fields::token::{Token, on_same_line};
use crate::fields::{Context, Found};

/// A date that begins at a token, and the first token behind it.
pub(crate) type Parsed = (NaiveDate, usize);

/// Every date of a text, the longest reading of each place.
pub(crate) fn find(tokens: &[Token<'_>], context: &Context) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_inside_word = tokens[at].is_glued && at > 0 && !is_opening(&tokens[at - 1]);
        let parsed = if is_inside_word { None } else { date_at(tokens, at, context) };
        match parsed {
            Some((date, end)) => {
                // `the 5th`: the article is not part of the date.
                let first = at + usize::from(tokens[at].is("the"));
                found.push(Found::new(tokens[first].start, tokens[end - 1].end, formatted(date)));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// Signs after which something new begins.
fn is_opening(token: &Token<'_>) -> bool {
    matches!(
        token.text,
        "(" | "[" | "\"" | "'" | ":" | ";" | "," | "." | "–" | "—" | "“" | "‘" | "*" | ">" | "|" | "=" | "!" | "?"
    )
}

fn date_at(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Parsed> {
    let readings = [
        in_digits(tokens, at, context),
        with_weekday(tokens, at, context),
        day_first(tokens, at, context),
        month_first(tokens, at, context),
        relative::day_at(tokens, at, context.today(), is_past(tokens, at)),
        of_month(tokens, at, context),
    ];
    readings.into_iter().flatten().max_by_key(|(_, end)| *end)
}

fn sign<'a, 't>(tokens: &'a [Token<'t>], at: usize, signs: &[&str]) -> Option<&'a Token<'t>> {
    tokens.get(at).filter(|token| token.is_glued && signs.contains(&token.text))
}

/// `2024-03-05`, `05/03/2024`, `5.3.24`; the locale decides where both readings are possible.
fn in_digits(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Parsed> {
    let first = tokens.get(at)?;
    let separator = sign(tokens, at + 1, &["-", "/", "."])?;
    let second = tokens.get(at + 2).filter(|token| token.is_glued)?;
    let (a, b) = (first.small_number()?, second.small_number()?);
    let ends_here = |n: usize| {
        let joined = sign(tokens, n, &["-", "/", ".", "_", ":"]).is_some();
        let goes_on = tokens.get(n + 1).is_some_and(|next| next.is_glued && next.is_number());
        !(joined && goes_on || tokens.get(n).is_some_and(|next| next.is_glued && next.is_word() && !next.is("t")))
    };
    if let Some(again) = sign(tokens, at + 3, &["-", "/", "."])
        && again.text == separator.text
        && let Some(third) = tokens.get(at + 4).filter(|token| token.is_glued)
        && let Some(c) = third.small_number()
        && ends_here(at + 5)
    {
        if first.text.len() == 4 && second.text.len() <= 2 && third.text.len() <= 2 {
            return Some((NaiveDate::from_ymd_opt(a as i32, b, c)?, at + 5));
        }
        if first.text.len() > 2 || second.text.len() > 2 {
            return None;
        }
        let year = match third.text.len() {
            4 => c as i32,
            2 => full_year(context.today(), c),
            _ => return None,
        };
        let (day, month) = ordered(a, b, context.locale.month_first && separator.text != ".")?;
        return Some((NaiveDate::from_ymd_opt(year, month, day)?, at + 5));
    }
    // Without a year only after a word that announces a date: `1/2` is a half otherwise.
    let is_announced = at > 0
        && tokens[at - 1]
            .is_any(&["on", "by", "from", "until", "till", "since", "due", "dated", "before", "after", "am", "le", "el", "op"]);
    if separator.text == "/" && is_announced && first.text.len() <= 2 && second.text.len() <= 2 && ends_here(at + 3) {
        let (day, month) = ordered(a, b, context.locale.month_first)?;
        return Some((without_year(context.today(), month, day, is_past(tokens, at))?, at + 3));
    }
    None
}

/// Day and month of two numbers.
fn ordered(a: u32, b: u32, month_first: bool) -> Option<(u32, u32)> {
    let is_pair = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    match month_first {
        true if is_pair(b, a) => Some((b, a)),
        false if is_pair(a, b) => Some((a, b)),
        _ if is_pair(a, b) => Some((a, b)),
        _ if is_pair(b, a) => Some((b, a)),
        _ => None,
    }
}

/// A day of the month with or without its ordinal ending: day, the first token behind it, whether it had one.
fn day_number(tokens: &[Token<'_>], at: usize) -> Option<(u32, usize, bool)> {
    let token = tokens.get(at).filter(|token| token.is_number() && token.text.len() <= 2)?;
    let day = token.small_number().filter(|day| (1..=31).contains(day))?;
    let next = tokens.get(at + 1).filter(|next| next.is_glued);
    if next.is_some_and(|next| next.is_any(&["st", "nd", "rd", "th", "er", "º", "ª", "e"])) {
        return Some((day, at + 2, true));
    }
    // `5. März`: a point and a gap.
    if next.is_some_and(|next| next.is("."))
        && tokens.get(at + 2).is_some_and(|after| after.is_word() && month(&after.lower).is_some())
    {
        return Some((day, at + 2, true));
    }
    Some((day, at + 1, false))
}

/// The number of a month in letters and the token behind it; `may` and `mar` only as names.
fn month_name(tokens: &[Token<'_>], at: usize) -> Option<(u32, usize)> {
    let token = tokens.get(at).filter(|token| token.is_word())?;
    let number = month(&token.lower)?;
    let is_point = token.text.chars().count() <= 4 && sign(tokens, at + 1, &["."]).is_some();
    Some((number, if is_point { at + 2 } else { at + 1 }))
}

/// A year behind a date: `2024`, `, 2024`, `of 2024`, `'24`.
fn year_at(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<(i32, usize)> {
    if !on_same_line(tokens, at) {
        return None;
    }
    let next = &tokens[at];
    let skip = usize::from(next.is_any(&[",", "of", "de", "del", "-", "/"]));
    let quoted = tokens.get(at + skip).is_some_and(|token| matches!(token.text, "'" | "’"));
    let at = at + skip + usize::from(quoted);
    let token = tokens.get(at).filter(|token| token.is_number())?;
    let is_time = sign(tokens, at + 1, &[":"]).is_some();
    match token.text.len() {
        4 if !is_time => {
            let year: i32 = token.text.parse().ok()?;
            (1900..2200).contains(&year).then_some((year, at + 1))
        }
        2 if quoted || (token.is_glued && skip == 1) => Some((full_year(context.today(), token.small_number()?), at + 1)),
        _ => None,
    }
}

fn finished(tokens: &[Token<'_>], at: usize, end: usize, month: u32, day: u32, context: &Context) -> Option<Parsed> {
    if let Some((year, end)) = year_at(tokens, end, context) {
        return Some((NaiveDate::from_ymd_opt(year, month, day)?, end));
    }
    Some((without_year(context.today(), month, day, is_past(tokens, at))?, end))
}

/// `5 March 2024`, `the 5th of March`, `5. März`, `5-Mar-24`.
fn day_first(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Parsed> {
    let (day, mut next, _) = day_number(tokens, at)?;
    let is_joined = |n: usize| sign(tokens, n, &["-", "/"]).is_some();
    if tokens.get(next).is_some_and(|token| token.is_any(&["of", "de", "di", "do"])) || is_joined(next) {
        next += 1;
    }
    if !on_same_line(tokens, next) {
        return None;
    }
    let (month, end) = month_name(tokens, next)?;
    finished(tokens, at, end, month, day, context)
}

/// `March 5, 2024`, `March the 5th`, `Mar 5`.
fn month_first(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Parsed> {
    let (month, mut next) = month_name(tokens, at)?;
    let is_name = tokens[at].is_capital() || !tokens[at].is_any(&["may", "mar", "march", "sun", "mars"]);
    if tokens.get(next).is_some_and(|token| token.is("the")) {
        next += 1;
    }
    let day = day_number(tokens, next).filter(|_| on_same_line(tokens, next));
    if let Some((day, end, is_ordinal)) = day
        && (is_name || is_ordinal)
        && !tokens.get(end).is_some_and(|token| token.is_glued && token.is_any(&[":", "%"]))
    {
        return finished(tokens, at, end, month, day, context);
    }
    // `March 2024` is its first day.
    let (year, end) = year_at(tokens, next, context).filter(|_| is_name)?;
    Some((NaiveDate::from_ymd_opt(year, month, 1)?, end))
}

/// `Tuesday, 5 March`, `Tuesday the 5th`, or a weekday alone.
fn with_weekday(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Parsed> {
    let which = match tokens[at].lower.as_str() {
        "next" => Some(Which::Next),
        "last" => Some(Which::Last),
        "this" | "coming" => Some(Which::Coming),
        _ => None,
    };
    let name = at + usize::from(which.is_some());
    let token = tokens.get(name).filter(|token| token.is_word())?;
    let day = weekday(&token.lower)?;
    // `sun`, `sat`, `mon`, `wed` and `mar…` are words as well.
    let is_short = token.text.chars().count() <= 4;
    let dot = usize::from(is_short && sign(tokens, name + 1, &["."]).is_some());
    let comma = usize::from(tokens.get(name + 1 + dot).is_some_and(|token| token.is(",")));
    let mut next = name + 1 + dot + comma;
    if tokens.get(next).is_some_and(|token| token.is_any(&["the", "den", "le", "el", "il"])) {
        next += 1;
    }
    if on_same_line(tokens, next) {
        let exact = [day_first(tokens, next, context), month_first(tokens, next, context), in_digits(tokens, next, context)];
        if let Some(exact) = exact.into_iter().flatten().max_by_key(|(_, end)| *end) {
            return Some(exact);
        }
        // `Tuesday the 5th`
        if let Some((day, end, true)) = day_number(tokens, next) {
            return Some((without_month(context.today(), day, is_past(tokens, at))?, end));
        }
    }
    if is_short && (which.is_none() || !token.is_capital()) {
        return None;
    }
    let which = which.unwrap_or(if is_past(tokens, at) { Which::Last } else { Which::Coming });
    Some((of_weekday(context.today(), day, which)?, name + 1))
}

/// `the 5th`, or `5th` after a word that announces a date.
fn of_month(tokens: &[Token<'_>], at: usize, context: &Context) -> Option<Parsed> {
    let has_article = tokens[at].is("the");
    let number = at + usize::from(has_article);
    let (day, end, is_ordinal) = day_number(tokens, number)?;
    let announces = |token: &Token<'_>| {
        token.is_any(&["on", "by", "from", "until", "till", "to", "since", "before", "after", "between", "and", "due", "through"])
    };
    let is_announced = at > 0 && announces(&tokens[at - 1]);
    // `the 5th floor` goes on with what it counts.
    let counts_something = tokens.get(end).is_some_and(|next| {
        next.is_word()
            && on_same_line(tokens, end)
            && next.is_any(&[
                "floor",
                "time",
                "place",
                "century",
                "street",
                "avenue",
                "edition",
                "attempt",
                "payment",
                "largest",
                "most",
                "best",
                "party",
                "anniversary",
                "birthday",
                "quarter",
                "grade",
                "one",
                "level",
                "item",
                "day",
                "week",
                "month",
                "year",
            ])
    });
    let names_month = day_first(tokens, number, context).is_some();
    if !is_ordinal || names_month || counts_something || !(is_announced || has_article) {
        return None;
    }
    Some((without_month(context.today(), day, is_past(tokens, at))?, end))
}

/// Whether the words before a date speak of what has been.
pub(crate) fn is_past(tokens: &[Token<'_>], at: usize) -> bool {
    let from = at.saturating_sub(12);
    let sentence = tokens[from..at].iter().rev().take_while(|token| !matches!(token.text, "." | "!" | "?" | ";"));
    for token in sentence {
        if token.is_any(&["will", "next", "please", "schedule", "can", "could", "until", "book", "coming", "would", "shall"]) {
            return false;
        }
        let is_regular_past = token.is_word()
            && token.lower.len() > 5
            && token.lower.ends_with("ed")
            && !token.is_any(&["scheduled", "planned", "expected", "needed", "agreed", "indeed", "proceed", "exceed", "succeed"]);
        let is_past = token.is_any(&[
            "was",
            "were",
            "did",
            "had",
            "been",
            "sent",
            "paid",
            "received",
            "made",
            "bought",
            "dated",
            "since",
            "ago",
            "went",
            "got",
            "took",
            "came",
            "gave",
            "left",
            "wrote",
            "spoke",
            "told",
            "said",
            "lost",
            "yesterday",
            "didn",
        ]);
        if is_past || is_regular_past {
            return true;
        }
    }
    false
}

/// Dates that something nearby names: the value date of a payment, the date of a cancellation.
pub(crate) fn find_cued(tokens: &[Token<'_>], context: &Context, cues: &[&str]) -> Vec<Found> {
    let mut found = find(tokens, context);
    found.retain(|date| {
        let at = tokens.partition_point(|token| token.start < date.start);
        let end = tokens.partition_point(|token| token.start < date.end);
        let line = tokens[at].line;
        let near = |token: &&Token<'_>| token.line == line || token.line + 1 == line;
        let before = tokens[at.saturating_sub(10)..at].iter().filter(near);
        let after = tokens[end..tokens.len().min(end + 4)].iter().filter(|token| token.line == line);
        before.chain(after).any(|token| cues.iter().any(|cue| token.lower.starts_with(cue)))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::{find, find_cued};
    use crate::fields::token::tokens;
    use crate::fields::{Context, Locale};

    fn found(text: &str, locale: &str) -> Vec<(String, String)> {
        let context = Context::at(2022, 3, 15, Locale::of(locale));
        let dates = find(&tokens(text), &context);
        dates.into_iter().map(|date| (text[date.start..date.end].to_owned(), date.value[..10].to_owned())).collect()
    }

    fn check(text: &str, place: &str, date: &str) {
        assert_eq!(found(text, "en-GB"), [(place.to_owned(), date.to_owned())], "{text}");
    }

    #[test]
    fn dates_in_digits_follow_the_locale_only_where_both_readings_are_possible() {
        check("due 2024-03-05.", "2024-03-05", "2024-03-05");
        check("on 5/3/24", "5/3/24", "2024-03-05");
        check("on 25/12", "25/12", "2022-12-25");
        check("am 5.3.2024,", "5.3.2024", "2024-03-05");
        assert_eq!(found("on 5/3/2024", "en-US")[0].1, "2024-05-03");
        assert_eq!(found("on 25/3/2024", "en-US")[0].1, "2024-03-25");
        assert_eq!(found("1/2 of it, 10.20.30.40, ref 2024-99-05, tel 0121-12-2024", "en-GB"), []);
    }

    #[test]
    fn dates_in_letters_are_read_in_the_usual_orders_and_languages() {
        check("by the 5th of March 2024 please", "5th of March 2024", "2024-03-05");
        check("March 5, 2024", "March 5, 2024", "2024-03-05");
        check("November the 12th", "November the 12th", "2022-11-12");
        check("1st Dec", "1st Dec", "2022-12-01");
        check("Tue, 5-Mar-24 at ten", "Tue, 5-Mar-24", "2024-03-05");
        check("am 5. März 2024", "5. März 2024", "2024-03-05");
        check("le 1er février 2024", "1er février 2024", "2024-02-01");
        check("el 5 de marzo de 2024", "5 de marzo de 2024", "2024-03-05");
        check("since March 2021", "March 2021", "2021-03-01");
        assert_eq!(found("you may 5 times march 3 miles; 12 mar", "en-GB").len(), 1);
    }

    #[test]
    fn dates_that_leave_something_out_follow_the_message() {
        check("we paid on 17 Feb", "17 Feb", "2022-02-17");
        check("please pay on 17 Feb", "17 Feb", "2023-02-17");
        check("from the 29th", "29th", "2022-03-29");
        check("we begin on 1 March", "1 March", "2022-03-01");
        check("the day after tomorrow", "day after tomorrow", "2022-03-17");
        check("next Tuesday", "next Tuesday", "2022-03-22");
        check("it was sent on Monday", "Monday", "2022-03-14");
        check("call me tomorrow", "tomorrow", "2022-03-16");
        check("in 3 days", "in 3 days", "2022-03-18");
        check("2 months ago", "2 months ago", "2022-01-15");
        assert_eq!(found("the 5th floor, the 2nd time", "en-GB"), []);
    }

    #[test]
    fn a_named_date_needs_its_name_nearby() {
        let context = Context::at(2022, 3, 15, Locale::default());
        let text = "Trade date 1 March 2022\nThe value date is 3 March 2022.";
        let dates = find_cued(&tokens(text), &context, &["value", "settle"]);
        assert_eq!(dates.len(), 1);
        assert_eq!(dates[0].value, "2022-03-03T00:00:00Z");
    }
}
