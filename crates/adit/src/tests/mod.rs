//! The whole server in one process, on every engine at hand, each reply held against the contract.

mod applications;
mod audit;
mod authority;
mod callers;
mod discover;
mod fields;
mod jobs;
mod mails;
mod orders;
mod quotas;
mod rates;
mod rebuild;
mod refusals;
mod search;
mod setting;
mod story;
mod summary;
mod surface;
mod tenants;
mod tokens;
mod training_actions;
mod users;
