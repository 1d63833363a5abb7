//! The taxonomy of a dataset: label groups and the labels in them.
//!
//! A label's name tells its place in the tree: `Order > Missing` is a child of `Order`.

mod create_bulk;
mod create_group;
mod delete;
mod delete_group;
mod get;
mod get_group;
mod list_groups;
mod pretrained;
pub(crate) mod rules;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod update;
pub(crate) mod wire;

use adit_http::Operation;

pub use store::{Label, labels_of};

/// The one group that always exists.
pub(crate) const DEFAULT_GROUP: &str = "default";

pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &list_groups::OPERATION,
        &get_group::OPERATION,
        &create_group::OPERATION,
        &delete_group::OPERATION,
        &get::OPERATION,
        &create_bulk::OPERATION,
        &update::OPERATION,
        &delete::OPERATION,
        &pretrained::OPERATION,
    ]
}
