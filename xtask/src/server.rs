//! A running `adit serve`: its data folder, its token, its log, its end.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use nix::sys::signal::Signal;

use crate::api::Api;
use crate::process::{self, Guarded};

/// How long a server may take to become ready before we give up.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How long a server may take to stop in good order.
const STOP_WITHIN: Duration = Duration::from_secs(20);
const LOG_TAIL_LINES: usize = 25;

/// Everything needed to start a server.
pub(crate) struct Plan<'a> {
    /// The `adit` binary.
    pub(crate) binary: &'a Path,
    /// Where it keeps its data; created if missing.
    pub(crate) data_dir: &'a Path,
    /// Address to listen on, `host:port`.
    pub(crate) listen: &'a str,
    /// More flags of `adit serve`.
    pub(crate) more: &'a [String],
}

/// The bootstrap token, and whether this run made it.
pub(crate) struct Token {
    /// The bearer token of the first administrator.
    pub(crate) text: String,
    /// True only in the run that created it.
    pub(crate) is_new: bool,
}

/// A server under way; dropping it stops it.
pub(crate) struct Server {
    child: Guarded,
    log: PathBuf,
    address: String,
}

/// Fails with a clear message if nothing can listen on that address.
pub(crate) fn check_listen(listen: &str) -> Result<SocketAddr> {
    let mut addresses =
        listen.to_socket_addrs().with_context(|| format!("`{listen}` is not an address like `127.0.0.1:8080`"))?;
    let address = addresses.next().ok_or_else(|| anyhow!("`{listen}` names no address"))?;
    match TcpListener::bind(address) {
        Ok(_) => Ok(address),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("another program already listens on `{listen}`; stop it or choose another address with `--listen`")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on `{listen}`")),
    }
}

/// An address on this machine that was free a moment ago.
pub(crate) fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port on this machine")?;
    Ok(listener.local_addr()?.to_string())
}

/// Reads the token of a data folder, or makes one for an empty folder.
pub(crate) fn token(data_dir: &Path) -> Result<Token> {
    fs::create_dir_all(data_dir).with_context(|| format!("cannot create `{}`", data_dir.display()))?;
    let file = token_file(data_dir);
    match fs::read_to_string(&file) {
        Ok(text) => return Ok(Token { text: text.trim().to_owned(), is_new: false }),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", file.display())),
    }
    if fs::read_dir(data_dir)?.next().is_some() {
        bail!(
            "`{}` holds data but no `admin-token`; put the administrator's token into that file, \
             or choose another folder with `--data-dir`",
            data_dir.display()
        );
    }
    let text = random_token()?;
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
    writeln!(out, "{text}")?;
    Ok(Token { text, is_new: true })
}

fn token_file(data_dir: &Path) -> PathBuf {
    data_dir.join("admin-token")
}

fn random_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes)).context("cannot read `/dev/urandom`")?;
    Ok(hex::encode(bytes))
}

/// Starts a server; the token file must exist.
pub(crate) fn start(plan: &Plan<'_>) -> Result<Server> {
    let listen = check_listen(plan.listen)?;
    let log = plan.data_dir.join("adit.log");
    let out =
        OpenOptions::new().create(true).append(true).open(&log).with_context(|| format!("cannot write `{}`", log.display()))?;
    let mut command = process::long_running(plan.binary, None, "TERM");
    command.arg("serve").arg("--data-dir").arg(plan.data_dir).arg("--listen").arg(plan.listen);
    command.arg("--bootstrap-admin-token-file").arg(token_file(plan.data_dir)).args(plan.more);
    command.stdin(std::process::Stdio::null()).stdout(out.try_clone()?).stderr(out);
    let child = Guarded::spawn(command, Signal::SIGTERM)?;
    Ok(Server { child, log, address: reachable(listen) })
}

/// The address a client on this machine connects to.
fn reachable(mut listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    listen.to_string()
}

impl Server {
    /// `host:port` for clients on this machine.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the server says it is ready, looking every `every`.
    pub(crate) fn wait_ready(&mut self, every: Duration) -> Result<()> {
        let probe = Api::new(&self.address, "");
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            self.check_alive()?;
            if probe.is_ready() {
                return Ok(());
            }
            thread::sleep(every);
        }
        bail!("the server did not become ready in {} s; the end of its log:\n{}", READY_WITHIN.as_secs(), self.log_tail())
    }

    /// Fails with the end of the log if the server has died.
    pub(crate) fn check_alive(&mut self) -> Result<()> {
        if let Some(status) = self.child.ended()? {
            bail!("the server ended with {status}; the end of its log `{}`:\n{}", self.log.display(), self.log_tail());
        }
        Ok(())
    }

    /// Stops the server in good order.
    pub(crate) fn stop(mut self) {
        self.child.stop(STOP_WITHIN);
    }

    fn log_tail(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        tail(&String::from_utf8_lossy(&bytes), LOG_TAIL_LINES)
    }
}

fn tail(text: &str, n_lines: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.len().saturating_sub(n_lines);
    lines.into_iter().skip(first).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::paths::TempFolder;

    #[test]
    fn the_tail_keeps_the_last_lines() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
        assert_eq!(tail("", 2), "");
    }

    #[test]
    fn a_token_is_made_once_and_kept_private() {
        let folder = TempFolder::new("token-test").unwrap();
        let first = token(folder.path()).unwrap();
        assert!(first.is_new);
        assert_eq!(first.text.len(), 64);
        let mode = fs::metadata(token_file(folder.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = token(folder.path()).unwrap();
        assert!(!second.is_new);
        assert_eq!(second.text, first.text);
    }

    #[test]
    fn a_foreign_data_folder_is_left_alone() {
        let folder = TempFolder::new("token-test").unwrap();
        fs::write(folder.path().join("adit.db"), "x").unwrap();
        assert!(token(folder.path()).is_err());
    }

    #[test]
    fn a_taken_port_is_a_clear_error() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let error = check_listen(&address).unwrap_err().to_string();
        assert!(error.contains("already listens"), "{error}");
        assert!(check_listen("nowhere").is_err());
    }

    #[test]
    fn clients_reach_an_unspecified_address_through_loopback() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()), "[::1]:80");
        assert_eq!(reachable("10.0.0.1:80".parse().unwrap()), "10.0.0.1:80");
    }
}
