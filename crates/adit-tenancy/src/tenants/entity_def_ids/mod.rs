//! The general fields that a tenant may use.

mod get;
mod update;

use adit_http::Operation;

/// The operations on them.
pub(super) static OPERATIONS: [&Operation; 2] = [&get::OPERATION, &update::OPERATION];
