//! What a new user of a tenant gets in each project that is open to all.

mod delete;
mod get;
mod update;

use adit_http::Operation;

/// The operations on them.
pub(super) static OPERATIONS: [&Operation; 3] = [&get::OPERATION, &update::OPERATION, &delete::OPERATION];
