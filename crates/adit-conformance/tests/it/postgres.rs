//! The same scenarios with PostgreSQL beside the server, when `ADIT_TEST_POSTGRES` names one.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

use adit_conformance::{Server, ServerOptions, scenarios};

#[test]
fn every_scenario_goes_as_written_on_postgres() {
    let Some(address) = env::var("ADIT_TEST_POSTGRES").ok().filter(|address| !address.is_empty()) else {
        println!("skipped: set ADIT_TEST_POSTGRES to the address of a PostgreSQL server to run this");
        return;
    };
    let database = Database::create(&address, "scenarios");
    let options = ServerOptions { args: vec!["--database-url".to_owned(), database.address()], ..ServerOptions::default() };
    let mut server = Server::start_with(options);
    let mut report = Vec::new();
    for (idx, (name, scenario)) in scenarios().into_iter().enumerate() {
        let failures = scenario.run(&server.api(), &format!("scenario-{idx}"));
        report.extend(failures.iter().map(|failure| format!("{name} ({}): {failure}", scenario.title)));
    }
    assert!(report.is_empty(), "{} expectations failed:\n\n{}\n", report.len(), report.join("\n\n"));
    server.kill_9();
    server.restart();
    server.api().get("/auth/user");
    server.stop();
}

/// A database of its own, dropped at the end.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    pub(crate) fn create(server: &str, purpose: &str) -> Self {
        let database = Self { server: server.to_owned(), name: format!("adit_conformance_{purpose}_{}", process::id()) };
        database.sql(&format!("CREATE DATABASE {}", database.name));
        database
    }

    /// The server's address with the database's name in place of its own.
    pub(crate) fn address(&self) -> String {
        let mut address: url::Url = self.server.parse().expect("ADIT_TEST_POSTGRES is an address");
        address.set_path(&self.name);
        address.into()
    }

    fn sql(&self, statement: &str) {
        let output = Command::new(psql()).args(["--no-psqlrc", "--quiet", "--command", statement, &self.server]).output();
        let output = output.unwrap_or_else(|error| panic!("cannot run psql: {error}"));
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = Command::new(psql()).args(["--no-psqlrc", "--quiet", "--command", &statement, &self.server]).status();
    }
}

/// `psql` of the path, or of an installed server.
fn psql() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let beside = installed.filter_map(|entry| Some(entry.ok()?.path().join("bin/psql"))).find(|path| path.exists());
    beside.unwrap_or_else(|| "psql".into())
}
