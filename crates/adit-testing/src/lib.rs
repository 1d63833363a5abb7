//! adit-testing.
pub mod contract;
