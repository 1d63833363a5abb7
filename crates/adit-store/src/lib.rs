//! Database engines, transactions, the migration runner and the blob store.
//!
//! One SQL text runs on SQLite and on PostgreSQL: `$1` parameters, `TEXT`, `BIGINT`, `DOUBLE PRECISION`,
//! JSON as text. Where the engines truly differ the fork is a function in [`dialect`].

pub mod blobs;
mod database;
pub mod dialect;
mod env;
pub mod migrate;
mod row;
pub mod seal;
mod tx;
mod value;
mod witness;

pub use database::{Database, Engine};
pub use env::Env;
pub use migrate::Migration;
pub use row::Row;
pub use tx::{Tx, placeholders};
pub use value::Value;
pub use witness::{Note, Noun, Subject, Witness};
