//! How often one caller may ask: a budget per principal and class of route.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adit_kernel::{Error, Result, catalogue};
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::Method;

/// A class of routes that share a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Calls of a principal that only read.
    Reads,
    /// Calls of a principal that may change something, uploads and predictions among them.
    Writes,
    /// Attempts to sign in or to obtain a token, by address.
    SignIns,
    /// Calls refused for their credentials, by address.
    Refused,
}

impl RateClass {
    /// The class of an operation.
    pub fn of(method: &Method) -> Self {
        if *method == Method::GET { Self::Reads } else { Self::Writes }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::SignIns => "sign-ins",
            Self::Refused => "refused calls",
        }
    }
}

/// So many calls in so much time, which may also come at once. Zero calls means: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The calls.
    pub calls: u32,
    /// The time in which they are given back.
    pub per: Duration,
}

/// The budgets of all classes. The default has none.
#[derive(Debug, Clone, Copy)]
pub struct Budgets {
    /// For [`RateClass::Reads`].
    pub reads: Budget,
    /// For [`RateClass::Writes`].
    pub writes: Budget,
    /// For [`RateClass::SignIns`].
    pub sign_ins: Budget,
    /// For [`RateClass::Refused`].
    pub refused: Budget,
}

impl Default for Budgets {
    fn default() -> Self {
        let none = Budget { calls: 0, per: Duration::from_secs(1) };
        Self { reads: none, writes: none, sign_ins: none, refused: none }
    }
}

type Limiter = RateLimiter<String, HashMapStateStore<String>, DefaultClock>;

/// Counts calls. One per process: with several processes each counts for itself, and what must hold for all of them
/// together is counted in the database as well, against [`Rates::budget`].
pub struct Rates {
    limiters: HashMap<RateClass, (Budget, Limiter)>,
    n_checks: AtomicU64,
}

/// Callers whose budget is full again are forgotten after so many checks.
const CHECKS_BETWEEN_SWEEPS: u64 = 10_000;

impl Rates {
    /// Counts against these budgets.
    pub fn new(budgets: &Budgets) -> Self {
        let classes = [
            (RateClass::Reads, budgets.reads),
            (RateClass::Writes, budgets.writes),
            (RateClass::SignIns, budgets.sign_ins),
            (RateClass::Refused, budgets.refused),
        ];
        let limiters = classes.into_iter().filter_map(|(class, budget)| Some((class, (budget, limiter(budget)?)))).collect();
        Self { limiters, n_checks: AtomicU64::new(0) }
    }

    /// What a class may do; `None` where there is no limit.
    pub fn budget(&self, class: RateClass) -> Option<Budget> {
        self.limiters.get(&class).map(|(budget, _)| *budget)
    }

    /// Counts one call.
    ///
    /// # Errors
    /// 429 with the seconds to wait when the budget is used up.
    pub fn check(&self, class: RateClass, caller: &str) -> Result<()> {
        let Some((_, limiter)) = self.limiters.get(&class) else { return Ok(()) };
        if self.n_checks.fetch_add(1, Ordering::Relaxed) % CHECKS_BETWEEN_SWEEPS == CHECKS_BETWEEN_SWEEPS - 1 {
            self.limiters.values().for_each(|(_, limiter)| limiter.retain_recent());
        }
        limiter.check_key(&caller.to_owned()).map_err(|until| refusal(class, until.wait_time_from(limiter.clock().now())))
    }
}

/// What stands for a client whose calls are counted by address: an IPv4 address, or the /64 that one IPv6 customer gets.
pub fn neighborhood(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn limiter(budget: Budget) -> Option<Limiter> {
    let burst = NonZeroU32::new(budget.calls)?;
    let quota = Quota::with_period(budget.per / budget.calls)?.allow_burst(burst);
    Some(RateLimiter::hashmap_with_clock(quota, DefaultClock::default()))
}

fn refusal(class: RateClass, wait: Duration) -> Error {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    catalogue::too_often(class.name(), seconds.max(1))
}

#[cfg(test)]
mod tests {
    use super::{Budget, Budgets, RateClass, Rates, neighborhood};
    use adit_kernel::Kind;
    use std::time::Duration;

    #[test]
    fn a_budget_is_per_caller_and_class_and_says_how_long_to_wait() {
        let reads = Budget { calls: 2, per: Duration::from_secs(3600) };
        let rates = Rates::new(&Budgets { reads, ..Budgets::default() });
        rates.check(RateClass::Reads, "ann").unwrap();
        rates.check(RateClass::Reads, "ann").unwrap();
        let refused = rates.check(RateClass::Reads, "ann").unwrap_err();
        assert_eq!(refused.kind(), Kind::TooMany);
        assert!((1700..=1800).contains(&refused.retry_after().unwrap()), "{refused}");
        rates.check(RateClass::Reads, "bob").unwrap();
        for _ in 0..100 {
            rates.check(RateClass::Writes, "ann").unwrap();
        }
    }

    #[test]
    fn one_ipv6_customer_is_one_neighborhood() {
        let of = |address: &str| neighborhood(address.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
