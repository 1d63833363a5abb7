//! The table: printed, and kept in the reference.

use std::fs;

use anyhow::{Context, Result};

use super::figures::{Figure, thousands};
use super::machine;
use crate::paths;

const FILE: &str = "docs/reference/benchmarks.md";

/// Prints the table and writes the reference page.
pub(super) fn publish(n_comments: usize, figures: &[Figure]) -> Result<()> {
    let page = page(&machine::describe(), n_comments, figures);
    println!("{page}");
    let file = paths::root().join(FILE);
    fs::write(&file, page).with_context(|| format!("cannot write `{FILE}`"))?;
    eprintln!("Written to {FILE}");
    Ok(())
}

fn page(machine: &str, n_comments: usize, figures: &[Figure]) -> String {
    let mut out = String::from("# Benchmarks of `adit serve`\n\n");
    out.push_str(&format!("Written by `cargo xtask bench serve --comments {n_comments}`; do not edit by hand.\n"));
    out.push_str(&format!("Machine: {machine}.\n"));
    out.push_str(&format!("{} short comments made from BANKING77 on SQLite, one client, ", thousands(n_comments as u64)));
    out.push_str("client and server on the same machine, release build, default configuration.\n\n");
    out.push_str("| Measure | Figure | Bar |\n|---|--:|---|\n");
    for figure in figures {
        out.push_str(&format!("| {} | {} | {} |\n", figure.what, figure.value, figure.bar));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_command_machine_and_rows() {
        let page = page("A machine", 20_000, &[Figure::new("empty start", "0.10 s", "< 1 s")]);
        assert!(page.contains("`cargo xtask bench serve --comments 20000`"));
        assert!(page.contains("Machine: A machine.\n20 000 short comments"));
        assert!(page.ends_with("|---|--:|---|\n| empty start | 0.10 s | < 1 s |\n"));
    }
}
