//! Child processes that never outlive us: own process group, gentle stop, then a firm one.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::paths;

/// A numeric user and group to run a program as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    /// User id.
    pub(crate) uid: u32,
    /// Primary group id.
    pub(crate) gid: u32,
}

/// Looks an account up in the text of a passwd file.
pub(crate) fn account(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        match fields.as_slice() {
            [user, _, uid, gid, ..] if *user == name => Some(Account { uid: uid.parse().ok()?, gid: gid.parse().ok()? }),
            _ => None,
        }
    })
}

/// A command for a long-running child. Where the system has `setpriv`, the
/// kernel ends the child with `on_parent_death` even if we are killed.
pub(crate) fn long_running(program: &Path, as_account: Option<Account>, on_parent_death: &str) -> Command {
    let mut command = match paths::program("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", on_parent_death]);
            if let Some(account) = as_account {
                command.args(["--reuid", &account.uid.to_string(), "--regid", &account.gid.to_string(), "--clear-groups"]);
            }
            command.arg("--").arg(program);
            command
        }
        None => {
            let mut command = Command::new(program);
            if let Some(account) = as_account {
                command.uid(account.uid).gid(account.gid);
            }
            command
        }
    };
    // A Ctrl-C in the terminal must reach us only; we stop the child in order.
    command.process_group(0);
    command
}

/// A child that is ended when this value goes away.
pub(crate) struct Guarded {
    child: Child,
    stop_with: Signal,
}

impl Guarded {
    /// Starts the command; `stop_with` asks it to end in good order.
    pub(crate) fn spawn(mut command: Command, stop_with: Signal) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start {:?}", command.get_program()))?;
        Ok(Self { child, stop_with })
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks the child to end, waits up to `patience`, then kills it.
    pub(crate) fn stop(&mut self, patience: Duration) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        if let Ok(id) = i32::try_from(self.child.id()) {
            // The process may end between the look and the signal.
            let _ = kill(Pid::from_raw(id), self.stop_with);
        }
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.stop(Duration::from_secs(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_passwd_lines() {
        let passwd = "root:x:0:0:root:/r:/bin/sh\nbroken\npostgres:x:104:110:,,,:/p:/bin/sh\n";
        assert_eq!(account(passwd, "postgres"), Some(Account { uid: 104, gid: 110 }));
        assert_eq!(account(passwd, "nobody"), None);
        assert_eq!(account(passwd, "broken"), None);
    }

    #[test]
    fn a_guarded_child_is_stopped() {
        let mut command = long_running(Path::new("sleep"), None, "TERM");
        command.arg("60");
        let mut child = Guarded::spawn(command, Signal::SIGTERM).unwrap();
        assert!(child.ended().unwrap().is_none());
        child.stop(Duration::from_secs(5));
        assert!(child.ended().unwrap().is_some());
    }
}
