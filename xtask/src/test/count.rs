//! Counts tests from what the runners print.

/// How many tests ended how.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Passed, at the latest on a retry.
    pub(super) passed: u64,
    /// Failed, timed out or crashed.
    pub(super) failed: u64,
    /// Not run.
    pub(super) skipped: u64,
}

impl Counts {
    /// Takes in one line of output; lines that are no summary change nothing.
    pub(super) fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        // nextest: `Summary [   0.1s] 17 tests run: 16 passed, 1 failed, 0 skipped`, once.
        // libtest: `test result: ok. 17 passed; 0 failed; 0 ignored; …`, per binary.
        let figures = if line.starts_with("Summary [") {
            line.split_once("run:").map(|(_, figures)| figures)
        } else {
            line.strip_prefix("test result:").and_then(|rest| rest.split_once('.')).map(|(_, figures)| figures)
        };
        for figure in figures.unwrap_or_default().split([',', ';']) {
            self.add(figure);
        }
    }

    fn add(&mut self, figure: &str) {
        let mut words = figure.split_whitespace();
        let (Some(number), Some(word)) = (words.next(), words.next()) else { return };
        let Ok(n) = number.parse::<u64>() else { return };
        match word {
            "passed" => self.passed += n,
            "failed" | "timed" | "exec" => self.failed += n,
            "skipped" | "ignored" => self.skipped += n,
            _ => {}
        }
    }
}

fn without_colours(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // An escape sequence ends with its first letter.
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], passed: u64, failed: u64, skipped: u64) {
        let mut counts = Counts::default();
        lines.iter().for_each(|line| counts.read(line));
        assert_eq!(counts, Counts { passed, failed, skipped });
    }

    #[test]
    fn nextest_is_counted_once() {
        check(&["     Summary [   0.123s] 18 tests run: 16 passed (1 slow), 1 failed, 1 timed out, 2 skipped"], 16, 2, 2);
        check(&["\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] 1 test run: 1 passed, 0 skipped"], 1, 0, 0);
    }

    #[test]
    fn libtest_is_added_up() {
        let ok = "test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let bad = "test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        check(&[ok, "running 4 tests", bad], 3, 3, 1);
    }
}
