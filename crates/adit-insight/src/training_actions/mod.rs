//! What to annotate next so that the model gets better: actions in the order in which they pay, each with comments.

mod action;
mod comment_uids;
mod foundations;
mod list;
mod seen;
mod store;
mod wire;

use adit_http::Operation;

/// The operations on training actions.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&list::OPERATION, &comment_uids::OPERATION, &seen::OPERATION]
}

/// Comments of one batch.
const BATCH: usize = 10;
