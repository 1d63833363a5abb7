//! A sentence becomes a filter.
//!
//! The model names conditions; whether labels, sources, properties and values exist is decided here, and what does
//! not exist is counted and told, never guessed.

mod conditions;
mod inventory;
mod period;
mod previous;
mod query;
mod question;
mod resolve;
#[cfg(test)]
mod tests;

pub(crate) use query::OPERATION;
