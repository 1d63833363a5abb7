//! `adit work`: jobs in a process of their own, beside a server that runs none, on PostgreSQL.

use std::env;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use adit_conformance::{Server, ServerOptions, binary, questions, run_adit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::postgres::Database;
use crate::story::Place;

/// A running `adit work`, killed when the test fails.
struct Worker(Child);

impl Worker {
    fn start(server: &Server, database: &str) -> Self {
        let mut command = Command::new(binary());
        command.arg("work").arg("--data-dir").arg(server.data_dir()).args(["--database-url", database]);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("adit work starts"))
    }

    /// Asks it to end; its exit code.
    fn stop(&mut self) -> Option<i32> {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), Signal::SIGTERM).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "`adit work` does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_worker_beside_a_server_learns_and_what_both_counted_is_kept_when_they_end() {
    let Some(address) = env::var("ADIT_TEST_POSTGRES").ok().filter(|address| !address.is_empty()) else {
        println!("skipped: set ADIT_TEST_POSTGRES to the address of a PostgreSQL server to run this");
        return;
    };
    let database = Database::create(&address, "work");
    let args = vec!["--database-url".to_owned(), database.address(), "--workers".to_owned(), "0".to_owned()];
    let mut server = Server::start_with(ServerOptions { args, ..ServerOptions::default() });
    let mut worker = Worker::start(&server, &database.address());
    let place = Place::make(&server.api(), "work");
    let questions = questions();
    place.sync(&questions[..40], 0);
    place.annotate(&questions[..20]);
    // The server runs no jobs: the model is the worker's.
    let version = place.model_of(20);
    assert!(version >= 1);
    let documents = json!({"documents": [{"messages": [{"body": {"text": "where is my card"}}]}]});
    place.api.post(&format!("{}/labellers/predict", place.private_dataset), &documents);
    assert!(server.stop().success());
    assert_eq!(worker.stop(), Some(0));
    let folder = server.data_dir();
    let usage = run_adit(&["admin", "usage", "--data-dir", folder.to_str().unwrap(), "--database-url", &database.address()]);
    assert_eq!(usage.code, Some(0), "{}", usage.stderr);
    let row = |kind: &str| usage.stdout.lines().find(|line| line.contains(kind)).map(str::to_owned).unwrap_or_default();
    assert!(row("comments_created").contains("40"), "{}", usage.stdout);
    assert!(row("predict_documents").split_whitespace().any(|word| word == "1"), "{}", usage.stdout);
}
