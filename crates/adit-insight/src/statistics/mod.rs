//! Counts over a dataset.

mod get;
mod wire;

use adit_http::Operation;

/// The operations that count.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION]
}
