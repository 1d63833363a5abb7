//! Whole-product tests against a running `adit serve`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it needs by failing")]

mod client;
mod crash;
mod keys;
mod postgres;
mod scenarios;
mod serve;
mod sign_in;
mod story;
mod work;
