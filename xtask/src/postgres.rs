//! One temporary PostgreSQL for a whole test run: fast, private, gone afterwards.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::paths::{self, TempFolder};
use crate::process::{self, Account, Guarded};
use crate::server;

const USER: &str = "adit";
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Where Debian puts the server programs, one folder per major version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
/// Speed over safety: the data is thrown away, so nothing needs to reach the disk.
const SETTINGS: [&str; 5] =
    ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "unix_socket_directories="];

/// A running server; dropping it stops it and removes its data.
pub(crate) struct Postgres {
    // The server must stop before its folder goes: fields drop in this order.
    _child: Guarded,
    _folder: TempFolder,
    url: String,
}

impl Postgres {
    /// Starts a server, installing Debian's package first where that is possible.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs_or_install()?;
        let account = account_to_use()?;
        let folder = TempFolder::new("postgres")?;
        if let Some(account) = account {
            chown(folder.path(), Some(account.uid), Some(account.gid)).context("cannot give the data folder away")?;
        }
        let data = folder.path().join("data");
        init(&programs, &data, account)?;
        let address = server::free_address()?;
        let port = address.rsplit(':').next().unwrap_or_default();
        let log = folder.path().join("log");
        let out = File::create(&log)?;
        let mut command = process::long_running(&programs.join("postgres"), account, "INT");
        command.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", port]).current_dir(folder.path());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
        // An interrupt is PostgreSQL's "fast" stop: it does not wait for clients.
        let mut child = Guarded::spawn(command, Signal::SIGINT)?;
        wait_ready(&mut child, &log)?;
        Ok(Self { _child: child, _folder: folder, url: format!("postgres://{USER}@127.0.0.1:{port}/postgres") })
    }

    /// The address tests connect to.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

fn programs_or_install() -> Result<PathBuf> {
    if let Some(programs) = programs() {
        return Ok(programs);
    }
    let can_install = nix::unistd::geteuid().is_root() && paths::program("apt-get").is_some();
    if !can_install {
        bail!("PostgreSQL's server programs are missing; install the package `postgresql`");
    }
    eprintln!("Installing PostgreSQL …");
    let apt = |args: &[&str]| {
        let status = Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    // A failed update may still leave a usable list of packages.
    apt(&["update", "-qq"]);
    if !apt(&["install", "-y", "-qq", "--no-install-recommends", "postgresql"]) {
        bail!("PostgreSQL could not be installed with apt-get");
    }
    programs().context("the package `postgresql` brought no server programs")
}

fn programs() -> Option<PathBuf> {
    if let Some(initdb) = paths::program("initdb") {
        return initdb.parent().map(Path::to_path_buf);
    }
    let entries = fs::read_dir(DEBIAN_FOLDER).ok()?;
    let versions = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    newest(versions.collect()).filter(|folder| folder.join("initdb").is_file())
}

fn newest(versions: Vec<u32>) -> Option<PathBuf> {
    let version = versions.into_iter().max()?;
    Some(Path::new(DEBIAN_FOLDER).join(version.to_string()).join("bin"))
}

/// PostgreSQL refuses to run as root; everybody else runs it as themselves.
fn account_to_use() -> Result<Option<Account>> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("cannot read the list of accounts")?;
    let account = process::account(&passwd, "postgres").or_else(|| process::account(&passwd, "nobody"));
    account.map(Some).context("PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`")
}

fn init(programs: &Path, data: &Path, account: Option<Account>) -> Result<()> {
    let mut command = process::long_running(&programs.join("initdb"), account, "KILL");
    command.arg("-D").arg(data).args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
    command.current_dir(data.parent().unwrap_or(data));
    let output = command.stdin(Stdio::null()).output().context("cannot start `initdb`")?;
    if !output.status.success() {
        bail!("`initdb` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn wait_ready(child: &mut Guarded, log: &Path) -> Result<()> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let said = fs::read_to_string(log).unwrap_or_default();
        if said.contains("ready to accept connections") {
            return Ok(());
        }
        if child.ended()?.is_some() || Instant::now() > deadline {
            bail!("PostgreSQL did not start:\n{}", said.trim());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_chosen_by_number() {
        assert_eq!(newest(vec![9, 15, 13]), Some(Path::new(DEBIAN_FOLDER).join("15/bin")));
        assert_eq!(newest(vec![]), None);
    }

    #[test]
    fn a_temporary_server_answers_and_goes_away() {
        // Where the programs are missing, `cargo xtask test` has already said so.
        if programs().is_none() {
            return;
        }
        let postgres = Postgres::start().unwrap();
        let address = postgres.url().split(['@', '/']).nth(3).unwrap().to_owned();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(postgres);
        assert!(std::net::TcpStream::connect(&address).is_err());
    }
}
