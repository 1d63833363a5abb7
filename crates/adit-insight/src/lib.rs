//! Looking at a dataset: pages of annotated comments in some order, and counts over them.

mod facts;
mod query;
mod statistics;

use adit_http::Operation;

pub use facts::{ExceptionTable, Exceptions};

/// The operations this area serves.
pub fn operations() -> Vec<&'static Operation> {
    let mut operations = query::operations();
    operations.extend(statistics::operations());
    operations
}
