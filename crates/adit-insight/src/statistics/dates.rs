//! Days, weeks, months and years of a time zone.

use adit_kernel::{Error, Result, Timestamp};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::wire::Resolution;

/// The time zone of an IANA name.
pub(super) fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::invalid(format!("`timezone` must be the IANA name of a time zone, not `{name}`.")))
}

/// The first day of the stretch that an instant lies in.
pub(super) fn start(at: Timestamp, zone: Tz, resolution: Resolution) -> Option<NaiveDate> {
    let day = DateTime::from_timestamp_micros(at.micros())?.with_timezone(&zone).date_naive();
    match resolution {
        Resolution::Day => Some(day),
        Resolution::Week => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
        Resolution::Month => day.with_day(1),
        Resolution::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    }
}

/// The first day of the next stretch.
pub(super) fn next(day: NaiveDate, resolution: Resolution) -> Option<NaiveDate> {
    match resolution {
        Resolution::Day => day.checked_add_days(Days::new(1)),
        Resolution::Week => day.checked_add_days(Days::new(7)),
        Resolution::Month => day.checked_add_months(Months::new(1)),
        Resolution::Year => day.checked_add_months(Months::new(12)),
    }
}

#[cfg(test)]
mod tests {
    use adit_kernel::Timestamp;

    use super::{next, start, zone};
    use crate::statistics::wire::Resolution;

    #[test]
    fn a_day_is_that_of_the_time_zone_and_a_week_begins_on_monday() {
        // 2024-03-03T23:30:00Z, a Sunday; in Berlin it is Monday already.
        let at = Timestamp::from_micros(1_709_508_600_000_000);
        let of = |name: &str, resolution| start(at, zone(name).unwrap(), resolution).unwrap().to_string();
        assert_eq!(
            (of("UTC", Resolution::Day), of("Europe/Berlin", Resolution::Day)),
            ("2024-03-03".into(), "2024-03-04".into())
        );
        assert_eq!(
            (of("UTC", Resolution::Week), of("Europe/Berlin", Resolution::Week)),
            ("2024-02-26".into(), "2024-03-04".into())
        );
        assert_eq!((of("UTC", Resolution::Month), of("UTC", Resolution::Year)), ("2024-03-01".into(), "2024-01-01".into()));
        let month = start(at, zone("UTC").unwrap(), Resolution::Month).unwrap();
        assert_eq!(next(month, Resolution::Month).unwrap().to_string(), "2024-04-01");
        assert!(zone("Middle/Earth").is_err());
    }
}
