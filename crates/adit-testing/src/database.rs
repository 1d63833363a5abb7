//! Fresh databases for tests: SQLite always, PostgreSQL when `ADIT_TEST_POSTGRES` holds an address.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use adit_store::Database;
use tempfile::TempDir;

static N_DATABASES: AtomicU64 = AtomicU64::new(0);

/// One empty database per engine at hand, by the engine's name; the folder holds the SQLite file.
pub async fn databases() -> Vec<(&'static str, Database, TempDir)> {
    let folder = TempDir::new().unwrap();
    let sqlite = Database::open_sqlite(&folder.path().join("test.sqlite")).await.unwrap();
    let mut all = vec![("sqlite", sqlite, folder)];
    if let Some(database) = postgres().await {
        all.push(("postgres", database, TempDir::new().unwrap()));
    }
    all
}

/// A new database on the PostgreSQL server of `ADIT_TEST_POSTGRES`; `None` without one.
pub async fn postgres() -> Option<Database> {
    let address = std::env::var("ADIT_TEST_POSTGRES").ok().filter(|address| address.starts_with("postgres"))?;
    let server = Database::open_postgres(&address).await.unwrap();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let name = format!("adit_{}_{since}_{}", std::process::id(), N_DATABASES.fetch_add(1, Ordering::SeqCst));
    server.run_outside_transaction(&format!("CREATE DATABASE {name}")).await.unwrap();
    server.close().await;
    let (base, _) = address.rsplit_once('/').expect("the address names a database");
    Some(Database::open_postgres(&format!("{base}/{name}")).await.unwrap())
}
