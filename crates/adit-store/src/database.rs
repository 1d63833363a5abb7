//! The pools of the two engines behind one address.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use adit_kernel::{Error, Result};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::Tx;

/// Which engine a database runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file, one writer, many readers.
    Sqlite,
    /// A server, many nodes.
    Postgres,
}

#[derive(Clone)]
enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// A database: begin a [`Tx`] to use it. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pools: Pools,
}

impl Database {
    /// Opens (and creates) the SQLite file at `path` with write-ahead log and `synchronous=FULL`,
    /// so that a committed write survives a power loss.
    pub async fn open_sqlite(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30))
            .statement_cache_capacity(200)
            .pragma("cache_size", "-16384")
            .pragma("temp_store", "memory")
            .pragma("mmap_size", "0");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(60))
            // An open file needs no test whether anybody is still there.
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(|e| Error::wrap("cannot open the database file", e))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(6)
            .acquire_timeout(Duration::from_secs(60))
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(|e| Error::wrap("cannot open the database file", e))?;
        Ok(Self { pools: Pools::Sqlite { writer, readers } })
    }

    /// Connects to the PostgreSQL at `address` (`postgres://user:password@host:port/name`).
    pub async fn open_postgres(address: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(address).map_err(|e| Error::wrap("the database address is malformed", e))?;
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options)
            .await
            .map_err(|e| Error::wrap("cannot connect to PostgreSQL", e))?;
        Ok(Self { pools: Pools::Postgres(pool) })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite this waits for the one writer.
    pub async fn begin(&self) -> Result<Tx> {
        let begun = match &self.pools {
            Pools::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::sqlite),
            Pools::Postgres(pool) => pool.begin().await.map(Tx::postgres),
        };
        begun.map_err(|e| Error::wrap("cannot begin a transaction", e))
    }

    /// Begins a read-only view: one snapshot, no lock.
    pub async fn read(&self) -> Result<Tx> {
        let begun = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.begin().await.map(Tx::sqlite),
            Pools::Postgres(pool) => pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Tx::postgres),
        };
        begun.map_err(|e| Error::wrap("cannot begin a read", e))
    }

    /// Runs a statement that no transaction may hold, such as `CREATE DATABASE`. For set-up and tests.
    pub async fn run_outside_transaction(&self, sql: &str) -> Result<()> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        let done = match &self.pools {
            Pools::Sqlite { writer, .. } => sqlx::raw_sql(sql).execute(writer).await.map(|_| ()),
            Pools::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(|_| ()),
        };
        done.map_err(|e| Error::wrap("a statement failed", e))
    }

    /// Closes all connections; pending transactions roll back.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}
