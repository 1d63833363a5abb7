//! Spans of time that sentences name: "last week", "yesterday".

use adit_kernel::Timestamp;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};

/// The words for spans of time, each relative to today (UTC).
pub(super) const PERIODS: &[&str] = &[
    "today",
    "yesterday",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_year",
    "last_year",
    "last_24_hours",
    "last_7_days",
    "last_30_days",
    "last_90_days",
    "last_365_days",
];

/// The day (UTC) of an instant.
pub(super) fn day_of(now: Timestamp) -> NaiveDate {
    DateTime::<Utc>::from_timestamp_micros(now.micros()).unwrap_or_default().date_naive()
}

/// The first instant of a day.
pub(super) fn start_of(day: NaiveDate) -> Timestamp {
    Timestamp::from_micros(day.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
}

/// The last instant of a day.
pub(super) fn end_of(day: NaiveDate) -> Option<Timestamp> {
    Some(Timestamp::from_micros(start_of(day.checked_add_days(Days::new(1))?).micros() - 1))
}

/// First and last instant of a span; an open end is `None`.
pub(super) fn bounds(period: &str, now: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
    let today = day_of(now);
    let days_ago = |days: u64| today.checked_sub_days(Days::new(days));
    let monday = days_ago(today.weekday().num_days_from_monday().into())?;
    let month = today.with_day(1)?;
    let year = NaiveDate::from_ymd_opt(today.year(), 1, 1)?;
    let until = |day: NaiveDate| end_of(day.pred_opt()?);
    let (from, to) = match period {
        "today" => (today, None),
        "yesterday" => (days_ago(1)?, until(today)),
        "this_week" => (monday, None),
        "last_week" => (monday.checked_sub_days(Days::new(7))?, until(monday)),
        "this_month" => (month, None),
        "last_month" => (month.checked_sub_months(Months::new(1))?, until(month)),
        "this_year" => (year, None),
        "last_year" => (year.checked_sub_months(Months::new(12))?, until(year)),
        "last_24_hours" => return Some((Timestamp::from_micros(now.micros() - 86_400_000_000), None)),
        "last_7_days" => (days_ago(6)?, None),
        "last_30_days" => (days_ago(29)?, None),
        "last_90_days" => (days_ago(89)?, None),
        "last_365_days" => (days_ago(364)?, None),
        _ => return None,
    };
    Some((start_of(from), to))
}

#[cfg(test)]
mod tests {
    use adit_kernel::Timestamp;

    use super::{PERIODS, bounds};

    #[test]
    fn spans_begin_and_end_where_calendars_say() {
        let check = |now: &str, period: &str, from: &str, to: &str| {
            let (least, most) = bounds(period, Timestamp::parse(now).unwrap()).unwrap();
            assert_eq!(
                (least.to_string().as_str(), most.map_or(String::new(), |most| most.to_string()).as_str()),
                (from, to),
                "{period}"
            );
        };
        let now = "2024-03-05T09:00:00Z"; // A Tuesday.
        check(now, "today", "2024-03-05T00:00:00Z", "");
        check(now, "yesterday", "2024-03-04T00:00:00Z", "2024-03-04T23:59:59.999999Z");
        check(now, "this_week", "2024-03-04T00:00:00Z", "");
        check(now, "last_week", "2024-02-26T00:00:00Z", "2024-03-03T23:59:59.999999Z");
        check(now, "last_month", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59.999999Z");
        check("2024-01-31T09:00:00Z", "last_month", "2023-12-01T00:00:00Z", "2023-12-31T23:59:59.999999Z");
        check(now, "last_year", "2023-01-01T00:00:00Z", "2023-12-31T23:59:59.999999Z");
        check(now, "last_24_hours", "2024-03-04T09:00:00Z", "");
        check(now, "last_7_days", "2024-02-28T00:00:00Z", "");
        let all = |now: &str| PERIODS.iter().all(|period| bounds(period, Timestamp::parse(now).unwrap()).is_some());
        assert!(all(now) && all("2024-02-29T23:59:59Z") && all("2023-12-31T00:00:00Z"));
        assert!(bounds("ever", Timestamp::parse(now).unwrap()).is_none());
    }
}
