//! A real `adit serve` process: started, killed, started again, stopped.

use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::Api;

/// The first administrator's token in every test.
const TOKEN: &str = "conformance-0123456789abcdef0123456789abcdef";
/// How long a start may take on a busy machine in the debug profile.
const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(30);
const LOG_TAIL_LINES: usize = 60;

/// What differs from `adit serve` on a fresh SQLite folder.
#[derive(Debug, Default, Clone)]
pub struct ServerOptions {
    /// Further arguments of `serve`.
    pub args: Vec<String>,
    /// Whether it starts without an administrator's token.
    pub has_no_token: bool,
    /// Whether to speak HTTPS to it.
    pub is_https: bool,
}

/// One server and its data folder. Dropping it kills the process and deletes the folder.
pub struct Server {
    options: ServerOptions,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

/// How a run of a sub-command of `adit` ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// What it printed to standard output.
    pub stdout: String,
    /// What it printed to standard error.
    pub stderr: String,
}

impl Server {
    /// A server on an empty data folder, ready to answer.
    pub fn start() -> Self {
        Self::start_with(ServerOptions::default())
    }

    /// Like [`Server::start`], with options.
    pub fn start_with(options: ServerOptions) -> Self {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("cannot make a data folder: {error}"));
        let mut server = Self { options, folder, port: free_port(), child: None };
        write(&server.token_file(), TOKEN);
        server.restart();
        server
    }

    /// Starts the process on the data it has, and waits until it is ready.
    pub fn restart(&mut self) {
        self.spawn();
        self.wait_until_ready();
    }

    /// Starts the process without waiting.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "the server runs already");
        let log = OpenOptions::new().create(true).append(true).open(self.log()).and_then(|out| Ok((out.try_clone()?, out)));
        let (out, err) = log.unwrap_or_else(|error| panic!("cannot write the log: {error}"));
        let mut command = Command::new(binary());
        command.arg("serve").arg("--data-dir").arg(self.data_dir());
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.port));
        if !self.options.has_no_token {
            command.arg("--bootstrap-admin-token-file").arg(self.token_file());
        }
        command.args(&self.options.args);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start {}: {error}", binary().display()));
        self.child = Some(child);
    }

    /// Waits for `/readyz`.
    pub fn wait_until_ready(&mut self) {
        let api = self.api();
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if api.request("GET", "/readyz").send().is_ok_and(|response| response.status().is_success()) {
                return;
            }
            let status = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(status.is_none(), "the server ended with {status:?} before it was ready:\n{}", self.log_tail());
            assert!(Instant::now() < deadline, "the server was not ready within {READY_WITHIN:?}:\n{}", self.log_tail());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the process as a power cut would, at once and without notice.
    pub fn kill_9(&mut self) {
        let mut child = self.child.take().unwrap_or_else(|| panic!("the server does not run"));
        child.kill().and_then(|()| child.wait()).unwrap_or_else(|error| panic!("cannot kill the server: {error}"));
    }

    /// Asks the process to end in good order.
    pub fn terminate(&self) {
        let child = self.child.as_ref().unwrap_or_else(|| panic!("the server does not run"));
        let pid = i32::try_from(child.id()).unwrap_or_else(|_| panic!("`{}` is no process id", child.id()));
        kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap_or_else(|error| panic!("cannot stop the server: {error}"));
    }

    /// Waits for the process to end by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap_or_else(|| panic!("the server does not run"));
        let deadline = Instant::now() + STOP_WITHIN;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
                other => {
                    let _ = child.kill();
                    panic!("the server did not end within {STOP_WITHIN:?} ({other:?}):\n{}", self.log_tail());
                }
            }
        }
    }

    /// Stops it in good order.
    pub fn stop(&mut self) -> ExitStatus {
        self.terminate();
        self.wait()
    }

    /// A client with the administrator's token.
    pub fn api(&self) -> Api {
        Api::new(&self.base(), TOKEN)
    }

    /// The address, like `http://127.0.0.1:40001`.
    pub fn base(&self) -> String {
        let scheme = if self.options.is_https { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The administrator's token.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The file the first administrator's token is read from.
    pub fn token_file(&self) -> PathBuf {
        self.folder.path().join("admin-token")
    }

    /// The end of the log.
    pub fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if thread::panicking() {
            eprintln!("--- the end of the server's log ---\n{}", self.log_tail());
        }
    }
}

/// A port of this machine that was free a moment ago.
pub fn free_port() -> u16 {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    bound.unwrap_or_else(|error| panic!("no free port: {error}")).port()
}

/// Runs `adit` with these arguments to its end; kills it after `STOP_WITHIN`.
pub fn run_adit(args: &[&str]) -> Output {
    let folder = TempDir::new().unwrap_or_else(|error| panic!("cannot make a folder: {error}"));
    let create =
        |name: &str| File::create(folder.path().join(name)).unwrap_or_else(|error| panic!("cannot write {name}: {error}"));
    let mut child = Command::new(binary())
        .args(args)
        .stdin(Stdio::null())
        .stdout(create("out"))
        .stderr(create("err"))
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", binary().display()));
    let deadline = Instant::now() + STOP_WITHIN;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
    };
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    Output { code: status.and_then(|status| status.code()), stdout: text("out"), stderr: text("err") }
}

/// `ADIT_BIN`, or `adit` in the folder the tests were built into.
pub fn binary() -> PathBuf {
    if let Some(path) = env::var_os("ADIT_BIN") {
        return path.into();
    }
    let test = env::current_exe().unwrap_or_else(|error| panic!("cannot tell where this test is: {error}"));
    // The test is `<target>/<profile>/deps/it-…`, the server `<target>/<profile>/adit`.
    let beside = test.parent().and_then(Path::parent).map(|folder| folder.join("adit")).unwrap_or_default();
    assert!(beside.exists(), "there is no {}; build it with `cargo build -p adit` or set ADIT_BIN", beside.display());
    beside
}

fn write(path: &Path, text: &str) {
    let written = fs::write(path, format!("{text}\n")).and_then(|()| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
    });
    written.unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
