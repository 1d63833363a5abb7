//! Runs a command, passing its output on line by line while we read along.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;

use anyhow::{Context, Result};

enum Line {
    Out(String),
    Err(String),
}

/// Runs the command; `read` sees every line of both streams.
pub(super) fn run(mut command: Command, mut read: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("cannot start the test runner")?;
    let (sender, receiver) = mpsc::channel();
    let out = child.stdout.take().map(|stream| forward(stream, sender.clone(), Line::Out));
    let err = child.stderr.take().map(|stream| forward(stream, sender, Line::Err));
    for line in receiver {
        // A closed terminal must not end the tests.
        match &line {
            Line::Out(text) => drop(writeln!(std::io::stdout(), "{text}")),
            Line::Err(text) => drop(writeln!(std::io::stderr(), "{text}")),
        }
        let (Line::Out(text) | Line::Err(text)) = line;
        read(&text);
    }
    for reader in [out, err].into_iter().flatten() {
        // A reader ends with its stream; there is nothing to learn from it.
        let _ = reader.join();
    }
    child.wait().context("cannot wait for the test runner")
}

fn forward(stream: impl Read + Send + 'static, sender: Sender<Line>, kind: fn(String) -> Line) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            bytes.clear();
            if sender.send(kind(text)).is_err() {
                return;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_are_read() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let mut lines = Vec::new();
        let status = run(command, |line| lines.push(line.to_owned())).unwrap();
        lines.sort();
        assert_eq!(lines, ["err", "out"]);
        assert_eq!(status.code(), Some(3));
    }
}
