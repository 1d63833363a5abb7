//! Pages of a dataset's annotated comments in a chosen order.

mod collapse;
mod csv_reply;
mod cursor;
mod page;
mod query_comments;
mod recent;
mod walk;
mod wire;

use adit_http::Operation;

pub(crate) use page::{Ask, page};
pub(crate) use wire::{DiagnosticKind, Order};

/// The operations that page through a dataset.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&query_comments::OPERATION, &recent::OPERATION]
}
