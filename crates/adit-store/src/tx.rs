//! A transaction on either engine. Dropped without [`Tx::commit`], it rolls back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adit_kernel::{Error, Result};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Postgres, Sqlite, Transaction};

use crate::{Engine, Note, Row, Value, Witness, args, dialect};

/// SQLite allows 32 766 parameters in a statement, PostgreSQL 65 535; one limit serves both.
const MAX_PARAMETERS: usize = 30_000;

/// The number of the lock on sealed values: any, as long as no other lock has it.
const SEALS_LOCK: i64 = 0x00AD_175E_A1ED;

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction.
pub struct Tx {
    inner: Inner,
    witness: Option<Arc<dyn Witness>>,
    has_committed: Option<Arc<AtomicBool>>,
    notes: Vec<Note>,
}

/// From so many parameters on they are better plain.
const MANY_PARAMETERS: usize = 32;

fn bind_sqlite(sql: &str, args: Vec<Value>, cached: bool) -> Query<'static, Sqlite, SqliteArguments> {
    let plain = if args.len() < MANY_PARAMETERS { None } else { dialect::with_plain_parameters(sql, args.len()) };
    let query = sqlx::query(AssertSqlSafe(plain.unwrap_or_else(|| sql.to_owned()))).persistent(cached);
    args.into_iter().fold(query, |query, value| match value {
        Value::Text(x) => query.bind(x),
        Value::Int(x) => query.bind(x),
        Value::Real(x) => query.bind(x),
        Value::Blob(x) => query.bind(x),
    })
}

fn bind_postgres(sql: &str, args: Vec<Value>, cached: bool) -> Query<'static, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(sql.to_owned())).persistent(cached);
    args.into_iter().fold(query, |query, value| match value {
        Value::Text(x) => query.bind(x),
        Value::Int(x) => query.bind(x),
        Value::Real(x) => query.bind(x),
        Value::Blob(x) => query.bind(x),
    })
}

const CONFLICT: &str = "The resource already exists or was changed at the same time.";

/// A breach of a unique constraint is a conflict, and so is a race that was lost; the rest is ours.
fn map_error(sql: &str, error: sqlx::Error) -> Error {
    if let sqlx::Error::Database(database) = &error {
        if matches!(database.code().as_deref(), Some("40001" | "40P01")) {
            return Error::lost_race(CONFLICT);
        }
        if database.is_unique_violation() {
            return Error::conflict(CONFLICT);
        }
    }
    let head: String = sql.split_whitespace().take(8).collect::<Vec<_>>().join(" ");
    Error::wrap(&format!("statement failed: {head}"), error)
}

impl Tx {
    pub(crate) fn sqlite(tx: Transaction<'static, Sqlite>) -> Self {
        Self::new(Inner::Sqlite(tx))
    }

    pub(crate) fn postgres(tx: Transaction<'static, Postgres>) -> Self {
        Self::new(Inner::Postgres(tx))
    }

    fn new(inner: Inner) -> Self {
        Self { inner, witness: None, has_committed: None, notes: Vec::new() }
    }

    /// Has `flag` raised by the commit.
    pub(crate) fn tell_commit(&mut self, flag: Arc<AtomicBool>) {
        self.has_committed = Some(flag);
    }

    /// Lets `witness` see the commit.
    pub(crate) fn watch(&mut self, witness: Arc<dyn Witness>) {
        self.witness = Some(witness);
    }

    /// Tells whoever watches this transaction something about the change. Without a witness nothing is kept.
    pub fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// What was noted so far; asked for by the witness.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Which engine this transaction runs on.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs one statement; returns how many rows it touched.
    pub async fn execute(&mut self, sql: &str, args: Vec<Value>) -> Result<u64> {
        self.run(sql, args, true).await
    }

    async fn run(&mut self, sql: &str, args: Vec<Value>, cached: bool) -> Result<u64> {
        match &mut self.inner {
            Inner::Sqlite(tx) => bind_sqlite(sql, args, cached).execute(&mut **tx).await.map(|done| done.rows_affected()),
            Inner::Postgres(tx) => bind_postgres(sql, args, cached).execute(&mut **tx).await.map(|done| done.rows_affected()),
        }
        .map_err(|e| map_error(sql, e))
    }

    /// All rows of a query.
    pub async fn all(&mut self, sql: &str, args: Vec<Value>) -> Result<Vec<Row>> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let rows = bind_sqlite(sql, args, true).fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Inner::Postgres(tx) => {
                let rows = bind_postgres(sql, args, true).fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        }
        .map_err(|e| map_error(sql, e))
    }

    /// The first row of a query, if any.
    pub async fn first(&mut self, sql: &str, args: Vec<Value>) -> Result<Option<Row>> {
        match &mut self.inner {
            Inner::Sqlite(tx) => bind_sqlite(sql, args, true).fetch_optional(&mut **tx).await.map(|row| row.map(Row::Sqlite)),
            Inner::Postgres(tx) => {
                bind_postgres(sql, args, true).fetch_optional(&mut **tx).await.map(|row| row.map(Row::Postgres))
            }
        }
        .map_err(|e| map_error(sql, e))
    }

    /// Holds the lock on sealed values until this transaction ends: shared by all who seal, alone for who changes keys.
    /// On SQLite a transaction that may write has all others wait anyway.
    pub(crate) async fn lock_seals(&mut self, is_alone: bool) -> Result<()> {
        if let Some(sql) = dialect::lock_until_end(self.engine(), is_alone) {
            self.first(sql, args![SEALS_LOCK]).await?;
        }
        Ok(())
    }

    /// Whether the engine answers at all.
    pub async fn ping(&mut self) -> Result<()> {
        self.first("SELECT 1", vec![]).await.map(|_| ())
    }

    /// The one row a query must have.
    pub async fn one(&mut self, sql: &str, args: Vec<Value>) -> Result<Row> {
        self.first(sql, args).await?.ok_or_else(|| Error::internal(format!("no row for: {sql}")))
    }

    /// Inserts many rows: `head` is the statement up to and including `VALUES`, `tail` what follows the rows.
    /// Splits into statements that respect the engines' parameter limits.
    pub async fn insert_many(&mut self, head: &str, rows: Vec<Vec<Value>>, tail: &str) -> Result<u64> {
        let width = rows.first().map_or(1, Vec::len);
        let chunk_rows = (MAX_PARAMETERS / width.max(1)).clamp(1, 256);
        let mut touched = 0;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(chunk_rows).collect();
            let is_full = chunk.len() == chunk_rows;
            let mut sql = String::with_capacity(head.len() + tail.len() + chunk.len() * width * 6);
            sql.push_str(head);
            for row in 0..chunk.len() {
                sql.push_str(if row == 0 { " (" } else { ", (" });
                sql.push_str(&placeholders(row * width + 1, width));
                sql.push(')');
            }
            sql.push(' ');
            sql.push_str(tail);
            touched += self.run(&sql, chunk.into_iter().flatten().collect(), is_full).await?;
        }
        Ok(touched)
    }

    /// Makes everything since the begin durable and visible at once.
    pub async fn commit(mut self) -> Result<()> {
        if let Some(witness) = self.witness.take() {
            witness.committing(&mut self).await?;
        }
        let outcome = match self.inner {
            Inner::Sqlite(tx) => tx.commit().await,
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(|e| map_error("COMMIT", e));
        // After most failures nobody knows; what lost a race was undone.
        let is_undone = outcome.as_ref().is_err_and(Error::is_lost_race);
        if let Some(flag) = self.has_committed.filter(|_| !is_undone) {
            flag.store(true, Ordering::SeqCst);
        }
        outcome
    }

    /// Undoes everything since the begin.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await,
            Inner::Postgres(tx) => tx.rollback().await,
        }
        .map_err(|e| map_error("ROLLBACK", e))
    }
}

/// `count` placeholders from number `first` on, joined by commas: `$3, $4, $5`.
pub fn placeholders(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 5);
    for n in first..first + count {
        if n > first {
            text.push_str(", ");
        }
        text.push('$');
        text.push_str(&n.to_string());
    }
    text
}
