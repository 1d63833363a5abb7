//! Datasets: which sources belong together, and what may be annotated in their comments.

mod copy;
mod create;
mod delete;
mod delete_by_id;
mod get;
mod get_by_id;
mod import_taxonomy;
mod list;
mod list_in_project;
mod results;
mod rules;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_import;
#[cfg(test)]
mod tests_races;
mod update;
pub(crate) mod wire;

use adit_http::Operation;

pub use get::wire_of;
pub use results::begin_for;
pub(crate) use rules::{checked_model_family, entity_named};
pub use store::{Dataset, Settings, dataset_at, dataset_by_id, datasets_with_source};
pub(crate) use store::{dataset_of, touch};

pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![
        &list::OPERATION,
        &list_in_project::OPERATION,
        &get::OPERATION,
        &get_by_id::OPERATION,
        &create::OPERATION,
        &update::OPERATION,
        &import_taxonomy::OPERATION,
        &delete::OPERATION,
        &delete_by_id::OPERATION,
    ]
}
