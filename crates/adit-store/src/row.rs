//! One row of a result, read by column position.

use adit_kernel::{Error, Id, Result, Timestamp};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// A row from either engine.
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $optional:ident, $type:ty) => {
        $(#[$doc])*
        pub fn $name(&self, column: usize) -> Result<$type> {
            match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            }
            .map_err(|e| Error::wrap("cannot read a column", e))
        }

        /// The same, for a column that may be NULL.
        pub fn $optional(&self, column: usize) -> Result<Option<$type>> {
            match self {
                Self::Sqlite(row) => row.try_get(column),
                Self::Postgres(row) => row.try_get(column),
            }
            .map_err(|e| Error::wrap("cannot read a column", e))
        }
    };
}

impl Row {
    getter!(
        /// A `TEXT` column.
        text, opt_text, String);
    getter!(
        /// A `BIGINT` column.
        int, opt_int, i64);
    getter!(
        /// A `DOUBLE PRECISION` column.
        real, opt_real, f64);
    getter!(
        /// A `BLOB` or `BYTEA` column.
        blob, opt_blob, Vec<u8>);

    /// A boolean stored as `BIGINT`.
    pub fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// An id stored as `BIGINT`.
    pub fn id(&self, column: usize) -> Result<Id> {
        self.int(column).map(Id::from_db)
    }

    /// A timestamp stored as microseconds.
    pub fn time(&self, column: usize) -> Result<Timestamp> {
        self.int(column).map(Timestamp::from_micros)
    }

    /// A JSON column decoded into `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T> {
        let text = self.text(column)?;
        decode_json(&text)
    }
}

/// Decodes stored JSON of any depth: what the depth limit of the parser guards against was checked on the way in.
fn decode_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    T::deserialize(&mut deserializer).map_err(Error::from)
}
