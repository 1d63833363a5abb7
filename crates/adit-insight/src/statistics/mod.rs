//! Counts over a dataset.

mod count;
mod dates;
mod get;
mod histogram;
mod properties;
mod units;
mod wire;

use adit_http::Operation;

/// The operations that count.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION]
}
