//! Whole-product tests: a real `adit serve` process, spoken to over the wire and in no other way.
//!
//! The tests are in `tests/it/`; here is what they share. Helpers panic with a
//! message instead of returning errors: their only callers are tests.

mod api;
mod banking;
mod process;
mod scenario;
mod surface;

pub use api::{Api, Reply};
pub use banking::{Question, questions};
pub use process::{Output, Server, ServerOptions, binary, free_port, run_adit};
pub use scenario::{Scenario, scenarios};
