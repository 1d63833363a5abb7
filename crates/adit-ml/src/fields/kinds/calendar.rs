//! Names of months and days, and what dates without a year or with a weekday alone mean.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Months in the languages whose names cannot be mistaken; the first three letters of the English ones are below.
const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "januar", "janvier", "enero", "gennaio", "januari", "janeiro", "jänner"],
    &["february", "feb", "februar", "février", "febrero", "febbraio", "februari", "fevereiro", "févr"],
    &["march", "mar", "märz", "mars", "marzo", "maart", "março", "mrz"],
    &["april", "apr", "avril", "abril", "aprile", "avr"],
    &["may", "mai", "mayo", "maggio", "mei", "maio"],
    &["june", "jun", "juni", "juin", "junio", "giugno", "junho"],
    &["july", "jul", "juli", "juillet", "julio", "luglio", "julho", "juil"],
    &["august", "aug", "août", "agosto", "augustus"],
    &["september", "sep", "sept", "septembre", "septiembre", "settembre", "setembro"],
    &["october", "oct", "oktober", "octobre", "octubre", "ottobre", "outubro", "okt"],
    &["november", "nov", "novembre", "noviembre", "novembro"],
    &["december", "dec", "dezember", "décembre", "diciembre", "dicembre", "dezembro", "déc", "dez"],
];

const WEEKDAYS: [&[&str]; 7] = [
    &["monday", "mon", "montag", "lundi", "lunes", "lunedì", "maandag"],
    &["tuesday", "tue", "tues", "dienstag", "mardi", "martes", "martedì", "dinsdag"],
    &["wednesday", "wed", "mittwoch", "mercredi", "miércoles", "mercoledì", "woensdag"],
    &["thursday", "thu", "thur", "thurs", "donnerstag", "jeudi", "jueves", "giovedì", "donderdag"],
    &["friday", "fri", "freitag", "vendredi", "viernes", "venerdì", "vrijdag"],
    &["saturday", "sat", "samstag", "samedi", "sábado", "sabato", "zaterdag"],
    &["sunday", "sun", "sonntag", "dimanche", "domingo", "domenica", "zondag"],
];

/// The number of the month of that lower-case name.
pub(crate) fn month(lower: &str) -> Option<u32> {
    (1..).zip(MONTHS).find(|(_, names)| names.contains(&lower)).map(|(number, _)| number)
}

/// The weekday of that lower-case name.
pub(crate) fn weekday(lower: &str) -> Option<Weekday> {
    let at = WEEKDAYS.iter().position(|names| names.contains(&lower))?;
    Weekday::try_from(u8::try_from(at).ok()?).ok()
}

/// The date of day and month that a text written on `today` means: the coming one, or the last one in a story about
/// the past; a day of this month means this year.
pub(crate) fn without_year(today: NaiveDate, month: u32, day: u32, is_past: bool) -> Option<NaiveDate> {
    let year = today.year();
    let this_year = NaiveDate::from_ymd_opt(year, month, day);
    // The 29th of February does not exist in most years.
    match (this_year, is_past) {
        (Some(date), false) if date >= today || date.month() == today.month() => Some(date),
        (Some(date), true) if date <= today => Some(date),
        (_, false) => (1..=4).find_map(|ahead| NaiveDate::from_ymd_opt(year + ahead, month, day)),
        (_, true) => (1..=4).find_map(|back| NaiveDate::from_ymd_opt(year - back, month, day)),
    }
}

/// The date of a day of the month alone.
pub(crate) fn without_month(today: NaiveDate, day: u32, is_past: bool) -> Option<NaiveDate> {
    let (mut year, mut month) = (today.year(), today.month());
    for _ in 0..4 {
        if let Some(date) = NaiveDate::from_ymd_opt(year, month, day)
            && (if is_past { date <= today } else { date >= today })
        {
            return Some(date);
        }
        (year, month) = match (month, is_past) {
            (12, false) => (year + 1, 1),
            (_, false) => (year, month + 1),
            (1, true) => (year - 1, 12),
            (_, true) => (year, month - 1),
        };
    }
    None
}

/// How a weekday is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// `this Friday`, or `Friday` alone.
    Coming,
    /// `next Friday`: in the next calendar week.
    Next,
    /// `last Friday`.
    Last,
}

/// The date of a weekday.
pub(crate) fn of_weekday(today: NaiveDate, day: Weekday, which: Which) -> Option<NaiveDate> {
    let (wanted, now) = (u64::from(day.num_days_from_monday()), u64::from(today.weekday().num_days_from_monday()));
    match which {
        Which::Coming => today.checked_add_days(Days::new((wanted + 6 - now) % 7 + 1)),
        Which::Next => today.checked_add_days(Days::new(7 - now + wanted)),
        Which::Last => today.checked_sub_days(Days::new((now + 6 - wanted) % 7 + 1)),
    }
}

/// The year that two digits mean on `today`: up to twenty years ahead.
pub(crate) fn full_year(today: NaiveDate, two_digits: u32) -> i32 {
    let century = today.year() / 100 * 100;
    let year = century + two_digits as i32;
    if year > today.year() + 20 { year - 100 } else { year }
}

/// A date as callers read it.
pub(crate) fn formatted(date: NaiveDate) -> String {
    format!("{}T00:00:00Z", date.format("%Y-%m-%d"))
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, Weekday};

    use super::{Which, full_year, of_weekday, without_month, without_year};

    #[test]
    fn dates_that_leave_something_out_mean_the_coming_or_the_last_one() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        let today = day(2022, 3, 15).unwrap_or_default();
        assert_eq!(without_year(today, 2, 17, false), day(2023, 2, 17));
        assert_eq!(without_year(today, 2, 17, true), day(2022, 2, 17));
        assert_eq!(without_year(today, 2, 29, false), day(2024, 2, 29));
        assert_eq!(without_year(today, 2, 30, false), None);
        assert_eq!(without_month(today, 7, false), day(2022, 4, 7));
        assert_eq!(without_month(today, 31, true), day(2022, 1, 31));
        assert_eq!(of_weekday(today, Weekday::Tue, Which::Coming), day(2022, 3, 22));
        assert_eq!(of_weekday(today, Weekday::Sat, Which::Next), day(2022, 3, 26));
        assert_eq!(of_weekday(today, Weekday::Wed, Which::Last), day(2022, 3, 9));
        assert_eq!((full_year(today, 24), full_year(today, 99)), (2024, 1999));
    }
}
