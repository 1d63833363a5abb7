//! How good a version is, in the shapes callers expect, and how far training and prediction have come.

mod fields_mapping;
mod fields_wire;
mod get;
mod get_v1;
mod label;
mod mapping;
mod status;
mod wire;

use adit_http::Operation;

pub(crate) use mapping::{judgement, quality_of};
pub(crate) use wire::Kinded;

/// The operations on validation and status.
pub(crate) fn operations() -> Vec<&'static Operation> {
    vec![&get::OPERATION, &get_v1::OPERATION, &label::OPERATION, &status::OPERATION]
}
