//! Applies migrations, once each, in the order of their numbers, under a lock.

use adit_kernel::{Clock, Error, Result};

use crate::{Database, Engine, args, dialect};

/// One step of the schema. Numbers are unique across the workspace.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Position in the one order of all areas.
    pub number: i64,
    /// Noun and change, for people.
    pub name: &'static str,
    /// Statements separated by `;` at the end of a line, with the tokens of [`dialect::fill`].
    pub sql: &'static str,
}

/// Statements of a migration text: split at line ends with `;`, comments dropped.
fn statements(sql: &str) -> Vec<String> {
    let code: String = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    code.split(";\n").map(|part| part.trim().trim_end_matches(';').to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Brings the schema to the newest state. Safe to call from several processes at once.
///
/// # Errors
/// When two migrations share a number, a statement fails, or the database was written by a newer build.
pub async fn run(db: &Database, migrations: &[Migration], clock: &dyn Clock) -> Result<usize> {
    let mut ordered: Vec<&Migration> = migrations.iter().collect();
    ordered.sort_by_key(|migration| migration.number);
    if let Some(pair) = ordered.windows(2).find(|pair| pair[0].number == pair[1].number) {
        return Err(Error::internal(format!("migrations `{}` and `{}` share a number", pair[0].name, pair[1].name)));
    }
    let mut tx = db.begin().await?;
    if tx.engine() == Engine::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock(823001)", vec![]).await?;
    }
    tx.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_us BIGINT NOT NULL)",
        vec![],
    )
    .await?;
    let mut done = Vec::new();
    for row in tx.all("SELECT number FROM migrations ORDER BY number", vec![]).await? {
        done.push(row.int(0)?);
    }
    if let Some(unknown) = done.iter().find(|number| !ordered.iter().any(|m| m.number == **number)) {
        return Err(Error::internal(format!(
            "the database has migration {unknown}, which this build does not know; use a newer build"
        )));
    }
    let mut applied = 0;
    for migration in ordered.iter().filter(|m| !done.contains(&m.number)) {
        for statement in statements(&dialect::fill(tx.engine(), migration.sql)) {
            tx.execute(&statement, vec![]).await?;
        }
        let record = args![migration.number, migration.name, clock.now()];
        tx.execute("INSERT INTO migrations (number, name, applied_us) VALUES ($1, $2, $3)", record).await?;
        applied += 1;
    }
    tx.commit().await?;
    Ok(applied)
}
