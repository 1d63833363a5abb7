//! The audit log: what was changed and what was refused, by whom, in the transaction of the change.

mod changes;
mod export;
mod kinds;
mod query;
mod record;
mod recorder;
mod store;
#[cfg(test)]
mod tests_changes;
mod wire;

use adit_http::Operation;
use adit_kernel::{Id, Result};
use adit_store::{Subject, Tx};
use futures_util::future::BoxFuture;

pub use export::export;
pub use kinds::{NOT_RECORDED, event_type};
pub use record::{Event, OPERATOR, STRANGER, record, refused};
pub use recorder::{for_operator, for_request};

/// The operations on the audit log.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&query::OPERATION]
}

/// What a request addresses.
#[derive(Clone)]
pub struct Target {
    /// The caller's tenant.
    pub tenant: Id,
    /// The operation.
    pub operation: &'static Operation,
    /// Names and values of the path's parameters.
    pub parameters: Vec<(&'static str, String)>,
}

impl Target {
    /// The value of a path parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// Finds the things that a request addresses and that are there. Higher areas provide these for their nouns.
pub type Finder = for<'a> fn(&'a mut Tx, &'a Target) -> BoxFuture<'a, Result<Vec<Subject>>>;

/// How the subjects of requests are found. A service of the environment.
#[derive(Clone, Default)]
pub struct SubjectFinders(pub Vec<Finder>);
