//! Progress of long steps: bars and spinners on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain log hears of a long wait.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// One step under way.
pub(crate) struct Step {
    title: String,
    bar: Option<ProgressBar>,
    len: u64,
    done: u64,
    last_line: Instant,
    begun: Instant,
}

impl Step {
    /// A step of known length.
    pub(crate) fn bar(title: &str, len: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let template = "{msg:<28} [{bar:30}] {pos}/{len} {per_sec} {eta}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(len).with_style(style).with_message(title.to_owned())
        });
        Self::begin(title, bar, len)
    }

    /// A step of unknown length.
    pub(crate) fn spinner(title: &str) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner().with_message(title.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        Self::begin(title, bar, 0)
    }

    fn begin(title: &str, bar: Option<ProgressBar>, len: u64) -> Self {
        if bar.is_none() {
            eprintln!("{title} …");
        }
        let now = Instant::now();
        Self { title: title.to_owned(), bar, len, done: 0, last_line: now, begun: now }
    }

    /// `n` more units are done.
    pub(crate) fn advance(&mut self, n: u64) {
        self.done += n;
        match &self.bar {
            Some(bar) => bar.inc(n),
            None => self.plain(&format!("{}/{}", self.done, self.len)),
        }
    }

    /// What is happening right now.
    pub(crate) fn note(&mut self, note: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("{}: {note}", self.title)),
            None => self.plain(note),
        }
    }

    fn plain(&mut self, note: &str) {
        if self.last_line.elapsed() >= PLAIN_EVERY {
            eprintln!("{}: {note}", self.title);
            self.last_line = Instant::now();
        }
    }

    /// Ends the step with one line that stays.
    pub(crate) fn finish(self, outcome: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{}: {outcome} ({:.1} s)", self.title, self.begun.elapsed().as_secs_f64());
    }
}
