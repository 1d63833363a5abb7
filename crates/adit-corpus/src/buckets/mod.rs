//! Buckets: named stores of raw e-mails in a project, which sources are attached to.

mod create;
mod delete;
mod get;
mod get_by_id;
mod list_all;
mod list_in_project;
mod store;
#[cfg(test)]
mod tests;
mod update;
mod wire;

use adit_http::Operation;

pub use store::{Bucket, bucket_by_id, count_buckets};

pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &list_all::OPERATION,
        &list_in_project::OPERATION,
        &get::OPERATION,
        &get_by_id::OPERATION,
        &create::OPERATION,
        &update::OPERATION,
        &delete::OPERATION,
    ]
}
