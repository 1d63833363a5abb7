//! Refused attempts that anybody can repeat without end: worth an event, but not each one.
//!
//! Whoever tries is told of with the first attempt in an hour, the tenth, the hundredth and so on, and a tenant's log takes
//! so many of these events an hour from all who try together. What is left out is counted and told by the next one.
//! What was sent as a name, password or token is not kept.
//!
//! The limits hold for each class by itself and over all kinds of events in it: strangers who guess tokens, names and client
//! ids share one, so that no flood hides behind another; what is tried with credentials that were somebody's has one that
//! strangers cannot fill; and what happens to honest browsers all day long fills neither.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use adit_kernel::{Id, Timestamp};

const HOUR_MICROS: i64 = 3_600_000_000;
/// Events an hour of one class in the log of one tenant.
const MOST_EVENTS: u32 = 60;
/// Who tries is counted one by one for so many an hour.
const MOST_COUNTED: usize = 10_000;

/// Who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// Nobody known, with credentials that are nobody's; counted by address.
    Stranger,
    /// Whoever has credentials that are or were somebody's; counted by user.
    Owner,
    /// Whoever sends no credentials, or the cookie of a session that has ended.
    Routine,
}

/// The memory of one server; a service of the environment.
#[derive(Default)]
pub struct Strangers {
    hours: Mutex<HashMap<(Id, Class), Hour>>,
}

#[derive(Default)]
struct Hour {
    began_us: i64,
    n_events: u32,
    n_left_out: u64,
    attempts: HashMap<String, u64>,
}

/// What the event of an attempt says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// Attempts of this one within the hour, this one included.
    pub(crate) attempts: u64,
    /// Attempts of the class that had a right to an event of their own, since the last event, and got none.
    pub(crate) left_out: u64,
}

impl Strangers {
    /// Counts an attempt; what its event says, if it is to have one.
    pub(crate) fn attempt(&self, tenant: Id, class: Class, who: &str, now: Timestamp) -> Option<Told> {
        let mut hours = self.hours.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = hours.entry((tenant, class)).or_default();
        if !(0..HOUR_MICROS).contains(&(now.micros() - hour.began_us)) {
            *hour = Hour { began_us: now.micros(), n_left_out: hour.n_left_out, ..Hour::default() };
        }
        let has_room = hour.attempts.len() < MOST_COUNTED;
        let attempts = match hour.attempts.get_mut(who) {
            Some(attempts) => {
                *attempts += 1;
                *attempts
            }
            None if has_room => {
                hour.attempts.insert(who.to_owned(), 1);
                1
            }
            None => 1,
        };
        if !is_power_of_ten(attempts) {
            return None;
        }
        if hour.n_events >= MOST_EVENTS {
            hour.n_left_out += 1;
            return None;
        }
        hour.n_events += 1;
        Some(Told { attempts, left_out: std::mem::take(&mut hour.n_left_out) })
    }
}

fn is_power_of_ten(number: u64) -> bool {
    number.checked_ilog10().is_some_and(|digits| 10_u64.pow(digits) == number)
}

#[cfg(test)]
mod tests {
    use super::{Class, HOUR_MICROS, MOST_EVENTS, Strangers, Told};
    use adit_kernel::{Id, Timestamp};

    #[test]
    fn an_address_is_told_with_its_first_tenth_and_hundredth_attempt_in_an_hour() {
        let strangers = Strangers::default();
        let attempt = |tenant, us| strangers.attempt(Id::new(tenant), Class::Stranger, "192.0.2.1", Timestamp::from_micros(us));
        let told: Vec<u64> = (0..200).filter_map(|us| attempt(1, us)).map(|told| told.attempts).collect();
        assert_eq!(told, [1, 10, 100]);
        assert_eq!(attempt(2, 200), Some(Told { attempts: 1, left_out: 0 }), "another tenant counts by itself");
        assert_eq!(attempt(1, HOUR_MICROS), Some(Told { attempts: 1, left_out: 0 }), "so does another hour");
    }

    #[test]
    fn many_addresses_fill_no_log_and_what_is_left_out_is_told() {
        let strangers = Strangers::default();
        let now = Timestamp::from_micros;
        let attempt = |n: u64, us| strangers.attempt(Id::new(1), Class::Stranger, &format!("2001:db8:0:{n:x}::/64"), now(us));
        let n_told = (0..20_000).filter_map(|n| attempt(n, 5)).count();
        assert_eq!(n_told, MOST_EVENTS as usize);
        // A class that is full takes nothing from another.
        let owner = strangers.attempt(Id::new(1), Class::Owner, "7", now(6));
        assert_eq!(owner, Some(Told { attempts: 1, left_out: 0 }));
        let next = attempt(0, 5 + HOUR_MICROS).unwrap();
        assert_eq!(next, Told { attempts: 1, left_out: 20_000 - u64::from(MOST_EVENTS) });
    }
}
