//! What there is to filter by: user properties with their values, people, attachments, labels with their examples.

mod get;
mod properties;
mod tally;
mod values;
mod wire;

use adit_http::Operation;

pub(crate) use tally::people;

/// The operations that sum a dataset up.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION, &properties::OPERATION, &values::OPERATION]
}
