//! The test harness: a whole server in the test's own process, whose every reply is held against the contract.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "this crate only serves tests")]

mod app;
pub mod contract;
mod database;
pub mod llm;

pub use app::{BASE_DOMAIN, Beside, Parts, Reply, TRUSTED_PROXY, TestApp};
pub use database::{databases, postgres};
