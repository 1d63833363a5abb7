//! Times of day.

use crate::fields::Found;
use crate::fields::token::{Token, on_same_line};

const HOURS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// Every time of day, the longest reading of each place.
pub(crate) fn find(tokens: &[Token<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_inside =
            tokens[at].is_glued && at > 0 && (tokens[at - 1].is_word() || matches!(tokens[at - 1].text, ":" | "." | "/" | "-"));
        let parsed = if is_inside { None } else { time_at(tokens, at) };
        match parsed {
            Some((hour, minute, end)) => {
                found.push(Found::new(tokens[at].start, tokens[end - 1].end, format!("{hour:02}:{minute:02}")));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

type Parsed = (u32, u32, usize);

fn time_at(tokens: &[Token<'_>], at: usize) -> Option<Parsed> {
    let readings = [with_sign(tokens, at), spoken(tokens, at), bare_hour(tokens, at), named(tokens, at)];
    readings.into_iter().flatten().max_by_key(|(_, _, end)| *end)
}

/// The hour at a token, in digits or in words.
fn hour_at(tokens: &[Token<'_>], at: usize) -> Option<u32> {
    let token = tokens.get(at)?;
    let hour = token.small_number().filter(|_| token.text.len() <= 2);
    hour.or_else(|| HOURS.iter().position(|word| token.is(word)).map(|hour| hour as u32)).filter(|hour| *hour <= 24)
}

/// Half of the day behind a time: whether it is after noon, and the first token behind it.
fn half_at(tokens: &[Token<'_>], at: usize) -> Option<(bool, usize)> {
    let token = tokens.get(at).filter(|_| on_same_line(tokens, at))?;
    let after = |n: usize| tokens.get(at + n).filter(|token| token.is_glued).map_or("", |token| token.lower.as_str());
    let word = |n: usize| tokens.get(at + n).map_or("", |token| token.lower.as_str());
    match token.lower.as_str() {
        "am" | "pm" => Some((token.is("pm"), at + 1)),
        half @ ("a" | "p") if after(1) == "." && after(2) == "m" => {
            Some((half == "p", if after(3) == "." { at + 4 } else { at + 3 }))
        }
        half @ ("morning" | "afternoon" | "evening" | "night") => Some((half != "morning", at + 1)),
        "in" if word(1) == "the" => match word(2) {
            "morning" => Some((false, at + 3)),
            "afternoon" | "evening" | "night" => Some((true, at + 3)),
            _ => None,
        },
        "at" if word(1) == "night" => Some((true, at + 2)),
        _ => None,
    }
}

fn with_half(tokens: &[Token<'_>], hour: u32, minute: u32, end: usize) -> Option<Parsed> {
    if hour > 24 || minute > 59 {
        return None;
    }
    let Some((is_late, behind)) = half_at(tokens, end) else { return Some((hour % 24, minute, end)) };
    let is_night = tokens[end..behind].iter().any(|token| token.is("night"));
    let hour = match (hour, is_late) {
        (12, false) => 0,
        // `3:35 night` is before the morning.
        (1..=4, true) if is_night => hour,
        (12, true) if is_night => 0,
        (1..=11, true) => hour + 12,
        _ => hour % 24,
    };
    Some((hour, minute, behind))
}

/// `10:30`, `10.30 pm`, `10 30 am`, `14h30`, `10:30:15`.
fn with_sign(tokens: &[Token<'_>], at: usize) -> Option<Parsed> {
    let hour = hour_at(tokens, at).filter(|_| tokens[at].is_number())?;
    let sign = tokens.get(at + 1).filter(|sign| sign.is_glued)?;
    let minutes = tokens.get(at + 2).filter(|token| token.is_glued && token.is_number() && token.text.len() == 2);
    let minute = minutes.and_then(Token::small_number);
    let end = at + 3;
    let goes_on = tokens.get(end).is_some_and(|next| next.is_glued && matches!(next.text, "." | "/" | "%" | "-"))
        && tokens.get(end + 1).is_some_and(|next| next.is_glued && next.is_number());
    match (sign.lower.as_str(), minute) {
        (":", Some(minute)) => {
            let has_seconds = tokens.get(end).is_some_and(|next| next.is_glued && next.is(":"))
                && tokens.get(end + 1).is_some_and(|next| next.is_glued && next.is_number() && next.text.len() == 2);
            with_half(tokens, hour, minute, if has_seconds { end + 2 } else { end })
        }
        ("h", Some(minute)) => with_half(tokens, hour, minute, end),
        (".", Some(minute)) if !goes_on && half_at(tokens, end).is_some() => with_half(tokens, hour, minute, end),
        ("h", None) if tokens.get(at + 2).is_none_or(|next| !next.is_glued || !next.is_word()) => {
            with_half(tokens, hour, 0, at + 2)
        }
        _ => None,
    }
}

/// `half past 7`, `quarter to 4`, `25 past 23`, `2 05 p.m.`.
fn spoken(tokens: &[Token<'_>], at: usize) -> Option<Parsed> {
    let first = tokens.get(at)?;
    let minutes = match first.lower.as_str() {
        "half" => Some(30),
        "quarter" => Some(15),
        _ => first.small_number().filter(|n| *n <= 59 && first.text.len() <= 2),
    }?;
    let skip = usize::from(tokens.get(at + 1).is_some_and(|token| token.is_any(&["minutes", "mins", "min"])));
    let direction = tokens.get(at + 1 + skip)?;
    if direction.is_any(&["past", "after"]) {
        let hour = hour_at(tokens, at + 2 + skip).filter(|_| !tokens[at + 2 + skip].is_glued)?;
        return with_half(tokens, hour, minutes, at + 3 + skip);
    }
    if direction.is_any(&["to", "before"]) && (first.is_word() || minutes % 5 == 0) {
        let hour = hour_at(tokens, at + 2 + skip).filter(|hour| (1..=24).contains(hour))?;
        // `10 to 12 people` is a range.
        let is_range = first.is_number()
            && skip == 0
            && tokens.get(at + 3).is_some_and(|next| next.is_word() && half_at(tokens, at + 3).is_none());
        if is_range {
            return None;
        }
        let (hour, _, end) = with_half(tokens, hour, 0, at + 3 + skip)?;
        return Some(((hour + 23) % 24, 60 - minutes, end));
    }
    // Two bare numbers are a time only with a half of the day behind them.
    let minute = direction.small_number().filter(|_| skip == 0 && direction.text.len() == 2 && !direction.is_glued)?;
    half_at(tokens, at + 2)?;
    with_half(tokens, minutes.min(24), minute, at + 2).filter(|_| minutes <= 24)
}

/// `7 am`, `5 o'clock`, `14 Uhr`, `5ish in the afternoon`.
fn bare_hour(tokens: &[Token<'_>], at: usize) -> Option<Parsed> {
    let hour = hour_at(tokens, at)?;
    let mut next = at + 1;
    if tokens.get(next).is_some_and(|token| token.is("o")) && tokens.get(next + 2).is_some_and(|token| token.is("clock")) {
        return with_half(tokens, hour, 0, next + 3);
    }
    if tokens.get(next).is_some_and(|token| token.is_any(&["uhr", "heures", "hrs"])) {
        return with_half(tokens, hour, 0, next + 1);
    }
    if tokens.get(next).is_some_and(|token| token.is("ish") && token.is_glued) {
        next += 1;
    }
    let (_, end) = half_at(tokens, next)?;
    // `am` behind an hour without a gap or with one; but `I am` is no time.
    let is_word = tokens[at].is_word() && tokens[next].is_any(&["am", "a", "in", "at"]);
    if is_word || hour == 0 || (hour > 12 && tokens[next].is_any(&["am", "pm"])) {
        return None;
    }
    with_half(tokens, hour, 0, next).map(|(hour, minute, _)| (hour, minute, end))
}

fn named(tokens: &[Token<'_>], at: usize) -> Option<Parsed> {
    let hour = match tokens[at].lower.as_str() {
        "noon" | "midday" => 12,
        "midnight" => 0,
        _ => return None,
    };
    Some((hour, 0, at + 1))
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::fields::token::tokens;

    #[test]
    fn times_are_read_as_people_say_and_write_them() {
        let check = |text: &str, place: &str, value: &str| {
            let found: Vec<(&str, String)> =
                find(&tokens(text)).into_iter().map(|time| (&text[time.start..time.end], time.value)).collect();
            assert_eq!(found, [(place, value.to_owned())], "{text}");
        };
        check("call at 10:30.", "10:30", "10:30");
        check("at 10:30:15 sharp", "10:30:15", "10:30");
        check("at 9.15 pm", "9.15 pm", "21:15");
        check("at 7am", "7am", "07:00");
        check("half past 15 afternoon", "half past 15 afternoon", "15:30");
        check("25 to 7 p.m. any day", "25 to 7 p.m.", "18:35");
        check("quarter to four", "quarter to four", "03:45");
        check("9 05 in the morning", "9 05 in the morning", "09:05");
        check("5ish in the afternoon", "5ish in the afternoon", "17:00");
        check("3:35 night", "3:35 night", "03:35");
        check("12:50 am", "12:50 am", "00:50");
        check("um 14 Uhr", "14 Uhr", "14:00");
        check("before noon", "noon", "12:00");
        check("0 35 a.m.", "0 35 a.m.", "00:35");
        check("9 20 in the night", "9 20 in the night", "21:20");
    }

    #[test]
    fn ranges_ratios_and_addresses_are_no_times() {
        for text in ["10 to 12 people", "I am one", "10:99", "ab:10:20", "1.2.3", "25:00", "5 minutes"] {
            assert!(find(&tokens(text)).is_empty(), "{text}");
        }
    }
}
