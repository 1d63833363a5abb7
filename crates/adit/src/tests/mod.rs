//! The whole server in one process, on every engine at hand, each reply held against the contract.

mod jobs;
mod orders;
mod refusals;
mod setting;
mod story;
mod surface;
mod tenants;
