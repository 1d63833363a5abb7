//! `cargo xtask tidy`: the house rules a compiler cannot check.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::paths;

mod edges;
mod headers;
mod links;
mod operations;
mod pending;
mod places;
mod sql;
mod tenant;
pub(crate) mod tree;

use tree::SourceFile;

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, relative to the root.
    pub(crate) file: PathBuf,
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) what: String,
}

impl Finding {
    fn new(file: &Path, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_path_buf(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// Prints every finding and fails if there is one.
pub(crate) fn run() -> Result<ExitCode> {
    let findings = findings()?;
    findings.iter().for_each(|finding| println!("{finding}"));
    if findings.is_empty() {
        println!("tidy: nothing to tidy");
        return Ok(ExitCode::SUCCESS);
    }
    println!("tidy: {} findings", findings.len());
    Ok(ExitCode::FAILURE)
}

/// Every breach in the checkout, sorted by file and line.
pub(crate) fn findings() -> Result<Vec<Finding>> {
    let root = paths::root();
    let mut findings = Vec::new();
    for file in tree::files(&root)? {
        // Binary files have no lines to look at.
        let Some(text) = file.text() else { continue };
        check(&root, &file, &text, &mut findings);
    }
    findings.extend(pending::check(&root)?);
    findings.sort();
    Ok(findings)
}

fn check(root: &Path, file: &SourceFile, text: &str, findings: &mut Vec<Finding>) {
    findings.extend(places::check(file, text));
    match file.extension() {
        "rs" => {
            findings.extend(headers::check(file, text));
            findings.extend(operations::check(file, text));
            findings.extend(sql::check(file, text));
            findings.extend(tenant::check(file, text));
        }
        "toml" if file.name() == "Cargo.toml" => findings.extend(edges::check(file, text)),
        "sql" => findings.extend(tenant::check_migration(file, text)),
        "md" => findings.extend(links::check(root, file, text)),
        _ => {}
    }
}
